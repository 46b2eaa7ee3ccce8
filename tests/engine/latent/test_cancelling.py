"""Cancelling within a step: whatever network of the photo models is at work, and nothing is left behind."""

from __future__ import annotations

import dataclasses
import gc
import logging
import shutil
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
from torch import Tensor, nn

from tests.engine.edits import only, region_edit
from tests.engine.layers import counted
from tests.engine.models import small_photo
from tests.engine.pipeline.stand_ins import StandInSet
from text_replace_engine.cancellation import cancellable, cancelled_by
from text_replace_engine.finding.by_phrase.loading import PhraseFinding, load_finding
from text_replace_engine.local import LocalEngine
from text_replace_engine.models import noun_vectors
from text_replace_engine.models.files import STARTER
from text_replace_engine.painting.latent.klein.painter import KleinPainter
from text_replace_engine.painting.latent.sd15.painter import StableDiffusionPainter
from text_replace_engine.painting.latent.storage import kept
from text_replace_engine.painting.painter import Painter
from text_replace_engine.painting.scorer import ClipScorer
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.sets import registry
from text_replace_engine.sets.model_set import LoadedSet
from text_replace_engine.steps import finished
from text_replace_wire.api import Edited, IsCancelled, ignore, never
from text_replace_wire.errors import Cancelled, OutOfMemory
from text_replace_wire.messages import Edit, Find, Found, Progress
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
OPTIONS: dict[str, dict[str, Any]] = {"sd15": {"steps": 2}, "klein": {"steps": 2, "working_size": 64}}
#: Beyond what an allocator holds on to.
FLAT = 16 * 2**20
THOROUGH = pytest.mark.thorough
#: Painters, and at how many stages.
SOME_AND_MANY = pytest.mark.parametrize(
    ("name", "count"),
    [
        ("sd15", 4),
        ("klein", 4),
        pytest.param("sd15", 50, marks=THOROUGH),
        pytest.param("klein", 50, marks=THOROUGH),
    ],
)

NewTensors = Callable[[], int]

_NOISE = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
_PICTURE = Plane(128, 96, 3, _NOISE.tobytes())
SEARCH = Find("red apple", _PICTURE, _PICTURE.size, models="photo")


@dataclasses.dataclass(kw_only=True)
class _PhotoSet(StandInSet):
    """Finds and paints as the photo models do."""

    finding: PhraseFinding

    def load(self, device: torch.device, dtype: torch.dtype | None) -> LoadedSet:
        scorer = ClipScorer(self.finding.clip)
        return LoadedSet(self.finding.finder, self.painter(), scorer, (), "float32", self.finding.outliner)


@pytest.fixture(scope="module")
def finding_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of small networks that find, and of the starter's CLIP."""
    folder = tmp_path_factory.mktemp("finding")
    small_photo.write_detector(folder / "detector")
    small_photo.write_masker(folder / "masker")
    for file in ("clip.json", "clip.safetensors", "bpe.txt.gz"):
        shutil.copy(STARTER / file, folder)
    finished(noun_vectors.install(folder))
    return folder


def load(files: Path) -> PhraseFinding:
    """Networks that have seen nothing yet."""
    return load_finding(files, False, CPU, torch.float32)


@pytest.fixture(scope="module")
def finding(finding_files: Path) -> PhraseFinding:
    """Loaded once."""
    return load(finding_files)


@pytest.fixture
def name() -> str:
    """Of the painter, where a test takes one only."""
    return "sd15"


EngineOf = Callable[[PhraseFinding], LocalEngine]


@pytest.fixture
def engine_of(
    name: str, painter: StableDiffusionPainter, klein: KleinPainter, monkeypatch: pytest.MonkeyPatch
) -> EngineOf:
    """Makes one with the models “photo”."""
    painters: dict[str, Painter[Any, Any]] = {"sd15": painter, "klein": klein}
    # pytest keeps what is logged, and with an error all that it holds.
    monkeypatch.setattr(logging.getLogger("text_replace_engine.pipeline"), "disabled", True)

    def build(finding: PhraseFinding) -> LocalEngine:
        models = _PhotoSet("photo", lambda: painters[name], finding=finding)
        monkeypatch.setattr(registry, "model_sets", lambda: {"photo": models})
        engine = LocalEngine(Pipeline("cpu"))
        engine.warm("photo")
        return engine

    return build


@pytest.fixture
def engine(engine_of: EngineOf, finding: PhraseFinding) -> LocalEngine:
    """With the networks that were loaded once."""
    return engine_of(finding)


@pytest.fixture
def new_tensors() -> Iterator[NewTensors]:
    """Tells how many tensors there are that were not there when it was asked first."""
    is_first = True

    def count() -> int:
        nonlocal is_first
        gc.collect()
        if is_first:
            # Else it takes a second every time.
            gc.freeze()
            is_first = False
        return sum(issubclass(type(each), Tensor) for each in gc.get_objects())

    yield count
    gc.unfreeze()


def edit(name: str, **asked: Any) -> Edit:
    """Of a noisy picture, always the same."""
    region = np.zeros(_NOISE.shape[:2], np.uint8)
    region[20:40, 25:55] = 255
    return region_edit(_NOISE, region, Painting(options=OPTIONS[name] | asked), "photo")


def work(engine: LocalEngine, request: Edit | Find, cancelled: IsCancelled = never) -> Edited | Found:
    """The answer."""
    if isinstance(request, Find):
        return engine.find(request, ignore, cancelled)
    return engine.edit(request, ignore, cancelled)


def painted(engine: LocalEngine, name: str) -> Plane:
    """What the edit gives when nothing comes in between."""
    return only(engine.edit(edit(name), ignore, never))[0]


def stages(layers: int, count: int) -> list[int]:
    """So many of these layers, from the first to the last but one."""
    return [round(1 + (layers - 2) * number / (count - 1)) for number in range(count)]


def cancelled_at(engine: LocalEngine, request: Edit | Find, layer: int) -> int:
    """How many more layers ended when it was cancelled in that one."""
    asked: list[int] = []
    with counted(lambda done: asked.append(done) if done == layer else None) as layers, pytest.raises(Cancelled):
        work(engine, request, lambda: bool(asked))
    return layers.done - layer


@SOME_AND_MANY
def test_cancelling_takes_effect_within_a_layer(
    engine: LocalEngine, klein: KleinPainter, name: str, count: int, new_tensors: NewTensors
) -> None:
    """Of text encoder, autoencoder, U-Net or transformer, and CLIP: at most one more layer ends. Memory stays flat, and
    the next edit paints the same to the byte.
    """
    # Words are remembered, but for FLUX.2 klein's here, so that its text encoder has to read them.
    painted(engine, name)
    klein.networks.prompts._known.clear()
    with counted() as layers:
        expected = painted(engine, name)
    before, begun = new_tensors(), 0
    for number, layer in enumerate(stages(layers.done, count)):
        klein.networks.prompts._known.clear()
        assert cancelled_at(engine, edit(name), layer) <= 1
        klein.networks.prompts._known.clear()
        assert new_tensors() == before, layer
        begun = begun if number else psutil.Process().memory_info().rss
    assert psutil.Process().memory_info().rss - begun < FLAT
    assert painted(engine, name) == expected


@pytest.mark.parametrize("count", [2, pytest.param(50, marks=THOROUGH)])
def test_cancelling_a_search_takes_effect_within_a_layer(engine_of: EngineOf, finding_files: Path, count: int) -> None:
    """Of detector, masker and CLIP; asked again it answers as if nothing had been."""
    with counted() as layers:
        expected = engine_of(load(finding_files)).find(SEARCH, ignore, never).candidates
    for layer in stages(layers.done, count):
        # One that remembers no picture.
        engine = engine_of(load(finding_files))
        assert cancelled_at(engine, SEARCH, layer) <= 1
        assert engine.find(SEARCH, ignore, never).candidates == expected


@pytest.mark.parametrize(
    ("name", "count"), [("sd15", 3), *(pytest.param(name, 50, marks=THOROUGH) for name in OPTIONS)]
)
def test_errors_leave_nothing_behind(engine: LocalEngine, name: str, count: int, new_tensors: NewTensors) -> None:
    """A mistake in any layer, or too little memory for it in any way to paint: the next edit paints the same."""
    with counted() as layers:
        expected = painted(engine, name)
    before = new_tensors()
    for layer in stages(layers.done, count):
        for error in (ZeroDivisionError, torch.OutOfMemoryError):

            def fail(done: int, first: int = layer, error: type[Exception] = error) -> None:
                if done >= first:
                    raise error

            known = OutOfMemory if error is torch.OutOfMemoryError else error
            with counted(fail), pytest.raises(known):
                engine.edit(edit(name), ignore, never)
            assert new_tensors() == before, layer
    assert painted(engine, name) == expected


def test_memory_that_was_too_little_once(engine: LocalEngine, new_tensors: NewTensors) -> None:
    """The next way to paint has all of it: nothing is left of the first when it begins."""
    painted(engine, "sd15")
    before = new_tensors()
    left: list[int] = []

    def fail(done: int) -> None:
        if done == 300:
            raise torch.OutOfMemoryError

    def told(progress: Progress) -> None:
        if progress.note and not left:
            left.append(new_tensors())

    with counted(fail):
        edited = engine.edit(edit("sd15"), told, never)
    assert "memory is short" in only(edited)[1]["warnings"][0]
    assert left[0] - before < 20


def test_weights_stored_in_fewer_digits_stay_so(recwarn: pytest.WarningsRecorder) -> None:
    """A layer that is cancelled before it begins has them as they were, and so has the one before."""
    network = cancellable(nn.Sequential(*(nn.Linear(3, 3) for _ in range(3))))
    kept(network, torch.bfloat16, torch.float32, CPU)
    expected = network(torch.ones(1, 3))
    with counted() as layers, cancelled_by(lambda: layers.done == 1), pytest.raises(Cancelled):
        network(torch.ones(1, 3))
    assert layers.done == 1 and {weight.dtype for weight in network.parameters()} == {torch.bfloat16}
    assert torch.equal(network(torch.ones(1, 3)), expected) and not recwarn.list


def test_weights_stored_in_fewer_digits_are_let_go_at_once() -> None:
    """With the network, however it ended: not at the next garbage collection, which may be hours away."""
    network = kept(nn.Sequential(nn.Linear(3, 3)), torch.bfloat16, torch.float32, CPU)
    weights = weakref.ref(next(network.parameters()))
    gc.disable()
    try:
        del network
        assert weights() is None
    finally:
        gc.enable()
