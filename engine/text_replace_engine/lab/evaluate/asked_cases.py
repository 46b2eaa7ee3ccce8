"""Edits in which more is asked for than an object: its colour, or another one beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from text_replace_engine.lab.evaluate.edit_cases import EditCase, EditCases

#: Words for colours that are asked for, and a colour of CSS that everybody calls so; None: it has no hue.
COLOURS = {
    "red": "red",
    "orange": "orange",
    "yellow": "yellow",
    "green": "green",
    "turquoise": "turquoise",
    "blue": "royalblue",
    "purple": "purple",
    "pink": "hotpink",
    "brown": "saddlebrown",
    "black": None,
    "white": None,
    "grey": None,
}
#: A stream of an edit's own, so that its picture is the one that it is without what is asked for.
_ASKED = 7_000_000


class ColouredEdits:
    """The same edits, each in a colour of the list, in turn; all pictures are kept as RGB, the grey ones too."""

    def __init__(self, edits: EditCases) -> None:
        self._edits = edits

    def __getitem__(self, index: int) -> EditCase:
        case, words = self._edits[index], tuple(COLOURS)
        return dataclasses.replace(case, with_=f"{words[index % len(words)]} {case.with_}", grey=False)


class SeveralEdits:
    """The same edits, each with a second object of the names, which is not the replaced one."""

    def __init__(self, edits: EditCases, names: Sequence[str]) -> None:
        self._edits, self._names = edits, names

    def __getitem__(self, index: int) -> EditCase:
        case = self._edits[index]
        others = [name for name in self._names if name not in (case.with_, case.replace)]
        second = str(np.random.default_rng((_ASKED, index)).choice(others))
        return dataclasses.replace(case, with_=f"{case.with_} and {second}", grey=False)


def is_grey(case: EditCase) -> bool:
    """Whether its picture has no colours."""
    return bool((case.pixels == case.pixels[..., :1]).all())
