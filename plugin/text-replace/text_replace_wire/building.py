"""Builds the two requests from a picture, whatever program holds it: a layer of an editor, or pixels in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional, Protocol

from text_replace_wire.choosing import Select
from text_replace_wire.geometry import Box, region_box, search_size
from text_replace_wire.messages import Edit, Find, MaskKind
from text_replace_wire.options import AUTO
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane, framed
from text_replace_wire.where import Where

#: Steps of 8 bits by which the channels of a grey pixel may differ, after conversions.
_ROUNDING = 2


class Picture(Protocol):
    """What requests are made of. Sizes are (width, height), boxes are in the picture's pixels."""

    @property
    def size(self) -> tuple[int, int]:
        """Of the whole picture."""

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        """The pixels inside `box`, resampled to `size`."""

    def read_selection(self, box: Box, size: tuple[int, int]) -> Optional[Plane]:
        """What is selected inside `box`, resampled to `size`, one channel; None where nothing limits the edit."""


def find_request(
    picture: Picture,
    replace: str,
    models: str = AUTO,
    with_: Optional[str] = None,
    painting: Painting = Painting(),  # noqa: B008 (frozen)
    points: Sequence[tuple[int, int]] = (),
    box: Optional[Box] = None,
    select: Select = Select.OURS,
) -> Find:
    """Look for `replace` in the picture, inside its selection. with_, painting: the edit that will follow. points, box:
    look there instead. select: by which rule it is chosen.
    """
    size = search_size(picture.size)
    whole = Box(0, 0, *picture.size)
    selection = picture.read_selection(whole, size)
    copy = picture.read(whole, size)
    return Find(replace, copy, picture.size, selection, models, with_, painting, tuple(points), box, select)


def given_region(picture: Picture, covered: Box) -> Optional[Where]:
    """The picture's selection, which lies in `covered`, as the edit region; None where nothing is selected there."""
    box = region_box(covered, picture.size)
    mask = picture.read_selection(box, box.size)
    if mask is None or not any(mask.data):
        return None
    return Where(MaskKind.REGION, mask, box)


def needed_box(where: Where, painting: Painting, size: tuple[int, int]) -> Box:
    """The part of a picture of `size` that the engine sees of an edit."""
    return where.box.grown(painting.margin).clipped(size)


def edit_request(
    picture: Picture,
    where: Where,
    replace: str,
    with_: str,
    seed: int,
    models: str = AUTO,
    painting: Painting = Painting(),  # noqa: B008 (frozen)
    variations: int = 1,
) -> Edit:
    """Paint `with_` into `where`, as often as `variations` says, with `seed` and those after it."""
    box = needed_box(where, painting, picture.size)
    image = picture.read(box, box.size)
    return Edit(
        replace=replace,
        with_=with_,
        seed=seed,
        layer_size=picture.size,
        box=box,
        image=image,
        mask=where.mask,
        mask_kind=where.kind,
        selection=_limit(picture, where, box),
        models=models,
        painting=painting,
        variations=variations,
        # What is around the object may be grey in a picture with colours elsewhere.
        grey=_is_grey(image) and _is_grey(picture.read(Box(0, 0, *picture.size), search_size(picture.size))),
    )


def _is_grey(pixels: Plane) -> bool:
    """Whether no pixel has a colour that could be seen."""
    if pixels.channels < 3:
        return True
    red, green, blue = (pixels.data[channel :: pixels.channels] for channel in range(3))
    return red == green == blue or all(
        abs(r - g) <= _ROUNDING and abs(b - g) <= _ROUNDING for r, g, b in zip(red, green, blue)
    )


def _limit(picture: Picture, where: Where, box: Box) -> Optional[Plane]:
    if where.kind is MaskKind.REGION:
        return None
    if not where.recorded:
        return picture.read_selection(box, box.size)
    return None if where.limit is None else framed(where.limit.plane, where.limit.box, box)
