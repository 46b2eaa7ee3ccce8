"""The one flow of a replacement, the same in every editor: find, pick, paint, apply. A window can drive the steps one
by one; `replace` takes them all.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Optional

from text_replace_plugin import applying
from text_replace_plugin.host import Display, Editor, LayerState
from text_replace_plugin.i18n import OwnText, _
from text_replace_plugin.pointing import Pointed
from text_replace_plugin.results import Applied, Job, Result
from text_replace_plugin.settings import Settings, display_name
from text_replace_plugin.texts import Narrator
from text_replace_wire import building, launch, pairs
from text_replace_wire.errors import BadSelection, ImageChanged, TooLarge
from text_replace_wire.geometry import Box
from text_replace_wire.link import Link
from text_replace_wire.messages import Edit, Found, Progress
from text_replace_wire.options import seeds_from
from text_replace_wire.pairs import Pair
from text_replace_wire.planes import MAX_PIXELS, MAX_SIDE, Plane
from text_replace_wire.where import Where


def replace(editor: Editor, display: Display, settings: Settings) -> Applied:
    """Replace one object in the editor's layer, or those of several pairs.

    Raises TextReplaceError; until the last step nothing in the image is touched, and the last step is one undo group.
    """
    session = Session(editor, display)
    if settings.use_selection:
        return session.apply(session.paint([Job(settings, session.from_selection())]))
    jobs = [Job(one, place_of(one, found, settings)) for one, found in zip(settings.each, session.find_all(settings))]
    return session.apply(session.paint(jobs, look_again=False))


def place_of(
    one: Settings, found: Found, among: Settings, picked: Sequence[int] = (), without: Sequence[int] = ()
) -> Where:
    """As `pairs.place_of`, of what is asked for of one of the pairs."""
    return pairs.place_of(_words(one), found, [_words(each) for each in among.each], picked, without)


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
        of whether it can be painted. Of the first pair only.
        """
        return self._find([settings.each[0]], pointed)[0]

    def find_all(self, settings: Settings) -> list[Found]:
        """As `find`, of every pair, in the same picture."""
        return self._find(settings.each, Pointed())

    def _find(self, asked: Sequence[Settings], pointed: Pointed) -> list[Found]:
        self._narrator = narrator = Narrator(len(asked))
        picture = _Picture(self._editor, self._look(narrator).size)
        found = []
        for number, one in enumerate(asked):
            narrator.begin(one, number)
            request = building.find_request(
                picture,
                one.replace,
                one.models,
                one.with_.strip() or None,
                one.painting,
                pointed.points,
                pointed.box,
            )
            if request.selection is not None and not any(request.selection.data):
                raise BadSelection(
                    _(
                        "The selection lies outside the active layer: select a part of the layer, or nothing to search "
                        "all of it."
                    )
                )
            with self._engine(narrator) as link:
                found.append(
                    link.find(request, lambda progress: self._tell(narrator, progress), self._display.cancelled)
                )
        return found

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

    def paint(self, jobs: Sequence[Job], look_again: bool = True) -> list[list[Result]]:
        """Of each job the variations, best first; fewer where the user kept what there was.

        look_again: whether the layer may have changed since it was last looked at. Raises BadSelection where two jobs
        mean the same part of the layer.
        """
        pairs.check_apart([_words(job.settings) for job in jobs], [job.where for job in jobs])
        if look_again or self._narrator is None:
            self._narrator = Narrator(len(jobs))
            self._look(self._narrator)
        assert self._seen is not None
        picture = _Picture(self._editor, self._seen[0].size)
        return [self._painted(picture, job, number) for number, job in enumerate(jobs)]

    def _painted(self, picture: _Picture, job: Job, number: int) -> list[Result]:
        narrator = self._narrator
        assert narrator is not None
        narrator.begin(job.settings, number)
        self._display.next_edit()
        request = _edit_request(picture, job)
        with self._engine(narrator) as link:
            edited = link.edit(
                request, lambda progress: self._tell(narrator, progress), self._display.cancelled, self._display.kept
            )
        results = [Result(job, request, each, edited.region, edited.object_mask) for each in edited.variations]
        return sorted(results, key=lambda result: -result.score)

    def apply(self, results: Sequence[Sequence[Result]]) -> Applied:
        """Put `results` into the image: one layer, or a group of them, and the edit regions as the selection.

        Raises ImageChanged where they no longer fit, and Cancelled as long as the image is not touched.
        """
        assert self._seen is not None and self._narrator is not None
        self._display.show(*self._narrator.applying())
        regions = applying.regions_of(results, self._display.cancelled)
        _check_unchanged(self._editor, *self._seen)
        self._editor.undo_group_start()
        try:
            return applying.insert(self._editor, results, regions)
        finally:
            self._editor.undo_group_end()

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


def _words(asked: Settings) -> Pair:
    return Pair(display_name(asked.replace), asked.with_)


def _edit_request(picture: _Picture, job: Job) -> Edit:
    settings, batch = job.settings, job.batch
    request = building.edit_request(
        picture,
        job.where,
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
    return dataclasses.replace(request, seed=first, variations=batch.variations, batch=batch.size, place=batch.place)


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
