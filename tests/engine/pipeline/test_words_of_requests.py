"""What is made of a request's words beside the grammar: which phrase a finder is asked for, and what is said of it."""

from __future__ import annotations

from collections.abc import Generator
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.clock import Clock
from text_replace_engine.finding.finder import Finding, Seen
from text_replace_engine.finding.match import split_prompt
from text_replace_engine.models.vocabulary import Reading
from text_replace_engine.search import search
from text_replace_engine.sets.paper import STARTER_SET
from text_replace_engine.steps import finished
from text_replace_wire.choosing import Select
from text_replace_wire.messages import Find, Found
from text_replace_wire.planes import Plane


class AnyPhrase:
    """Knows bridges and what is called so, in one place; it remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[str, None, Finding]:
        yield from ()
        self.asked.append(phrase)
        named = tuple((0,) if part.startswith(("bridge", "bowl")) else () for part in split_prompt(phrase))
        return Finding((Seen("bridge", visible, 1.0, 1.0),), (0,) if any(named) else (), (), named=named)

    def as_published(self) -> AnyPhrase:
        return self


def _found(phrase: str, finder: AnyPhrase, select: Select = Select.OURS, listed: bool = False) -> Found:
    request = Find(image=Plane(8, 8, 3, bytes(192)), replace=phrase, models="photo", layer_size=(8, 8), select=select)
    any_phrase = SimpleNamespace(vocabulary=lambda: (), reading=Reading, id="photo", title="Photo")
    models = SimpleNamespace(finder=finder, edit_box=lambda box, size: box)
    model_set = STARTER_SET if listed else any_phrase
    return finished(search(request, model_set, models, torch.device("cpu"), Clock()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("phrase", "asked"),
    [
        ("the bridge", ["bridge"]),
        ("a bowl made by my sister", ["bowl made by my sister"]),
        ("the two story house", ["two story house"]),
        ("the bridge over the river", ["bridge, river", "bridge over the river"]),
        ("the bridge next to the bowl", ["bowl, bridge"]),
        ("the third bridge", ["bridge"]),
    ],
)
def test_what_is_not_there_may_be_part_of_a_name(phrase: str, asked: list[str]) -> None:
    """Models of any phrase are asked for all of it where what it lies beside is not to be seen, and only then."""
    finder = AnyPhrase()
    found = _found(phrase, finder)
    assert finder.asked == asked
    assert bool(found.chosen) == (
        phrase not in ("the two story house", "the bridge next to the bowl", "the third bridge")
    )


def test_the_papers_choice_says_that_it_knows_no_colours() -> None:
    """A colour that it leaves out is in the warnings."""
    (warning,) = _found("the red car", AnyPhrase(), Select.PAPER, listed=True).report["warnings"]
    assert "“red”" in warning
    assert not _found("the car", AnyPhrase(), Select.PAPER, listed=True).report["warnings"]
