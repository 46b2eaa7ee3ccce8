"""An object that was painted, in another colour: its main hue and shading are turned, all else stays."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from text_replace_engine.cielab import Floats, cielab, from_cielab
from text_replace_engine.colour_share import has, share
from text_replace_engine.colour_words import colour_named
from text_replace_engine.painting.matting import matte
from text_replace_engine.painting.recolour import recoloured

SIDE = 48
_Y, _X = np.mgrid[:SIDE, :SIDE]
DISC = np.hypot(_Y - 23.5, _X - 23.5) < 18
#: A part of the disc with a hue of its own, and one without any.
WINDOW, TYRE = (slice(14, 20), slice(14, 20)), (slice(30, 36), slice(20, 28))


def picture(body: tuple[float, float, float]) -> Tensor:
    """A shaded disc, RGB in [0, 1], with a blue window and a black tyre, on a body-coloured ground."""
    shading = np.linspace(1.0, 0.7, SIDE)[:, None, None]
    image = np.broadcast_to(body, (SIDE, SIDE, 3)) * shading
    image[WINDOW], image[TYRE] = (0.3, 0.7, 0.95), (0.08, 0.07, 0.09)
    return torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1)[None]


def in_colour(image: Tensor, words: str) -> Floats:
    """CIELAB of the disc in a colour."""
    colour = colour_named(words)
    assert colour is not None
    return cielab(from_cielab(recoloured(cielab(image), DISC.astype(np.float32), colour)))


@pytest.mark.parametrize("body", [(0.9, 0.15, 0.2), (0.98, 0.8, 0.2), (0.88, 0.87, 0.9)])
@pytest.mark.parametrize(
    "words", ["orange", "green", "blue", "purple", "pink", "brown", "black", "white", "grey", "dark blue"]
)
def test_the_main_colour_is_the_one_that_was_asked_for(body: tuple[float, float, float], words: str) -> None:
    """Red, yellow or grey by nature, most of the object is called that colour then, and is still shaded."""
    new = in_colour(picture(body), words)
    main = DISC.copy()
    main[WINDOW] = main[TYRE] = False
    colour = colour_named(words)
    assert colour is not None
    assert has(new[main], colour).mean() > 0.8
    top, bottom = (new[rows][DISC[rows]][:, 0].mean() for rows in (slice(6, 12), slice(37, 42)))
    assert top > bottom


def test_what_has_other_hues_and_the_ground_stay() -> None:
    """A window, a tyre and what is around the object keep their colours."""
    image = picture((0.9, 0.15, 0.2))
    old, new = cielab(image), in_colour(image, "green")
    for kept in (WINDOW, TYRE, ~DISC):
        assert np.linalg.norm(new[kept] - old[kept], axis=-1).mean() < 2


def test_what_has_the_colour_is_left_alone() -> None:
    """A red car that was painted red is not touched, and an empty mask changes nothing."""
    image = picture((0.85, 0.12, 0.15))
    colour = colour_named("red")
    assert colour is not None and share(image, DISC, "red") > 0.7
    lab = cielab(image)
    assert recoloured(lab, DISC.astype(np.float32), colour) is lab
    assert recoloured(lab, np.zeros((SIDE, SIDE), np.float32), colour) is lab


def test_a_mask_that_is_a_little_off_is_brought_to_the_edge() -> None:
    """A coarse mask, a pixel too large, ends where the object does."""
    image = torch.where(torch.from_numpy(DISC), torch.tensor([0.2, 0.3, 0.8]).view(1, 3, 1, 1), torch.tensor(0.9))
    coarse = np.hypot(_Y - 23.5, _X - 23.5) < 19
    alpha = matte(image, torch.from_numpy(coarse)[None, None].float())[0, 0].numpy()
    assert alpha[DISC].mean() > 0.95
    assert alpha[~DISC].mean() < 0.7 * coarse[~DISC].mean()
