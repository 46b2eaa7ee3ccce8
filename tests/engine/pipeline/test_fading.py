"""Where an edit left the picture as it was, its region ends, and nobody sees a difference."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.engine.edits import painter_of, region_edit, run
from text_replace_engine.client.composite import composite
from text_replace_engine.painting.fading import faded
from text_replace_engine.painting.masks import masks
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.tensors import from_plane, to_plane
from text_replace_wire.geometry import Box
from text_replace_wire.messages import MaskKind
from text_replace_wire.painting import Painting

SIDE = 80
NOISE = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
IMAGE = (NOISE * 255).round() / 255
INVERSE = 1 - IMAGE


def square(start: int, end: int) -> Tensor:
    mask = torch.zeros(1, 1, SIDE, SIDE)
    mask[..., start:end, start:end] = 1
    return mask


REGION, OBJECT = square(5, 75), square(30, 40)


def test_it_fades_where_nothing_is_new() -> None:
    """All of the object and of what any variation painted stays wholly in the region, what is far from both leaves it,
    and it fades over more than a pixel.
    """
    one, other = (torch.where(square(*part) > 0, INVERSE, IMAGE) for part in ((35, 50), (40, 55)))
    result = faded(REGION, OBJECT, IMAGE, [one, other])
    kept = torch.maximum(OBJECT, torch.maximum(square(35, 50), square(40, 55)))
    assert bool((result[kept > 0] == 1).all())
    assert float(result[..., 65:, 65:].max()) == 0 and float(result[..., :20, :].max()) == 0
    assert max(float(result.diff(dim=axis).abs().max()) for axis in (-1, -2)) < 0.7
    assert bool((faded(REGION, OBJECT, IMAGE, [one]) <= result).all())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.0, 0.2), st.sampled_from([1, 3]), st.sampled_from([SIDE, 700]))
def test_it_makes_no_difference(seed: int, share: float, channels: int, side: int) -> None:
    """Whatever was painted, soft regions, grey pictures and scattered pixels too: the picture is, to the byte, what the
    whole region would have made of it, and the region nowhere larger than that.
    """
    rng = torch.Generator().manual_seed(seed)
    image = (torch.rand(1, channels, side, side, generator=rng) * 255).round() / 255
    region = torch.rand(1, 1, side, side, generator=rng)
    region[..., : side // 4] = 0
    painted = torch.where(torch.rand(1, 1, side, side, generator=rng) < share, 1 - image, image)
    result = faded(region, torch.zeros_like(region), image.expand(-1, 3, -1, -1), [painted])
    assert bool((result <= region).all()) and float(result.min()) >= 0
    box, pixels = Box(0, 0, side, side), (image[0] * 255).round().byte().permute(1, 2, 0).numpy()
    whole, part = (composite(pixels, to_plane(painted), to_plane(each), box, 0) for each in (region, result))
    assert np.array_equal(whole, part)


@pytest.mark.parametrize("region", [REGION, torch.zeros_like(REGION)])
def test_nothing_painted_and_nothing_to_paint(region: Tensor) -> None:
    """A region without a variation, or that is empty, stays as it is."""
    assert torch.equal(faded(region, OBJECT, IMAGE, []), region)
    assert float(faded(torch.zeros_like(REGION), OBJECT, IMAGE, [INVERSE]).max()) == 0


@pytest.mark.slow
def test_a_region_that_nobody_drew_ends_where_nothing_is_new() -> None:
    """On plain ground, which the painter leaves as it is, what is handed back is less than what was painted in, but
    wholly what a growth or the user said.
    """
    pixels, mask = np.full((200, 200, 3), 180, np.uint8), np.zeros((200, 200), np.uint8)
    pixels[70:130, 70:130], mask[70:130, 70:130] = (200, 20, 30), 255
    pipeline = Pipeline("cpu")

    def regions(kind: MaskKind, painting: Painting) -> tuple[Tensor, Tensor]:
        asked = dataclasses.replace(region_edit(pixels, mask, Painting("fast")), mask_kind=kind, painting=painting)
        before = masks(asked, painter_of(pipeline), from_plane(asked.image)).region
        return before, from_plane(run(pipeline, asked)[0].region)

    before, after = regions(MaskKind.OBJECT, Painting("fast"))
    assert bool((after <= before + 1 / 255).all()) and float(after.sum()) < 0.95 * float(before.sum())
    assert float(after[..., 70:130, 70:130].min()) == 1
    said = Painting("fast", grow=20.0), Painting("fast", feather=0.0)
    for kind, painting in (*((MaskKind.OBJECT, each) for each in said), (MaskKind.REGION, Painting("fast"))):
        before, after = regions(kind, painting)
        assert float((after - before).abs().max()) <= 1 / 255
