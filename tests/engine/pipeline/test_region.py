"""Where the edge of an edit region lies, in closed form, and what becomes of specks, parts and huge masks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from text_replace_engine.painting.region import edit_region, split


def rectangle(size: tuple[int, int], *boxes: tuple[int, int, int, int]) -> Tensor:
    """A mask of `size` (height, width) with these boxes (x0, y0, x1, y1) in it."""
    mask = torch.zeros(1, 1, *size)
    for x0, y0, x1, y1 in boxes:
        mask[..., y0:y1, x0:x1] = 1
    return mask


def reach(values: Tensor, threshold: float = 0.5) -> int:
    """How many of these values, from the first on, are above the threshold."""
    below = (values <= threshold).nonzero()
    return int(below[0]) if len(below) else len(values)


#: A cross of 400 pixels: its arms give the box, and only the rounded box reaches between them.
CROSS = rectangle((512, 512), (56, 246, 456, 266), (246, 56, 266, 456))


def test_automatic_region_is_a_rounded_box() -> None:
    """Between the arms of a cross the edge is the superellipse |x|³ + |y|³ = a³ with a of 1.06 halves of the longer
    side, and 2 % of that side farther out.
    """
    region = edit_region(CROSS)[0, 0]
    diagonal = reach(region.diagonal()[256:])
    assert diagonal == pytest.approx(1.06 * 200 * 0.5 ** (1 / 3) + 0.02 * 400 * 0.5**0.5, abs=1)


@pytest.mark.parametrize("wide", [True, False])
def test_automatic_region_of_a_bar(wide: bool) -> None:
    """Along a thin object 7 % and 2 % of its longer side beyond it, across it 42 % and 2 % from its middle; the edge
    fades over about 5 %.
    """
    mask = rectangle((512, 512), (156, 246, 356, 266))
    region = edit_region(mask if wide else mask.mT)[0, 0]
    region = region if wide else region.T
    assert reach(region[256, 256:]) == pytest.approx(100 + (0.07 + 0.02) * 200, abs=1)
    assert reach(region[256:, 256]) == pytest.approx((0.42 + 0.02) * 200, abs=1)
    soft = reach(region[256, 256:], 0.1) - reach(region[256, 256:], 0.9)
    assert soft == pytest.approx(2.56 * 0.02 * 200, abs=2)
    assert float(region[256, 256 + 110]) == pytest.approx(1, abs=0.03)


def test_automatic_region_of_a_dot() -> None:
    """However small the object is, it grows by a pixel and fades over one."""
    mask = rectangle((64, 64), (30, 30, 34, 34))
    row = edit_region(mask)[0, 0, 32, 32:]
    assert row[:3].tolist() == [1, 1, 1]
    assert 0.5 < float(row[3]) < 1
    assert 0 < float(row[4]) < 0.3
    assert float(row[5:].max()) == 0


@pytest.mark.parametrize("how", [{}, {"feather": 9.0}, {"grow": 5.0}, {"grow": 4.0, "feather": 3.0}])
def test_region_is_as_symmetrical_as_the_object(how: dict[str, float]) -> None:
    """Nothing shifts it to a side, in small pictures and in those that are shaped at another size; type and device are
    the mask's.
    """
    for mask in (rectangle((90, 120), (40, 35, 80, 55)), rectangle((900, 1100), (400, 350, 700, 550))):
        region = edit_region(mask, **how)
        assert torch.allclose(region, edit_region(mask.flip(-1), **how).flip(-1), atol=1e-4)
        assert torch.allclose(region, edit_region(mask.flip(-2), **how).flip(-2), atol=1e-4)
        assert (region.dtype, region.device) == (mask.dtype, mask.device)


@pytest.mark.parametrize("size", [(100, 100), (700, 900), (900, 700)])
def test_growth_and_feather_are_pixels_of_the_picture(size: tuple[int, int]) -> None:
    """The edge falls from 1 to 0 between `grow` and `grow` + `feather` beyond the object, on every side, in pictures
    that are not square and are shaped at another size too.
    """
    region = edit_region(rectangle(size, (40, 40, 60, 60)), 10, 20)[0, 0]
    for outward in (region[50, 60:], region[60:, 50], region[50, :40].flip(0), region[:40, 50].flip(0)):
        assert reach(outward) == pytest.approx(20, abs=1)
        assert reach(outward, 0.0) == pytest.approx(30, abs=1)
        assert reach(outward, 0.99) == pytest.approx(10, abs=1)


@pytest.mark.parametrize("side", [512, 1024])
def test_the_edge_falls_straight(side: int) -> None:
    """A pixel at distance d is 1 − (d − grow) / feather, to a tenth of a pixel, wherever in the picture and at whatever
    size it is shaped.
    """
    for start in (40, side - 60):
        row = edit_region(rectangle((side, side), (start, start, start + 20, start + 20)), 10, 20)[0, 0, start + 10]
        for outward in (row[start + 20 :], row[:start].flip(0)):
            expected = (1 - (torch.arange(1, len(outward) + 1) - 10) / 20).clamp(0, 1)
            assert torch.allclose(outward, expected, atol=0.005)


def test_growth_alone_fades_over_a_share_of_the_object() -> None:
    """2 % of the object's longer side in the picture's pixels, no farther than the growth, at least a pixel."""
    large, small = rectangle((1024, 1024), (300, 500, 700, 520)), rectangle((200, 200), (80, 80, 120, 120))
    assert reach(edit_region(large, 50)[0, 0, 510, 700:], 0.0) == pytest.approx(50 + 8, abs=1)
    assert reach(edit_region(large, 4)[0, 0, 510, 700:], 0.0) == pytest.approx(4 + 4, abs=1)
    assert reach(edit_region(small, 12)[0, 0, 100, 120:], 0.0) == pytest.approx(12 + 1, abs=1)


@pytest.mark.parametrize("side", [64, 700])
def test_growth_of_nothing_and_of_a_pixel(side: int) -> None:
    """0 is exactly the object, whatever its edge is like; 1 is a pixel more."""
    mask = rectangle((side, side), (20, 20, 33, 33))
    mask[..., 20, 20:33] = 0.25
    assert torch.equal(edit_region(mask, 0), mask)
    assert torch.equal(edit_region(mask, 0, 0), mask)
    assert float(edit_region(rectangle((64, 64), (20, 20, 33, 33)), 1)[0, 0, 25, 33]) == 1


@pytest.mark.parametrize("flipped", [False, True])
def test_a_speck_does_not_grow(flipped: bool) -> None:
    """What is less than 3 % of the largest part is painted, but makes no region of its own, wherever it lies."""
    mask = rectangle((128, 128), (20, 20, 60, 60), (110, 110, 113, 113))
    mask = mask.flip((-2, -1)) if flipped else mask
    region = edit_region(mask)
    region = region.flip((-2, -1)) if flipped else region
    assert torch.equal(region[..., 100:, 100:], rectangle((128, 128), (110, 110, 113, 113))[..., 100:, 100:])
    assert float(region[0, 0, 40, 62]) > 0.99


@pytest.mark.parametrize(("parts", "painted"), [(1, 1), (2, 2), (4, 4), (5, 1)])
def test_parts_are_painted_one_by_one_up_to_four(parts: int, painted: int) -> None:
    """Together they are the region."""
    region = 0.5 * rectangle((40, 120), *((4 + 20 * part, 5, 14 + 20 * part, 15) for part in range(parts)))
    found = split(region)
    assert len(found) == painted
    assert torch.equal(torch.stack(found).sum(0), region)


def test_one_part_keeps_its_specks() -> None:
    """Where nothing is split, nothing is left unpainted."""
    region = rectangle((128, 128), (20, 20, 60, 60), (110, 110, 113, 113))
    assert [torch.equal(part, region) for part in split(region)] == [True]


@pytest.mark.parametrize(
    ("size", "shaped"),
    [((512, 300), (512, 300)), ((600, 1500), (205, 512)), ((3, 2048), (1, 512)), ((2048, 3), (512, 1))],
)
def test_a_huge_mask_is_shaped_at_512_pixels(
    size: tuple[int, int], shaped: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its own proportions, so that a huge layer costs no more; a smaller one as it is."""
    seen: list[tuple[int, ...]] = []

    def label(inside: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> object:
        seen.append(inside.shape)
        return labelled(inside)

    labelled = ndimage.label
    monkeypatch.setattr(ndimage, "label", label)
    mask = rectangle(size, (0, 0, size[1] // 2, size[0]))
    edit_region(mask)
    split(mask)
    assert set(seen) == {shaped}
