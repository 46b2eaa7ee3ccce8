"""The one flow of a replacement, the same in every GIMP: read, find, decide, edit, check, apply."""

from __future__ import annotations

from typing import Any, Callable

from text_replace_wire import choice, geometry, launch
from text_replace_wire.errors import BadSelection, ImageChanged, NotFound, TooLarge
from text_replace_wire.geometry import Box
from text_replace_wire.link import Link
from text_replace_wire.messages import MAX_PIXELS, MAX_SIDE, Edit, Edited, Find, MaskKind, Plane, Progress

from . import pixels
from .host import Display, Host, LayerState, NewLayer
from .settings import Settings
from .texts import Narrator


def replace(host: Host, display: Display, settings: Settings) -> Any:
    """Replace one object in the host's layer; gives GIMP's new layer.

    Raises TextReplaceError; until the last step nothing in the image is touched, and the last step is one undo group.
    """
    narrator = Narrator(settings)

    def on_progress(progress: Progress) -> None:
        display.show(*narrator.tell(progress))

    display.show(*narrator.reading())
    before = host.describe()
    _check_size(before)
    fingerprint = host.fingerprint()
    find = _find_request(host, before, settings)
    display.show(*narrator.connecting())
    endpoint = launch.ensure_engine(cancelled=display.cancelled)
    with Link.connect(endpoint, cancelled=display.cancelled) as link:
        found = link.find(find, on_progress, display.cancelled)
        if not found.chosen:
            raise NotFound(found.explanation)
        chosen = choice.union_of(found.candidates, found.chosen)
        edit = _edit_request(host, before, settings, chosen.mask, chosen.edit_box)
        edited = link.edit(edit, on_progress, display.cancelled)
    display.show(*narrator.applying())
    _check_unchanged(host, before, fingerprint)
    return _apply(host, settings, edit, edited)


def _check_size(state: LayerState) -> None:
    width, height = state.size
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise TooLarge(
            f"The layer has {width}×{height} pixels; the limits are {MAX_PIXELS // 10**6} megapixels and {MAX_SIDE} a "
            "side: scale the image or crop the layer first."
        )


def _whole(state: LayerState) -> Box:
    return Box(0, 0, *state.size)


def _find_request(host: Host, state: LayerState, settings: Settings) -> Find:
    size = geometry.search_size(state.size)
    selection = host.read_selection(_whole(state), size)
    if selection is not None and not any(selection.data):
        raise BadSelection(
            "The selection lies outside the active layer: select a part of the layer, or nothing to search all of it."
        )
    return Find(
        settings.replace, host.read(_whole(state), size), state.size, selection, settings.models, settings.with_
    )


def _edit_request(host: Host, state: LayerState, settings: Settings, mask: Plane, box: Box) -> Edit:
    return Edit(
        replace=settings.replace,
        with_=settings.with_,
        seed=settings.seed,
        layer_size=state.size,
        box=box,
        image=host.read(box, box.size),
        mask=mask,
        mask_kind=MaskKind.OBJECT,
        selection=host.read_selection(box, box.size),
        preset=settings.preset,
        models=settings.models,
    )


def _check_unchanged(host: Host, before: LayerState, fingerprint: bytes) -> None:
    now = host.describe()
    if now.size != before.size:
        change = "resized"
    elif now.offsets != before.offsets:
        change = "moved"
    elif host.fingerprint() != fingerprint:
        change = "painted on"
    else:
        return
    raise ImageChanged(
        f"The layer was {change} while Text Replace was working, so the result no longer fits; "
        "nothing was changed: run it again."
    )


def _apply(host: Host, settings: Settings, edit: Edit, edited: Edited) -> Any:
    alpha, source = edited.region.data, pixels.alpha_of(edit.image)
    if source is not None:
        alpha = pixels.multiplied(alpha, source, edit.box.width)
    new = NewLayer(
        f"{settings.with_.strip()} (was {settings.replace.strip()})", edit.box, pixels.with_alpha(edited.pixels, alpha)
    )
    host.undo_group_start()
    try:
        layer = host.insert(new)
        _or_undone(lambda: host.select(edited.region, edit.box), lambda: host.remove(layer))
    finally:
        host.undo_group_end()
    return layer


def _or_undone(step: Callable[[], None], undo: Callable[[], None]) -> None:
    try:
        step()
    except BaseException:
        undo()
        raise
