"""Documents for pages, with pictures made by code."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from text_replace_engine.lab.page.document import Document, Plot, Shown, Table

BEFORE, AFTER = "#3060c0", "#e0a020"


def plain(path: Path, colour: str, size: tuple[int, int] = (48, 32)) -> Path:
    """A picture of one colour as a PNG, or what the name ends with."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def mask(path: Path, size: tuple[int, int] = (48, 32)) -> Path:
    """White on the right half, black on the left."""
    pixels = np.zeros(size[::-1], np.uint8)
    pixels[:, size[0] // 2 :] = 255
    Image.fromarray(pixels).save(path)
    return path


def case(folder: Path, number: int, methods: Sequence[str] = ("ours", "theirs")) -> Shown:
    """Case `number`. The score falls as numbers rise, every third has none; the last method fails at every fifth."""
    made = [name for name in methods if name != methods[-1] or number % 5 != 4]
    score = {"score": None if number % 3 == 2 else -float(number), "seconds": number / 8}
    return Shown(
        f"case-{number}",
        f"apple {number} → pear",
        plain(folder / f"before-{number}.png", BEFORE),
        mask(folder / f"mask-{number}.png"),
        {name: plain(folder / f"{name}-{number}.png", AFTER) for name in made},
        dict.fromkeys(made, score),
        {} if len(made) == len(methods) else {methods[-1]: "Nothing there is called “apple”."},
        "even" if number % 2 == 0 else "odd",
    )


def document(folder: Path, count: int) -> Document:
    """A page's worth: a table, a plot and `count` cases of two methods."""
    packed = io.BytesIO()
    Image.new("RGB", (64, 32), "white").save(packed, "PNG")
    return Document(
        "What became of apples",
        (("models", "starter"), ("cases", str(count))),
        (Table("Means", ("method", "score"), (("ours", "0.5"), ("theirs", "0.4")), "Of all."),),
        (Plot("Score", packed.getvalue(), "The score falls."),),
        tuple(case(folder, number) for number in range(count)),
    )
