"""The one flow of a replacement, the same in every GIMP: find, pick, paint, apply. A window can drive the steps one by
one; `replace` takes them all.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from text_replace_plugin import pixels, recipe
from text_replace_plugin.host import Display, Host, Identity, LayerState, NewLayer
from text_replace_plugin.i18n import N_, OwnText, _
from text_replace_plugin.settings import Settings
from text_replace_plugin.texts import Narrator
from text_replace_plugin.where import Where
from text_replace_wire import choice, geometry, launch
from text_replace_wire.errors import BadSelection, ImageChanged, NotFound, TooLarge
from text_replace_wire.geometry import Box
from text_replace_wire.link import Link
from text_replace_wire.messages import Edit, Edited, Find, Found, MaskKind, Progress
from text_replace_wire.planes import MAX_PIXELS, MAX_SIDE, Plane

#: The name of results that must not tell the prompts.
NEUTRAL_NAME = "Text Replace"
KEPT_SELECTION = N_("Selection before Text Replace")


@dataclass(frozen=True)
class Result:
    """One painted variation. score: cosine of the result to the edit prompt, by CLIP; higher is better."""

    edit: Edit
    edited: Edited
    where: Where

    @property
    def seed(self) -> int:
        return self.edit.seed

    @property
    def score(self) -> float:
        return float(self.edited.report["samples"][0]["clip"])


@dataclass(frozen=True)
class Applied:
    """What was added, best first, as GIMP's own objects. group: holds the layers where there are several."""

    layers: tuple[Any, ...]
    scores: tuple[float, ...]
    group: Any = None


def replace(host: Host, display: Display, settings: Settings) -> Applied:
    """Replace one object in the host's layer.

    Raises TextReplaceError; until the last step nothing in the image is touched, and the last step is one undo group.
    """
    session = Session(host, display)
    if settings.use_selection:
        return session.apply(settings, session.paint(settings, session.from_selection()))
    found = session.find(settings)
    return session.apply(settings, session.paint(settings, session.pick(found), look_again=False))


class Session:
    """One layer, one user. Every step may be taken again, and raises TextReplaceError; only `apply` touches the
    image.
    """

    def __init__(self, host: Host, display: Display) -> None:
        self._host = host
        self._display = display
        self._seen: Optional[tuple[LayerState, bytes]] = None
        self._narrator: Optional[Narrator] = None

    def find(self, settings: Settings) -> Found:
        """What there is to replace, best first. An empty `with_` is not checked."""
        self._narrator = narrator = Narrator(settings)
        state = self._look(narrator)
        request = self._find_request(state, settings)
        with self._engine(narrator) as link:
            return link.find(request, lambda progress: self._tell(narrator, progress), self._display.cancelled)

    def pick(self, found: Found, picked: Sequence[int] = (), without: Sequence[int] = ()) -> Where:
        """The union of the candidates `picked` (empty: the engine's choice), less those in `without`."""
        ranks = tuple(picked) or found.chosen
        if not ranks:
            raise NotFound(found.explanation)
        chosen = choice.union_of(found.candidates, ranks, without)
        return Where(MaskKind.OBJECT, chosen.mask, chosen.edit_box, ranks, tuple(without))

    def from_selection(self) -> Where:
        """The selection, used as it is."""
        state = self._host.describe()
        _check_size(state)
        selected = self._host.selection_box()
        if selected is None:
            raise BadSelection(_("Nothing of the active layer is selected: select what to replace, and try again."))
        box = geometry.edit_box(selected, state.size)
        mask = self._host.read_selection(box, box.size)
        if mask is None or not any(mask.data):
            raise BadSelection(_("The selection is empty: select what to replace, and try again."))
        return Where(MaskKind.REGION, mask, box)

    def paint(self, settings: Settings, where: Where, look_again: bool = True) -> list[Result]:
        """The variations, best first; fewer where the user kept what there was.

        look_again: whether the layer may have changed since it was last looked at.
        """
        if look_again or self._narrator is None:
            self._narrator = Narrator(settings)
            self._look(self._narrator)
        narrator = self._narrator
        assert self._seen is not None
        state, _ = self._seen
        requests = self._edit_requests(state, settings, where)
        results = []
        with self._engine(narrator) as link:
            for number, request in enumerate(requests):
                narrator.variation(number, len(requests))
                edited = link.edit(
                    request,
                    lambda progress: self._tell(narrator, progress),
                    self._display.cancelled,
                    self._display.kept,
                )
                results.append(Result(request, edited, where))
                if self._display.kept():
                    break
        return sorted(results, key=lambda each: -each.score)

    def apply(self, settings: Settings, results: Sequence[Result]) -> Applied:
        """Put `results` into the image: one layer, or a group of them, and the edit region as the selection.

        Raises ImageChanged where they no longer fit.
        """
        assert self._seen is not None and self._narrator is not None
        self._display.show(*self._narrator.applying())
        _check_unchanged(self._host, *self._seen)
        source = self._host.identity()
        layers = [
            _new_layer(settings, each, source, named=len(results) > 1, visible=each is results[0]) for each in results
        ]
        self._host.undo_group_start()
        try:
            return self._insert(settings, results, layers)
        finally:
            self._host.undo_group_end()

    def _insert(self, settings: Settings, results: Sequence[Result], layers: Sequence[NewLayer]) -> Applied:
        host, best = self._host, results[0]
        with contextlib.ExitStack() as undo:
            if settings.keep_selection:
                channel = host.keep_selection(_(KEPT_SELECTION))
                if channel is not None:
                    undo.callback(host.remove_channel, channel)
            group = None
            if len(layers) > 1:
                group = host.insert_group(_title(settings))
                undo.callback(host.remove, group)
            inserted: list[Any] = []
            # The last one in is on top, and GIMP's active layer.
            for new in reversed(layers):
                inserted.insert(0, host.insert(new, group))
                if group is None:
                    undo.callback(host.remove, inserted[0])
            host.show_older(False)
            undo.callback(host.show_older, True)
            host.select(best.edited.region, best.edit.box)
            undo.pop_all()
        return Applied(tuple(inserted), tuple(each.score for each in results), group)

    def _look(self, narrator: Narrator) -> LayerState:
        self._display.show(*narrator.reading())
        state = self._host.describe()
        _check_size(state)
        self._seen = state, self._host.fingerprint()
        return state

    @contextlib.contextmanager
    def _engine(self, narrator: Narrator) -> Iterator[Link]:
        self._display.show(*narrator.connecting())
        with launch.ensure_engine(cancelled=self._display.cancelled) as link:
            yield link

    def _tell(self, narrator: Narrator, progress: Progress) -> None:
        self._display.show(*narrator.tell(progress))
        if progress.preview is not None and progress.box is not None:
            self._display.preview(progress.preview, progress.box)

    def _find_request(self, state: LayerState, settings: Settings) -> Find:
        size = geometry.search_size(state.size)
        whole = Box(0, 0, *state.size)
        selection = self._host.read_selection(whole, size)
        if selection is not None and not any(selection.data):
            raise BadSelection(
                _(
                    "The selection lies outside the active layer: select a part of the layer, or nothing to search all "
                    "of it."
                )
            )
        with_ = settings.with_ if settings.with_.strip() else None
        return Find(settings.replace, self._host.read(whole, size), state.size, selection, settings.models, with_)

    def _edit_requests(self, state: LayerState, settings: Settings, where: Where) -> list[Edit]:
        box = edit_box(where, settings, state.size)
        first = Edit(
            replace=settings.replace,
            with_=settings.with_,
            seed=settings.seed,
            layer_size=state.size,
            box=box,
            image=self._host.read(box, box.size),
            mask=where.mask,
            mask_kind=where.kind,
            selection=self._limit(where, box),
            preset=settings.preset,
            models=settings.models,
            working_size=settings.working_size,
            adjustments=settings.adjustments,
        )
        return [dataclasses.replace(first, seed=seed) for seed in settings.seeds]

    def _limit(self, where: Where, box: Box) -> Optional[Plane]:
        if where.kind is MaskKind.REGION:
            return None
        if not where.recorded:
            return self._host.read_selection(box, box.size)
        return None if where.limit is None else pixels.framed(where.limit.plane, where.limit.box, box)


def edit_box(where: Where, settings: Settings, size: tuple[int, int]) -> Box:
    """The part of a layer of `size` that the engine sees."""
    return where.box.grown(settings.adjustments.margin).clipped(size)


def _check_size(state: LayerState) -> None:
    width, height = state.size
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise TooLarge(
            _(
                "The layer has {width}×{height} pixels; the limits are {megapixels} megapixels and {longest} a side: "
                "scale the image or crop the layer first.",
                width=width,
                height=height,
                megapixels=MAX_PIXELS // 10**6,
                longest=MAX_SIDE,
            )
        )


def _check_unchanged(host: Host, before: LayerState, fingerprint: bytes) -> None:
    now = host.describe()
    if now.size != before.size:
        change = _("The layer was resized while Text Replace was working.")
    elif now.offsets != before.offsets:
        change = _("The layer was moved while Text Replace was working.")
    elif host.fingerprint() != fingerprint:
        change = _("The layer was painted on while Text Replace was working.")
    else:
        return
    remedy = _("The result no longer fits, so nothing was changed: run it again.")
    raise ImageChanged(OwnText(f"{change} {remedy}"))


def _new_layer(settings: Settings, result: Result, source: Identity, named: bool, visible: bool) -> NewLayer:
    """named: whether the seed is part of the name, because there are several."""
    edit, region = result.edit, result.edited.region
    source_alpha = pixels.alpha_of(edit.image)
    alpha = region.data
    if settings.as_layer_mask:
        alpha = b"\xff" * len(alpha) if source_alpha is None else source_alpha
    elif source_alpha is not None:
        alpha = pixels.multiplied(alpha, source_alpha, edit.box.width)
    return NewLayer(
        name=_title(settings) + (f", seed {result.seed}" if named else ""),
        box=edit.box,
        pixels=pixels.with_alpha(result.edited.pixels, alpha),
        mask=region if settings.as_layer_mask else None,
        recipe=recipe.written(settings, result.where, source, edit, result.edited) if settings.record_recipe else None,
        visible=visible,
    )


def _title(settings: Settings) -> str:
    if not settings.record_recipe:
        return NEUTRAL_NAME
    return f"{settings.with_.strip()} (was {settings.replace.strip()})"
