"""Networks that compute no numbers, as some graphics cards do in float16, never end in a black patch."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.engine.edits import only, region_edit, run
from tests.engine.pipeline.stand_ins import FlatPainter, StandInSet
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.painter import Canvas, Plan, Preview, Sample
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.sets import registry
from text_replace_engine.sets.model_set import LoadedSet
from text_replace_wire.errors import ModelError, NoPicture
from text_replace_wire.messages import Edit
from text_replace_wire.painting import Painting

pytestmark = pytest.mark.slow


@dataclass
class Overflowing(FlatPainter):
    """Paints what is no number. sampled, rendered: where."""

    sampled: bool = True
    rendered: bool = False

    def paint(
        self, plan: Plan, painting: Painting, canvas: Canvas, prompt: str, seeds: Sequence[int], course: Course
    ) -> Generator[Preview, None, list[Sample]]:
        samples = yield from super().paint(plan, painting, canvas, prompt, seeds, course)
        if not self.sampled:
            return samples
        return [Sample(sample.seed, (sample.views[0] * torch.nan,)) for sample in samples]

    def render(self, canvas: Canvas, sample: Sample) -> Tensor:
        return super().render(canvas, sample) * (torch.nan if self.rendered else 1)


@dataclass
class InFloat16(StandInSet):
    """Computes in it where nothing else is asked for, and paints by `painter` then. loaded: in what it was."""

    loaded: list[str] = field(default_factory=list)

    def load(self, device: torch.device, dtype: torch.dtype | None) -> LoadedSet:
        loaded = super().load(device, dtype)
        self.loaded.append(str(dtype or torch.float16).removeprefix("torch."))
        painter = loaded.painter if dtype is None else FlatPainter()
        return LoadedSet(loaded.finder, painter, loaded.scorer, (), self.loaded[-1])


def _request(models: str = "small") -> Edit:
    return region_edit(np.zeros((40, 60, 3), np.uint8), np.full((40, 60), 255, np.uint8), Painting(), models)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[[StandInSet], None]:
    """Makes a set the only one there is."""

    def install(model_set: StandInSet) -> None:
        monkeypatch.setattr(registry, "model_sets", lambda: {model_set.id: model_set})

    return install


@pytest.mark.parametrize("painter", [Overflowing(), Overflowing(sampled=False, rendered=True)], ids=["sample", "end"])
def test_what_float16_cannot_hold_is_computed_in_float32(
    installed: Callable[[StandInSet], None], painter: FlatPainter
) -> None:
    """Once, and from then on; the report says in what."""
    model_set = InFloat16("small", lambda: painter)
    installed(model_set)
    pipeline = Pipeline("cpu")
    for _ in range(2):
        _, report = only(run(pipeline, _request())[0])
        assert report["dtype"] == "float32"
    assert model_set.loaded == ["float16", "float32"]


def test_other_sets_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one set cannot compute in says nothing of the others; and what was asked for is kept, with an error."""
    small, other = InFloat16("small", Overflowing), InFloat16("other", FlatPainter)
    monkeypatch.setattr(registry, "model_sets", lambda: {"small": small, "other": other})
    pipeline = Pipeline("cpu")
    run(pipeline, _request())
    run(pipeline, _request("other"))
    assert (small.loaded, other.loaded) == (["float16", "float32"], ["float16"])
    with pytest.raises(NoPicture):
        monkeypatch.setattr(small, "painter", Overflowing)
        monkeypatch.setattr(InFloat16, "load", StandInSet.load)
        run(Pipeline("cpu", "float32"), _request())


def test_what_was_painted_before_is_not_sent_twice(installed: Callable[[StandInSet], None]) -> None:
    """Where a later variation fails the edit does, and the next one is computed in float32."""

    class Later(Overflowing):
        def render(self, canvas: Canvas, sample: Sample) -> Tensor:
            return FlatPainter.render(self, canvas, sample) * (torch.nan if sample.seed > 1 else 1)

    model_set = InFloat16("small", lambda: Later(batches=(1,), sampled=False))
    installed(model_set)
    pipeline = Pipeline("cpu")
    asked = dataclasses.replace(_request(), variations=2)
    with pytest.raises(NoPicture):
        run(pipeline, asked)
    assert len(run(pipeline, asked)[0].variations) == 2
    assert model_set.loaded == ["float16", "float32"]


def test_no_picture_in_float32_is_an_error(installed: Callable[[StandInSet], None]) -> None:
    """With a remedy; no black patch, and no second try."""
    installed(StandInSet("small", Overflowing))
    with pytest.raises(ModelError, match="fetch or import them again"):
        run(Pipeline("cpu"), _request())
