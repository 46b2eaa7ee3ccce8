"""With networks that are always right, boxes and masks land on the right pixels of every kind of picture, through the
real pipeline; and the check notices where order, scale or polarity is wrong.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from tests.engine.finding.oracles import COLOURS, Drawn, OracleMasker, Oracles, OracleSet, drawing
from tests.engine.pipeline.stand_ins import FlatPainter
from text_replace_engine.client.exchange import PictureInMemory
from text_replace_engine.client.images import read_picture
from text_replace_engine.finding.segment import intersection_over_union
from text_replace_engine.local import LocalEngine
from text_replace_engine.models.networks import detector as detector_module
from text_replace_engine.models.networks.masker import Masker
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.sets import registry
from text_replace_engine.tensors import from_plane, sample_box
from text_replace_wire.api import ignore, never
from text_replace_wire.building import Picture, edit_request, find_request
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Candidate, Found
from text_replace_wire.planes import Plane
from text_replace_wire.where import chosen

pytestmark = pytest.mark.slow

#: Off every axis of symmetry, so that no mistake in order or sign maps it onto itself.
APPLE = Drawn(COLOURS["apple"], (0.3, 0.62), (0.17, 0.1))
CAT = Drawn(COLOURS["cat"], (0.75, 0.25), (0.1, 0.12))
SMALL = Drawn(COLOURS["apple"], (0.3, 0.62), (0.05, 0.04))
MOON = Drawn(COLOURS["moon"], (0.3, 0.62), (0.17, 0.1))
RIGHT = 0.96


@pytest.fixture
def oracles(detector_snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> Oracles:
    """What the models “oracle” find with."""
    made = Oracles(detector_snapshot)
    model_set = OracleSet("oracle", FlatPainter, oracles=made)
    monkeypatch.setattr(registry, "model_sets", lambda: {"oracle": model_set})
    return made


def find(picture: Picture, phrase: str) -> Found:
    """What the real pipeline answers."""
    return LocalEngine(Pipeline("cpu")).find(find_request(picture, phrase, "oracle"), ignore, never)


def mask_of(candidate: Candidate) -> NDArray[np.bool_]:
    plane = candidate.mask
    return np.frombuffer(plane.data, np.uint8).reshape(plane.height, plane.width) > 0


def overlap(found: Found, drawn: Drawn) -> float:
    """Intersection over union of the first candidate with what was drawn, 0 without one."""
    if not found.candidates:
        return 0.0
    mask = mask_of(found.candidates[0])
    return intersection_over_union(mask, drawn.pixels((mask.shape[1], mask.shape[0])))


@pytest.mark.parametrize("size", [(640, 400), (400, 640), (800, 200), (200, 800), (2000, 500), (300, 300)])
def test_shapes(oracles: Oracles, size: tuple[int, int]) -> None:
    """Wide, high, one to four either way, larger than the copy that is searched; its box in the layer's pixels."""
    found = find(PictureInMemory(drawing(size, APPLE, CAT)), "apple")
    assert found.chosen == (0,) and len(found.candidates) == 1
    assert overlap(found, APPLE) > RIGHT
    rows, columns = np.nonzero(APPLE.pixels(size))
    true = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    box = found.candidates[0].box
    slack = 2 + max(size) // 200
    assert np.abs(np.subtract((box.x0, box.y0, box.x1, box.y1), true)).max() <= slack


def test_every_part_of_a_phrase_is_found(oracles: Oracles) -> None:
    """One phrase at a time, each with its own name; the best of every part is chosen."""
    found = find(PictureInMemory(drawing((640, 400), APPLE, CAT)), "a cat and the Apple")
    assert oracles.detecting.asked == ["cat", "apple"]
    assert [candidate.label for candidate in found.candidates] == ["apple", "cat"]
    assert found.chosen == (0, 1)
    for candidate, drawn in zip(found.candidates, (APPLE, CAT), strict=True):
        assert intersection_over_union(mask_of(candidate), drawn.pixels((640, 400))) > RIGHT


def test_every_instance_is_a_candidate(oracles: Oracles) -> None:
    """Two apples are two candidates, and the better one is chosen."""
    second = Drawn(COLOURS["apple"], (0.75, 0.25), (0.1, 0.12))
    found = find(PictureInMemory(drawing((640, 400), APPLE, second)), "apple")
    assert found.chosen == (0,) and len(found.candidates) == 2
    assert found.candidates[0].presence > found.candidates[1].presence
    boxes = [candidate.box for candidate in found.candidates]
    assert {box.x0 < 320 for box in boxes} == {True, False}


def _grey(pixels: NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(pixels).convert("L")


def _rgba(pixels: NDArray[np.uint8]) -> Image.Image:
    image = Image.fromarray(pixels).convert("RGBA")
    image.putalpha(Image.fromarray(np.full(pixels.shape[:2], 200, np.uint8)))
    return image


def _grey_alpha(pixels: NDArray[np.uint8]) -> Image.Image:
    return _rgba(pixels).convert("LA")


@pytest.mark.parametrize("convert", [_grey, _grey_alpha, _rgba])
def test_grey_and_transparent_pictures(
    oracles: Oracles, tmp_path: Path, convert: Callable[[NDArray[np.uint8]], Image.Image]
) -> None:
    """The library's processors crash on such pictures; here they are colour before."""
    convert(drawing((640, 400), MOON)).save(tmp_path / "picture.png")
    found = find(PictureInMemory(read_picture(tmp_path / "picture.png").pixels), "moon")
    assert overlap(found, MOON) > RIGHT


@pytest.mark.parametrize("orientation", [5, 6])
def test_turned_pictures(oracles: Oracles, tmp_path: Path, orientation: int) -> None:
    """A file that says it is turned or mirrored is searched, and answered, upright."""
    upright = Image.fromarray(drawing((640, 400), APPLE, CAT))
    lying = {
        3: Image.Transpose.ROTATE_180,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[0x112] = orientation
    packed = io.BytesIO()
    upright.transpose(lying[orientation]).save(packed, "JPEG", quality=95, exif=exif)
    (tmp_path / "picture.jpg").write_bytes(packed.getvalue())
    found = find(PictureInMemory(read_picture(tmp_path / "picture.jpg").pixels), "apple")
    assert overlap(found, APPLE) > RIGHT


@dataclass(frozen=True)
class HugePicture:
    """See `building.Picture`: drawn where it is read, so that a hundred megapixels need not be held."""

    size: tuple[int, int]

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        if box.size != size:
            return _plane(drawing(size, SMALL, CAT))
        pixels = np.full((size[1], size[0], 3), (90, 100, 120), np.uint8)
        pixels[SMALL.pixels(size, box.x0, box.y0, self.size)] = SMALL.colour
        return _plane(pixels)

    def read_selection(self, box: Box, size: tuple[int, int]) -> Plane | None:
        return None


def _plane(pixels: NDArray[np.uint8]) -> Plane:
    return Plane(pixels.shape[1], pixels.shape[0], 3, pixels.tobytes())


def test_a_hundred_megapixels_one_to_one(oracles: Oracles) -> None:
    """Found in the copy of 1,280 pixels, the object's mask lies on its pixels in the layer at full resolution."""
    picture = HugePicture((12500, 8000))
    found = find(picture, "apple")
    request = edit_request(picture, chosen(found), "apple", "orange", 1, "oracle")
    mask = sample_box(from_plane(request.mask), request.layer_size, request.box)[0, 0].numpy() > 0.5
    true = SMALL.pixels(request.box.size, request.box.x0, request.box.y0, picture.size)
    assert request.image.size == request.box.size and request.box.width > 1000
    assert intersection_over_union(mask, true) > RIGHT
    red = np.frombuffer(request.image.data, np.uint8).reshape(*true.shape, 3)[..., 0] == SMALL.colour[0]
    assert intersection_over_union(mask, red) > RIGHT


def test_what_is_not_visible_is_not_found(oracles: Oracles) -> None:
    """Candidates are cut to what can be seen, and nothing is found where nothing can."""
    pixels = np.dstack([drawing((640, 400), APPLE), np.full((400, 640), 255, np.uint8)])
    pixels[:, :192, 3] = 0
    cut = mask_of(find(PictureInMemory(pixels), "apple").candidates[0])
    assert not cut[:, :192].any() and cut[:, 192:].any()
    pixels[..., 3] = 0
    assert find(PictureInMemory(pixels), "apple").candidates == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (33, 33), (1280, 3)])
def test_tiny_pictures(oracles: Oracles, size: tuple[int, int]) -> None:
    """Nothing is found in them, and nothing fails."""
    found = find(PictureInMemory(np.zeros((size[1], size[0], 3), np.uint8)), "apple")
    assert (found.candidates, found.chosen) == ((), ())
    assert found.explanation.startswith("I looked for “apple” in the picture and saw")


@pytest.mark.parametrize("size", [(640, 400), (400, 640), (800, 200)])
def test_what_is_pointed_at(oracles: Oracles, size: tuple[int, int]) -> None:
    """A box gives the ellipse in it; a point what is around it; both are in the picture's pixels, x before y."""
    image = from_plane(_plane(drawing(size, APPLE)))
    everything = np.ones(size[::-1], bool)
    rows, columns = np.nonzero(APPLE.pixels(size))
    box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)

    def outline(points: list[tuple[float, float]], box: Box | None) -> NDArray[np.bool_]:
        work = oracles.masks.outline(image, everything, points, box)
        while True:
            try:
                next(work)
            except StopIteration as end:
                pixels: NDArray[np.bool_] = end.value
                return pixels

    assert intersection_over_union(outline([], box), APPLE.pixels(size)) > RIGHT
    around = Drawn(APPLE.colour, (0.3, 0.62), (0.1, 0.1))
    assert intersection_over_union(outline([(0.3 * size[0], 0.62 * size[1])], None), around.pixels(size)) > RIGHT
    corners = [(0.2 * size[0], 0.5 * size[1]), (0.4 * size[0], 0.7 * size[1])]
    wider = Drawn(APPLE.colour, (0.3, 0.6), (0.2, 0.2))
    assert intersection_over_union(outline(corners, None), wider.pixels(size)) > RIGHT


Break = Callable[[pytest.MonkeyPatch], None]


def _corners(change: Callable[[torch.Tensor], torch.Tensor], turned: bool = False) -> Break:
    """The detector's boxes are read in another way."""
    right = detector_module.corners

    def read(boxes: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
        return right(change(boxes), size[::-1] if turned else size)

    return lambda patch: patch.setattr(detector_module, "corners", read)


def _prompts(change: Callable[[torch.Tensor], torch.Tensor]) -> Break:
    """The masker's boxes are given in another way."""
    right = Masker.boxes
    return lambda patch: patch.setattr(Masker, "boxes", lambda self, view, boxes: right(self, view, change(boxes)))


def _answer(change: Callable[[torch.Tensor], torch.Tensor]) -> Break:
    """The masker's answer is taken in another way."""
    right = Masker._masks
    return lambda patch: patch.setattr(
        Masker, "_masks", lambda self, view, several, **more: change(right(self, view, several, **more))
    )


BROKEN: dict[str, Break] = {
    "the detector's y before its x": _corners(lambda boxes: boxes[:, [1, 0, 3, 2]]),
    "the detector's height for its width": _corners(lambda boxes: boxes[:, [0, 1, 3, 2]]),
    "corners for centres": _corners(lambda boxes: torch.cat([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:]], 1)),
    "the picture's height for its width": _corners(lambda boxes: boxes, turned=True),
    "radii for widths": _corners(lambda boxes: boxes * torch.tensor([1, 1, 2, 2])),
    "mirrored": _corners(lambda boxes: torch.cat([1 - boxes[:, :1], boxes[:, 1:]], 1)),
    "the masker's y before its x": _prompts(lambda boxes: boxes[:, [1, 0, 3, 2]]),
    "the masker's corners mixed": _prompts(lambda boxes: boxes[:, [0, 2, 1, 3]]),
    "boxes in shares of the picture": _prompts(lambda boxes: boxes / 400),
    "boxes on another scale": _prompts(lambda boxes: boxes * 1.1),
    "the other side of the mask": _answer(lambda masks: ~masks),
    "rows for columns": _answer(lambda masks: masks.flip(1)),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_the_check_notices(oracles: Oracles, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """Each mistake in order, scale or polarity moves the mask off its pixels, or leaves none."""
    BROKEN[broken](monkeypatch)
    assert overlap(find(PictureInMemory(drawing((640, 400), APPLE, CAT)), "apple"), APPLE) < 0.9


def test_the_check_notices_the_wrong_one_of_several_masks(oracles: Oracles, monkeypatch: pytest.MonkeyPatch) -> None:
    """A single point has three meanings: taking the first instead of the best is seen."""
    image = from_plane(_plane(drawing((640, 400), APPLE)))
    right = OracleMasker.forward

    def worst_first(self: OracleMasker, *given: object, **more: object) -> object:
        answer = right(self, *given, **more)  # type: ignore[arg-type]
        answer.iou_scores = -answer.iou_scores
        return answer

    view = oracles.masker.see(image)
    best = oracles.masker.object_at(view, [(192.0, 248.0)], None)
    monkeypatch.setattr(OracleMasker, "forward", worst_first)
    assert not torch.equal(oracles.masker.object_at(view, [(192.0, 248.0)], None), best)
