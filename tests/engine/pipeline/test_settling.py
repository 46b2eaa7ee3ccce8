"""What of a region did not have to change is the picture's own."""

from __future__ import annotations

import torch
from torch import Tensor

from text_replace_engine.painting.settling import settled

SIZE = (96, 120)


def inside(y0: int, y1: int, x0: int, x1: int) -> Tensor:
    mask = torch.zeros(1, 1, *SIZE)
    mask[..., y0:y1, x0:x1] = 1
    return mask


REGION, GONE, NEW = inside(8, 88, 16, 104), inside(38, 58, 26, 46), inside(30, 66, 70, 96)


def test_haze_goes_and_what_was_meant_stays() -> None:
    """A haze far from the old object and the new one gives way to the picture's own pixels; what replaces the old
    object stays as it was painted, however like the picture it is, and so does the new object.
    """
    image = torch.rand(1, 3, *SIZE, generator=torch.Generator().manual_seed(0)) * 0.2 + 0.3
    painted = image + REGION * (6 / 255)
    painted = torch.where(NEW > 0, torch.tensor((0.9, 0.2, 0.1)).view(1, 3, 1, 1), painted)
    result = settled(painted, image, REGION, GONE, None)
    for kept in (GONE, NEW):
        assert torch.allclose(result * kept, painted * kept, atol=1e-5)
    ground = inside(12, 24, 20, 100)
    assert torch.equal(result * ground, image * ground)
    assert torch.equal(result * (1 - REGION), image * (1 - REGION))


def test_patterns_stay_around_what_is_known_to_be_new() -> None:
    """On patterned ground the picture's own pixels come back where the painting smudged the pattern, but for the new
    object and what replaces the old one. On plain ground what differs near the new object was meant, as a part of it
    that was not seen, or its shadow; far from it nothing was.
    """
    stripes = (torch.arange(SIZE[1]) // 4 % 2 * 0.6 + 0.2).expand(1, 3, *SIZE)
    plain = torch.full((1, 3, *SIZE), 0.5)
    near, far = inside(21, 23, 74, 92), inside(12, 18, 20, 44)
    for image, meant in ((stripes, False), (plain, True)):
        painted = torch.lerp(image, torch.full_like(image, 0.2), REGION)
        result = settled(painted, image, REGION, GONE, NEW)
        for kept in (GONE, NEW):
            assert torch.allclose(result * kept, painted * kept, atol=1e-5)
        assert torch.allclose(result * near, (painted if meant else image) * near, atol=1e-5)
        assert torch.allclose(result * far, image * far, atol=1e-5)


def test_an_edge_of_the_ground_stays_where_it_was() -> None:
    """A horizon that was painted higher beside the new object is where it was."""
    rows = torch.arange(SIZE[0]).view(1, 1, -1, 1)
    image, higher = ((rows >= level).float().expand(1, 3, *SIZE) * 0.5 + 0.2 for level in (48, 45))
    painted = torch.where(NEW > 0, torch.full_like(image, 0.95), torch.where(REGION > 0, higher, image))
    result = settled(painted, image, REGION, inside(0, 0, 0, 0), NEW)
    beside = inside(8, 88, 16, 64)
    assert torch.allclose(result * beside, image * beside, atol=1e-5)


def test_no_part_of_the_old_object_comes_back_as_a_pattern() -> None:
    """What its mask missed of the old object, beside that on plain ground, stays painted over."""
    missed = inside(38, 58, 46, 51)
    image = torch.lerp(torch.full((1, 3, *SIZE), 0.5), torch.tensor((0.9, 0.1, 0.1)).view(1, 3, 1, 1), GONE + missed)
    painted = torch.lerp(image, torch.full_like(image, 0.5), REGION)
    result = settled(painted, image, REGION, GONE, NEW)
    assert torch.allclose(result * missed, painted * missed, atol=0.02)


def test_nothing_is_painted_where_there_is_no_region() -> None:
    """An empty region leaves the painting alone."""
    image = torch.full((1, 3, *SIZE), 0.5)
    assert torch.equal(settled(image, image, REGION * 0, GONE, None), image)
