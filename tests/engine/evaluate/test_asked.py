"""The colours of edits are judged by what everybody calls them, and both of two objects have to be there."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageColor

from text_replace_engine.lab.evaluate.asked import ColouredEdit, SeveralEdit, is_called, oklab
from text_replace_engine.lab.evaluate.asked_cases import COLOURS
from text_replace_engine.lab.evaluate.figures import of_coloured, of_several


def pixels(*names: str) -> np.ndarray:
    return oklab(np.array([ImageColor.getrgb(name)[:3] for name in names], np.uint8))


@pytest.mark.parametrize(
    ("word", "css"),
    [("red", "crimson"), ("blue", "steelblue"), ("yellow", "gold"), ("pink", "palevioletred"), ("brown", "sienna")],
)
def test_most_of_an_object_decides_its_hue(word: str, css: str) -> None:
    """Another tone of the hue counts, its windows do not, and half of another hue does."""
    assert is_called(word, pixels(css, css, css, "black", "mediumseagreen" if word != "blue" else "gold"))
    assert not is_called(word, pixels(css, *["mediumseagreen"] * 2))


def test_white_is_light_and_has_no_hue() -> None:
    """As black is dark and grey between, whatever else is on the object."""
    assert is_called("white", pixels("white", "gainsboro", "red"))
    assert not is_called("white", pixels("grey", "dimgrey", "red"))
    assert not is_called("white", pixels("white", "red", "blue"))
    assert is_called("black", pixels("black", "#222222")) and is_called("grey", pixels("grey"))
    assert not is_called("black", pixels("gainsboro"))


def test_oklab_is_as_published() -> None:
    """White is 1 and has no chroma; a red has the published coordinates."""
    assert pixels("white")[0] == pytest.approx((1, 0, 0), abs=1e-3)
    assert pixels("red")[0] == pytest.approx((0.628, 0.2249, 0.1258), abs=1e-3)


def test_what_was_not_painted_is_in_no_figure() -> None:
    """Where nothing was found there is no colour to judge; grey pictures have a figure of their own."""
    rows = [
        ColouredEdit("apple", f"{word} cat", found=True, right=COLOURS[word] is not None) for word in ("red", "white")
    ]
    rows += [ColouredEdit("apple", "blue cat", found=False), ColouredEdit("apple", "blue cat", True, True)]
    found = {figure.name: figure.estimate.value for figure in of_coloured(rows)}
    assert found == {
        "the colour asked for": 0.5,
        "within 30° of hue": 1,
        "black, white or grey": 0,
        "grey in, grey out": 0,
    }
    several = [
        SeveralEdit("apple", "cat and dog", True, ("cat", "dog"), (0.9, 0.6)),
        SeveralEdit("apple", "cat and dog", True, ("cat", "fox"), (0.9, 0.1)),
        SeveralEdit("apple", "cat and dog", False),
    ]
    found = {figure.name: figure.estimate.value for figure in of_several(several)}
    assert found == {"both recognised": 0.5, "each recognised": 0.75}
