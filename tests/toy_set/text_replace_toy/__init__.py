"""A model set in a few lines: finds what has the colour that is named, and paints it flat in another.

It registers by the entry point in pyproject.toml. torch comes with `load`, so that listing the sets stays quick.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from text_replace_engine.models.vocabulary import Reading
from text_replace_engine.sets.model_set import LoadedSet
from text_replace_wire.errors import CannotPaint, UserError
from text_replace_wire.options import PRESET
from text_replace_wire.painting import Painting

if TYPE_CHECKING:
    import torch

#: RGB in [0, 1].
COLOURS = {"red": (1.0, 0.0, 0.0), "green": (0.0, 1.0, 0.0), "blue": (0.0, 0.0, 1.0)}
NAME = "the toy painter"


def named(text: str) -> list[str]:
    """The colours that a text names, in its order."""
    return [word for word in text.casefold().split() if word in COLOURS]


class ToySet:
    """See `sets.model_set.ModelSet`."""

    id = "toy"
    title = "Toy"
    purpose = "Colours, for tests."

    def licences(self) -> tuple[str, ...]:
        """Nothing is fetched."""
        return ()

    def is_installed(self) -> bool:
        """It has no files."""
        return True

    def vocabulary(self) -> tuple[str, ...]:
        """The colours."""
        return tuple(COLOURS)

    def reading(self, prompt: str) -> Reading:
        """It looks for colours in any text."""
        return Reading(prompt)

    def check(self, with_: str, painting: Painting) -> None:
        """A colour, and nothing besides."""
        if not named(with_):
            raise CannotPaint(f"The toy models cannot paint “{with_}”; they know {', '.join(COLOURS)}.")
        if painting.preset != PRESET.default or painting.options:
            asked = ", ".join(painting.options) or painting.preset
            raise UserError(f"There is no {asked} of {NAME}: leave it out.")

    def stamp(self) -> Hashable:
        """It never changes."""
        return None

    def load(self, device: torch.device, dtype: torch.dtype | None) -> LoadedSet:
        """See `sets.model_set.ModelSet`."""
        from text_replace_engine.models.files import ModelFile
        from text_replace_toy.finding import ColourFinder
        from text_replace_toy.painting import ColourScorer, FlatPainter

        files = (ModelFile("finder", "toy/colours", "0" * 64),)
        return LoadedSet(ColourFinder(), FlatPainter(), ColourScorer(), files, "float32")


TOY = ToySet()
