"""What painters are told of what was typed: sentences as they are, or what a set makes of their normal form."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import pytest
import torch

from tests.engine.edits import region_edit, run
from tests.engine.pipeline.stand_ins import FlatPainter, StandInSet
from text_replace_engine.models.vocabulary import Reading
from text_replace_engine.painting.painter import Canvas
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.sets import registry
from text_replace_engine.sets.model_set import LoadedSet
from text_replace_wire.messages import MaskKind
from text_replace_wire.painting import Painting

pytestmark = pytest.mark.slow

TYPED = '  a neon sign that says  "OPEN",\nat f/1.8, in Paris '


class _Listener(FlatPainter):
    """Writes down what it is told: the prompt, and what is in the region."""

    def paint(
        self, plan: Any, painting: Painting, canvas: Canvas, prompt: str, *more: Any
    ) -> Generator[Any, None, Any]:
        self.told = prompt, canvas.replaced
        return super().paint(plan, painting, canvas, prompt, *more)


@dataclasses.dataclass
class _Set(StandInSet):
    """One that leaves out all but the first word. sentences: whether its painter reads them."""

    sentences: bool = False

    def reading(self, prompt: str) -> Reading:
        return Reading(prompt.split()[0], tuple(prompt.split()[1:]))

    def load(self, device: torch.device, dtype: torch.dtype | None) -> LoadedSet:
        return dataclasses.replace(super().load(device, dtype), reads_sentences=self.sentences)


def told(monkeypatch: pytest.MonkeyPatch, sentences: bool, given: bool = False) -> tuple[Sequence[str | None], int]:
    """And how many warnings there were."""
    painter = _Listener()
    found = _Set("flat", lambda: painter, sentences=sentences)
    monkeypatch.setattr(registry, "model_sets", lambda: {"flat": found})
    pixels, region = np.zeros((20, 30, 3), np.uint8), np.full((20, 30), 255, np.uint8)
    asked = region_edit(pixels, region, Painting(), "flat", with_=TYPED, replace="The  Apple!")
    asked = asked if given else dataclasses.replace(asked, mask_kind=MaskKind.OBJECT)
    edited, _ = run(Pipeline("cpu"), asked)
    return painter.told, len(edited.variations[0].report["warnings"])


def test_sentences_stay_as_they_were_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the space between words: articles, capitals, quotes and commas mean something to who reads them."""
    assert told(monkeypatch, True) == (('a neon sign that says "OPEN", at f/1.8, in Paris', "The Apple!"), 0)
    assert told(monkeypatch, True, given=True)[0][1] is None


def test_others_are_told_what_their_set_makes_of_the_normal_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what that leaves out is said."""
    assert told(monkeypatch, False) == (("neon", "The Apple!"), 1)
