"""Words for colours: what of a phrase they are, and which colours they mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from PIL import ImageColor
from torch import Tensor

from text_replace_engine.colour_share import share
from text_replace_engine.colour_words import colour_named, taken_out

NAMES = {"apple", "apples", "green apple", "orange", "cat", "car"}


def is_name(words: Sequence[str]) -> bool:
    return " ".join(words) in NAMES


@pytest.mark.parametrize(
    ("phrase", "rest", "said"),
    [
        ("red car", "car", "red"),
        ("small dark blue old car", "small old car", "dark blue"),
        ("car that is blue", "car", "blue"),
        ("car in dark blue", "car", "dark blue"),
        ("red apple in blue bowl", "apple in blue bowl", "red"),
        ("bunch of red apples", "bunch of apples", "red"),
        ("orange and white cat", "and white cat", "orange"),
        ("orange cat", "cat", "orange"),
        ("orange orange", "orange", "orange"),
        ("red green apple", "green apple", "red"),
    ],
)
def test_a_colour_said_of_a_name_is_taken_out(phrase: str, rest: str, said: str) -> None:
    """Beside a name a colour is a colour, also where it is another name itself."""
    assert taken_out(phrase, is_name) == (rest, said)


@pytest.mark.parametrize(
    "phrase",
    ["orange", "cat orange", "green apple", "dark green apple", "red", "light red thing", "blue eyed cat", "dark cat"]
    + ["cat on red mat", "cat with green eyes", "cat in red boots", "car that has red doors", "car of man in red"]
    + ["car that is not red", "non red car", "red panda cat", "cat of orange", "brown bears cat", "rose gold car"],
)
def test_what_says_no_colour_of_a_name_stays(phrase: str) -> None:
    """Names that are colours stay names by themselves; colours of parts, of other things, behind “not”, and in
    names of something else are not the object's.
    """
    assert taken_out(phrase, is_name) == (phrase, None)


@pytest.mark.parametrize(
    ("css", "words"),
    [
        ("red", "red"),
        ("darkorange", "orange"),
        ("gold", "yellow"),
        ("green", "green"),
        ("turquoise", "turquoise"),
        ("royalblue", "blue"),
        ("navy", "dark blue"),
        ("lightskyblue", "light blue"),
        ("indigo", "purple"),
        ("hotpink", "pink"),
        ("saddlebrown", "brown"),
        ("black", "black"),
        ("whitesmoke", "white"),
        ("grey", "gray"),
    ],
)
def test_colours_are_what_they_are_called(css: str, words: str) -> None:
    """Half an object of a named colour of CSS has that colour by half, and its opposite not at all."""
    image = torch.zeros(1, 3, 4, 6) + _pixel("#0f8a5f" if css != "green" else "#b03060")
    image[..., :3] = _pixel(css)
    pixels = np.ones((4, 6), bool)
    assert share(image, pixels, words) == 0.5
    pixels[:, :3] = False
    assert share(image, pixels, words) == 0
    assert share(image, pixels & False, words) == 0


def test_a_shade_needs_a_colour() -> None:
    """“dark” alone says no colour, and what says none has no share."""
    assert colour_named("dark") is None and colour_named("") is None and colour_named("blue dark") is None
    with pytest.raises(ValueError, match="no colour"):
        share(torch.zeros(1, 3, 2, 2), np.ones((2, 2), bool), "dark")


def _pixel(css: str) -> Tensor:
    return torch.tensor(ImageColor.getrgb(css)[:3]).view(1, 3, 1, 1) / 255
