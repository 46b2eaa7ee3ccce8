"""Of what was painted the new object is seen, its outline clean, and a shadow like the old one's."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.engine.pipeline.ground import GREY, SIDE, disc, ground
from text_replace_engine.painting.gone import CastShadow, Gone
from text_replace_engine.painting.grounding import Site, grounded
from text_replace_engine.tensors import blur

NEW, NONE = disc(104, 108, 30), torch.zeros(1, 1, SIDE, SIDE)
REGION, OLD = disc(100, 100, 70), disc(90, 95, 30)
RED = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)


def on(image: Tensor, mask: Tensor, colour: Tensor) -> Tensor:
    return image * (1 - mask) + mask * colour


def site(image: Tensor, others: Tensor = NONE, shadow: CastShadow | None = None) -> Site:
    """Where a red disc is to be replaced."""
    return Site(on(image, OLD, RED), REGION, Gone(OLD, OLD, shadow), others)


def test_only_the_new_object_and_its_shadow_are_painted() -> None:
    """Where the old one's shadow is not known, the painted one counts; beside it a haze is gone, the pattern stays."""
    image, shadow = ground("stripes"), disc(108, 120, 34)
    haze = blur(image, 6) + 0.03
    painted = (haze * (1 - 0.35 * shadow)) * (1 - NEW) + GREY * NEW
    result = grounded(painted, blur(NEW, 1.0), site(image))
    inside = disc(104, 108, 26)
    assert ((result - GREY).abs() * inside).max() < 1e-5
    beside = REGION * (1 - disc(104, 108, 45)) * (1 - shadow)
    assert ((result - image).abs() * beside).sum() / beside.sum() / 3 < 4 / 255
    fallen = disc(108, 146, 5)
    darker = (result * fallen).sum() / (image * fallen).sum()
    assert 0.6 < darker < 0.9


def test_the_outline_shows_nothing_of_the_painted_ground() -> None:
    """A painting has another ground than the picture, which would be a dark or a light ring around the object."""
    image = ground("plain")
    soft = blur(NEW, 2.0)
    for other in (-0.2, 0.2):
        painted = on((image + other).clamp(0, 1), soft, GREY)
        result = grounded(painted, soft, site(image, shadow=CastShadow(4, 0, 4, 0.0)))
        low, high = torch.minimum(image, GREY) - 0.03, torch.maximum(image, GREY) + 0.03
        assert ((result >= low) & (result <= high)).all()


@pytest.mark.parametrize("width", [2, 3, 4])
def test_what_is_thin_is_shown(width: int) -> None:
    """A stalk or a handle is not lost in smoothing its outline, nor in a region that is much larger than it."""
    image = ground("plain")
    bar = torch.zeros(1, 1, SIDE, SIDE)
    bar[..., 60:150, 100 : 100 + width] = 1
    result = grounded(on(image, bar, GREY), bar, site(image, shadow=CastShadow(4, 0, 4, 0.0)))
    shown = ((result - image) * (GREY - image)).sum(1, keepdim=True) / (GREY - image).square().sum(1, keepdim=True)
    assert (shown * bar)[..., 70:140, :].sum() > 0.8 * bar[..., 70:140, :].sum()


def test_the_new_object_casts_the_old_ones_shadow() -> None:
    """As dark, as soft and in the same direction, whatever was painted; none, where the old one had none; and no line
    where the region ends.
    """
    image = ground("plain")
    painted = on(image * (1 - 0.4 * disc(104, 92, 40)), NEW, GREY)
    none = grounded(painted, blur(NEW, 1.0), site(image, shadow=CastShadow(4, 0, 8, 0.0)))
    beside = REGION * (1 - disc(104, 108, 34))
    assert ((none - image).abs() * beside).max() < 0.02
    cast = grounded(painted, blur(NEW, 1.0), site(image, shadow=CastShadow(4, 0, 8, 1.5)))
    share = (cast / none).mean(1, keepdim=True)
    below, above = (float((share * place).sum() / place.sum()) for place in (disc(104, 141, 2), disc(104, 72, 2)))
    assert below < 0.8 and above > 0.98
    far = grounded(painted, blur(NEW, 1.0), site(image, shadow=CastShadow(4, 0, 60, 1.5)))
    assert ((far - image).abs() * (1 - REGION)).max() < 1e-6
    rim = disc(100, 100, 70) * (1 - disc(100, 100, 69))
    assert float(far.mean(1, keepdim=True)[rim > 0].min()) > 0.8 * float(image.mean())


def test_ground_in_the_old_shadow_is_lit_again() -> None:
    """Where it is known how it falls, a pattern under it stays what it was, and nothing of the shadow does; what lies
    beside the object is not lit.
    """
    image, shadow = ground("dots"), CastShadow(5, 6, 14, 1.4)
    dark = image * (1 - shadow.darkness(OLD))
    thing = disc(130, 130, 8)
    seen = on(dark, thing, GREY)
    result = grounded(seen, NONE, Site(on(seen, OLD, RED), REGION, Gone(OLD, OLD, shadow), thing))
    beyond = REGION * (1 - disc(90, 95, 42)) * (1 - disc(130, 130, 10))
    assert ((result - image).abs() * beyond).max() < 0.02
    assert ((result - seen).abs() * disc(130, 130, 6)).max() < 0.02


def test_a_neighbour_keeps_what_reaches_into_the_region() -> None:
    """What was painted over another thing is not shown, though it stood next to the old one."""
    neighbour = disc(146, 96, 24)
    seen = on(ground("plain"), neighbour, torch.tensor([0.9, 0.8, 0.1]).view(1, 3, 1, 1))
    whole = site(seen, neighbour)
    result = grounded(GREY.expand(-1, -1, SIDE, SIDE), disc(86, 98, 24), whole)
    kept = neighbour * (1 - disc(86, 98, 45))
    assert torch.allclose(result * kept, whole.image * kept, atol=0.02)


def test_nothing_to_change_changes_nothing() -> None:
    """An empty region leaves what was painted."""
    painted = ground("dots")
    assert torch.equal(grounded(painted, NONE, Site(painted, NONE, Gone(NONE, NONE), NONE)), painted)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (3, 40)])
@pytest.mark.parametrize("shadow", [None, CastShadow(2, 1, 1, 0.5)], ids=["not known", "known"])
def test_a_region_of_any_shape(shape: tuple[int, int], shadow: CastShadow | None) -> None:
    """A selection may leave one pixel, or one row or column; the rest of the picture stays as it is."""
    image, painted = torch.rand(2, 1, 3, *shape, generator=torch.Generator().manual_seed(1))
    for place in ((0, 0), (0, slice(None)), (slice(None), 0), (slice(None), slice(None))):
        region = torch.zeros(1, 1, *shape)
        region[..., place[0], place[1]] = 1
        result = grounded(painted, region, Site(image, region, Gone(region, region, shadow), torch.zeros_like(region)))
        assert result.isfinite().all() and torch.equal(result * (1 - region), image * (1 - region))
