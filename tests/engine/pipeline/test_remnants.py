"""What belongs to an object and its mask misses: found where it is, and nowhere else."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from text_replace_engine.painting.guided.painter import GuidedPainter
from text_replace_engine.painting.painter import SeeingPainter
from text_replace_engine.painting.remnants.remnants import with_remnants
from text_replace_engine.tensors import resample
from text_replace_wire.painting import Painting

pytestmark = pytest.mark.slow

SIDE, RADIUS = 128, 30
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]
DISC = np.hypot(ROWS - 64, COLUMNS - 64) < RADIUS
RNG = np.random.default_rng(0)

Floats = NDArray[np.float64]


def _grounds() -> dict[str, Floats]:
    plain = np.full((SIDE, SIDE, 3), (0.7, 0.6, 0.4))
    cells, lines = (ROWS // 8 + COLUMNS // 8) % 2, (ROWS + COLUMNS) // 5 % 2
    return {
        "plain": plain,
        "gradient": plain * (0.5 + ROWS / SIDE / 2)[..., None],
        "horizon": np.where((ROWS < 70)[..., None], plain, (0.2, 0.5, 0.3)),
        "marble": plain + ndimage.zoom(RNG.random((10, 10)), SIDE / 10, order=3)[..., None] * (-0.4, -0.2, 0.2),
        "grain": plain + RNG.normal(0, 0.04, (SIDE, SIDE, 1)),
        "checks": plain * (1 - 0.3 * cells)[..., None],
        "stripes": plain * (1 - 0.4 * lines)[..., None],
    }


GROUNDS = _grounds()


def _scene(ground: Floats, shade: Floats | float = 0.0, string: NDArray[np.bool_] | None = None) -> Tensor:
    """A red disc on a ground, which is darkened by the share `shade` (h, w); under the disc a dark string."""
    picture = ground * (1 - np.broadcast_to(shade, (SIDE, SIDE))[..., None])
    if string is not None:
        picture = np.where(string[..., None], 0.1, picture)
    picture = np.where(DISC[..., None], (0.8, 0.1, 0.1), picture)
    return torch.from_numpy(picture.clip(0, 1)).float().permute(2, 0, 1)[None]


def _found(picture: Tensor, mask: NDArray[np.bool_] = DISC) -> NDArray[np.bool_]:
    whole = with_remnants(picture, torch.from_numpy(mask)[None, None].float()).whole
    assert whole.shape == (1, 1, SIDE, SIDE) and 0 <= float(whole.min()) <= float(whole.max()) <= 1
    found: NDArray[np.bool_] = (whole[0, 0] > 0.5).numpy() & ~mask
    return found


#: A soft copy of the disc, a little lower.
SHADE = 0.35 * ndimage.shift(ndimage.gaussian_filter(DISC.astype(float), 4), (4, 1), order=1)
STRING = (np.abs(COLUMNS - 64 - 4 * np.sin(ROWS / 8)) < 1) & (ROWS >= 64) & (ROWS < 118)


@pytest.mark.parametrize("ground", ["plain", "gradient", "horizon", "marble", "grain", "stripes"])
def test_a_shadow_is_found(ground: str) -> None:
    """All that can be seen of it but a fifth, beyond the rim in which every region is; little that is not darkened."""
    beyond_rim = ~ndimage.binary_dilation(DISC, iterations=4)
    seen = (GROUNDS[ground].max(-1) * SHADE > 0.02) & beyond_rim
    found = _found(_scene(GROUNDS[ground], SHADE))
    assert (seen & ~found).sum() <= 0.2 * seen.sum()
    assert (found & ~DISC & (SHADE < 0.005)).sum() <= 0.05 * DISC.sum()


@pytest.mark.parametrize("ground", ["plain", "gradient", "horizon", "marble", "grain"])
def test_how_a_shadow_falls_is_known(ground: str) -> None:
    """Below the object, as soft and nearly as dark as it is, so that another object can cast the same; in a picture
    twice as large all of it is twice as far. Where there is none, that is known as well, on a ground that has no grain.
    """
    picture, mask = _scene(GROUNDS[ground], SHADE), torch.from_numpy(DISC)[None, None].float()
    for scale in (1, 2):
        size = (scale * SIDE, scale * SIDE)
        shadow = with_remnants(resample(picture, size), resample(mask, size)).shadow
        assert shadow is not None
        assert 1 * scale <= shadow.down <= 6 * scale and abs(shadow.right) <= 3.2 * scale
        assert 1.5 * scale <= shadow.softness <= 6 * scale
        dark = shadow.darkness(resample(mask, size))
        assert abs(float(dark.max()) - 0.35) < 0.08
    none = with_remnants(_scene(GROUNDS[ground]), mask).shadow
    assert none is None or none.power < 0.02
    assert none is not None or ground == "grain"


@pytest.mark.parametrize("ground", ["plain", "gradient", "horizon", "grain"])
def test_a_string_is_found(ground: str) -> None:
    """What hangs on the object, beyond the rim in which every region is."""
    wanted = STRING & (ROWS > 64 + RADIUS + 5)
    found = _found(_scene(GROUNDS[ground], string=STRING))
    assert (wanted & ~found).sum() <= 0.05 * wanted.sum()
    assert (found & ~ndimage.binary_dilation(STRING, iterations=4)).sum() <= 0.02 * DISC.sum()


@pytest.mark.parametrize("ground", GROUNDS)
def test_nothing_is_found_where_nothing_belongs(ground: str) -> None:
    """On smooth and on textured grounds, with or without something else beside the object."""
    picture = _scene(GROUNDS[ground])
    assert not _found(picture).any()
    picture[..., 52:76, 97:121] = torch.tensor([0.1, 0.2, 0.7]).view(1, 3, 1, 1)
    assert _found(picture).sum() <= 0.01 * DISC.sum()


def test_shadows_that_fall_in_other_ways_are_not_one() -> None:
    """Of two objects one of which has a shadow, how it falls is not said: ground would be lit for nothing."""
    mask = torch.from_numpy(DISC)[None, None].float()
    both = torch.cat([_scene(GROUNDS["plain"]), _scene(GROUNDS["plain"], SHADE)], 3)
    gone = with_remnants(both, torch.cat([mask, mask], 3))
    assert gone.shadow is None and (gone.whole - gone.solid)[..., SIDE:].sum() > 100
    alike = torch.cat([_scene(GROUNDS["plain"], SHADE)] * 2, 3)
    assert with_remnants(alike, torch.cat([mask, mask], 3)).shadow is not None


def test_a_neighbour_in_the_shadow_is_spared() -> None:
    """What has another colour than the ground is not painted over, though the shadow falls on it."""
    picture = _scene(GROUNDS["plain"], SHADE)
    picture[..., 98:110, 54:74] = torch.tensor([0.1, 0.3, 0.7]).view(1, 3, 1, 1)
    found = _found(picture)
    assert found[96, 40:50].any() and not found[100:108, 56:72].any()


def test_nothing_is_nothing() -> None:
    """An empty mask, and one that fills the picture, have no remnants."""
    for mask in (np.zeros_like(DISC), np.ones_like(DISC)):
        assert not _found(_scene(GROUNDS["plain"], SHADE), mask).any()


@pytest.mark.parametrize(
    ("painting", "looks"),
    [
        (Painting(), True),
        (Painting(feather=0), True),
        (Painting(remnants=False), False),
        (Painting(grow=0), False),
        (Painting(grow=8), False),
        (Painting("paper"), False),
    ],
)
def test_a_given_shape_is_as_it_is(painting: Painting, looks: bool) -> None:
    """Nothing is looked for where the growth is given, the preset paints exactly the object, or it was not asked for:
    a recipe that says nothing of it.
    """
    painter = GuidedPainter(SimpleNamespace(), torch.device("cpu"))  # type: ignore[arg-type]
    assert isinstance(painter, SeeingPainter)
    mask = torch.from_numpy(DISC)[None, None].float()
    gone = painter.with_remnants(painting, _scene(GROUNDS["plain"], SHADE), mask)
    assert torch.equal(gone.whole, mask) != looks and (gone.shadow is not None) == looks
