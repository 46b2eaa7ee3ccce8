"""The one flow of a replacement, the same in every editor: find, pick, paint, apply. A window can drive the steps one
by one; `replace` takes them all.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from text_replace_plugin import outcome, pixels, recipe
from text_replace_plugin.host import Display, Editor, LayerState, NewLayer
from text_replace_plugin.i18n import N_, OwnText, _
from text_replace_plugin.pointing import Pointed
from text_replace_plugin.recipe import Batch
from text_replace_plugin.settings import Settings, display_name
from text_replace_plugin.texts import Narrator
from text_replace_wire import building, launch
from text_replace_wire.errors import BadSelection, ImageChanged, TooLarge
from text_replace_wire.geometry import Box
from text_replace_wire.link import Link
from text_replace_wire.messages import Edit, Found, Progress, Variation
from text_replace_wire.options import seeds_from
from text_replace_wire.planes import MAX_PIXELS, MAX_SIDE, Plane, multiplied
from text_replace_wire.where import Where, chosen

#: The name of results that must not tell the prompts.
NEUTRAL_NAME = "Text Replace"
KEPT_SELECTION = N_("Selection before Text Replace")


@dataclass(frozen=True)
class Result:
    """One painted variation. region: one channel, the size of the edit's box: the edit region.

    score: by the scorer of the models (today's: the cosine of CLIP to the edit prompt); higher is better; 0: none.
    """

    edit: Edit
    variation: Variation
    region: Plane
    where: Where

    @property
    def seed(self) -> int:
        return int(self.variation.report["seed"])

    @property
    def score(self) -> float:
        samples = self.variation.report.get("samples") or [{}]
        # Beside the seed, under the scorer's name.
        return next((float(value) for name, value in samples[0].items() if name != "seed"), 0.0)


@dataclass(frozen=True)
class Applied:
    """What was added, best first, as the editor's own objects. group: holds the layers where there are several."""

    layers: tuple[Any, ...]
    scores: tuple[float, ...]
    group: Any = None


def replace(editor: Editor, display: Display, settings: Settings) -> Applied:
    """Replace one object in the editor's layer.

    Raises TextReplaceError; until the last step nothing in the image is touched, and the last step is one undo group.
    """
    session = Session(editor, display)
    if settings.use_selection:
        return session.apply(settings, session.paint(settings, session.from_selection()))
    found = session.find(settings)
    return session.apply(settings, session.paint(settings, chosen(found), look_again=False))


@dataclass(frozen=True)
class _Picture:
    """The editor's layer, as `building` reads it."""

    editor: Editor
    size: tuple[int, int]

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        return self.editor.read(box, size)

    def read_selection(self, box: Box, size: tuple[int, int]) -> Optional[Plane]:
        return self.editor.read_selection(box, size)


class Session:
    """One layer, one user. Every step may be taken again, and raises TextReplaceError; only `apply` touches the
    image.
    """

    def __init__(self, editor: Editor, display: Display) -> None:
        self._editor = editor
        self._display = display
        self._seen: Optional[tuple[LayerState, bytes]] = None
        self._narrator: Optional[Narrator] = None

    def find(self, settings: Settings, pointed: Pointed = Pointed()) -> Found:  # noqa: B008 (frozen)
        """What there is to replace, best first; what is pointed at, where anything is. Without `with_`, nothing is said
        of whether it can be painted.
        """
        self._narrator = narrator = Narrator(settings)
        picture = _Picture(self._editor, self._look(narrator).size)
        request = building.find_request(
            picture,
            settings.replace,
            settings.models,
            settings.with_.strip() or None,
            settings.painting,
            pointed.points,
            pointed.box,
        )
        if request.selection is not None and not any(request.selection.data):
            raise BadSelection(
                _(
                    "The selection lies outside the active layer: select a part of the layer, or nothing to search all "
                    "of it."
                )
            )
        with self._engine(narrator) as link:
            return link.find(request, lambda progress: self._tell(narrator, progress), self._display.cancelled)

    def from_selection(self) -> Where:
        """The selection, used as it is."""
        state = self._editor.describe()
        _check_size(state)
        selected = self._editor.selection_box()
        if selected is None:
            raise BadSelection(_("Nothing of the active layer is selected: select what to replace, and try again."))
        region = building.given_region(_Picture(self._editor, state.size), selected)
        if region is None:
            raise BadSelection(_("The selection is empty: select what to replace, and try again."))
        return region

    def paint(
        self, settings: Settings, where: Where, look_again: bool = True, batch: Optional[Batch] = None
    ) -> list[Result]:
        """The variations, best first; fewer where the user kept what there was.

        look_again: whether the layer may have changed since it was last looked at. batch: how the one result that is
        repeated was painted.
        """
        if look_again or self._narrator is None:
            self._narrator = Narrator(settings)
            self._look(self._narrator)
        narrator = self._narrator
        assert self._seen is not None
        request = self._edit_request(_Picture(self._editor, self._seen[0].size), settings, where, batch)
        with self._engine(narrator) as link:
            edited = link.edit(
                request, lambda progress: self._tell(narrator, progress), self._display.cancelled, self._display.kept
            )
        results = [Result(request, variation, edited.region, where) for variation in edited.variations]
        return sorted(results, key=lambda result: -result.score)

    def apply(self, settings: Settings, results: Sequence[Result]) -> Applied:
        """Put `results` into the image: one layer, or a group of them, and the edit region as the selection.

        Raises ImageChanged where they no longer fit.
        """
        assert self._seen is not None and self._narrator is not None
        self._display.show(*self._narrator.applying())
        _check_unchanged(self._editor, *self._seen)
        layers = [self._new_layer(settings, result, results) for result in results]
        self._editor.undo_group_start()
        try:
            return self._insert(settings, results, layers)
        finally:
            self._editor.undo_group_end()

    def _insert(self, settings: Settings, results: Sequence[Result], layers: Sequence[NewLayer]) -> Applied:
        editor, extras, best = self._editor, self._editor.extras, results[0]
        with contextlib.ExitStack() as undo:
            group = None
            if extras is not None:
                if settings.keep_selection:
                    channel = extras.keep_selection(_(KEPT_SELECTION))
                    if channel is not None:
                        undo.callback(extras.remove_channel, channel)
                if len(layers) > 1:
                    group = extras.insert_group(_title(settings))
                    undo.callback(editor.remove, group)
            inserted: list[Any] = []
            # The last one in is on top, and GIMP's active layer.
            for new in reversed(layers):
                inserted.insert(0, editor.insert(new, group))
                if group is None:
                    undo.callback(editor.remove, inserted[0])
            if extras is not None:
                extras.show_older(False)
                undo.callback(extras.show_older, True)
            editor.select(best.region, best.edit.box)
            undo.pop_all()
        if settings.mark and extras is not None:
            # What was painted is worth more than its mark.
            outcome.attempt(extras.mark)
        return Applied(tuple(inserted), tuple(result.score for result in results), group)

    def _new_layer(self, settings: Settings, result: Result, among: Sequence[Result]) -> NewLayer:
        """among: all results, the one to be shown first. Where there are several, the seed is part of the name."""
        edit, region, extras = result.edit, result.region, self._editor.extras
        source_alpha = pixels.alpha_of(edit.image)
        alpha = region.data
        if settings.as_layer_mask:
            alpha = b"\xff" * len(alpha) if source_alpha is None else source_alpha
        elif source_alpha is not None:
            alpha = multiplied(alpha, source_alpha, edit.box.width)
        contents = None
        if settings.record_recipe and extras is not None:
            contents = recipe.written(settings, result.where, extras.identity(), edit, result.variation.report)
        return NewLayer(
            name=_title(settings) + (f", seed {result.seed}" if len(among) > 1 else ""),
            box=edit.box,
            pixels=pixels.with_alpha(result.variation.pixels, alpha),
            mask=region if settings.as_layer_mask else None,
            recipe=contents,
            visible=result is among[0],
        )

    def _look(self, narrator: Narrator) -> LayerState:
        self._display.show(*narrator.reading())
        state = self._editor.describe()
        _check_size(state)
        self._seen = state, self._editor.fingerprint()
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

    @staticmethod
    def _edit_request(picture: _Picture, settings: Settings, where: Where, batch: Optional[Batch]) -> Edit:
        request = building.edit_request(
            picture,
            where,
            settings.replace,
            settings.with_,
            settings.seed,
            settings.models,
            settings.painting,
            settings.variations,
        )
        if batch is None:
            return request
        (first,) = seeds_from(settings.seed - batch.place, 1)
        return dataclasses.replace(
            request, seed=first, variations=batch.variations, batch=batch.size, place=batch.place
        )


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


def _check_unchanged(editor: Editor, before: LayerState, fingerprint: bytes) -> None:
    now = editor.describe()
    if now.size != before.size:
        change = _("The layer was resized while Text Replace was working.")
    elif now.offsets != before.offsets:
        change = _("The layer was moved while Text Replace was working.")
    elif editor.fingerprint() != fingerprint:
        change = _("The layer was painted on while Text Replace was working.")
    else:
        return
    remedy = _("The result no longer fits, so nothing was changed: run it again.")
    raise ImageChanged(OwnText(f"{change} {remedy}"))


def _title(settings: Settings) -> str:
    if not settings.record_recipe:
        return NEUTRAL_NAME
    new = "removed" if settings.painting.remove else settings.with_.strip()
    return f"{new} (was {display_name(settings.replace)})"
