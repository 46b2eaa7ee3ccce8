"""Which of two painters paints, and what is said of it."""

from __future__ import annotations

import gc
import itertools
import sys
import weakref
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from tests.engine.latent.conftest import CPU
from tests.engine.latent.painted import PLENTY, canvas_of, painted
from tests.engine.pipeline.stand_ins import FlatPainter
from text_replace_engine import devices
from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_engine.painting.latent.choice import ChosenPainter, LatentPainter
from text_replace_engine.painting.latent.klein.memory import Least
from text_replace_engine.painting.latent.names import PainterName
from text_replace_engine.painting.latent.sd15.painter import load_painter
from text_replace_engine.sets.photo import PHOTO_SET
from text_replace_wire.errors import ModelDamaged, ModelMissing, OutOfMemory, UserError
from text_replace_wire.geometry import Box
from text_replace_wire.painting import Painting

CARD = torch.device("cuda")
SD15, KLEIN = PainterName.SD15, PainterName.KLEIN


class _Painters:
    """Two painters that say when they are loaded. fails: with what loading FLUX.2 klein ends; free: bytes on the
    card, and on the machine, beside a painter, which takes 2 GB of the card.
    """

    def __init__(self) -> None:
        self.loaded: list[PainterName] = []
        self.fails: Exception | None = None
        self.free = {"cuda": 8_000_000_000, "cpu": 20_000_000_000}
        self.in_memory: weakref.ref[FlatPainter] | None = None

    def chosen(self, device: torch.device, needed: int, *names: PainterName) -> ChosenPainter:
        def load(name: PainterName) -> LatentPainter:
            assert self.in_memory is None or self.in_memory() is None
            self.loaded.append(name)
            if name is KLEIN and self.fails is not None:
                raise self.fails
            painter = FlatPainter(batches=(2, 1))
            self.in_memory = weakref.ref(painter)
            return cast(LatentPainter, painter)

        load_all = {name: partial(load, name) for name in names or (SD15, KLEIN)}
        return ChosenPainter(load_all, device, lambda: Least(needed, 10_000_000_000))

    def free_memory(self, device: torch.device) -> int:
        held = self.in_memory is not None and self.in_memory() is not None and device.type == "cuda"
        return self.free[device.type] - (2_000_000_000 if held else 0)


@pytest.fixture
def painters(monkeypatch: pytest.MonkeyPatch) -> _Painters:
    """On a machine with 8 GB of free memory on its card."""
    made = _Painters()
    monkeypatch.setattr(devices, "free_memory", made.free_memory)
    monkeypatch.setattr(devices, "release", lambda _: None)
    return made


def warnings(painter: ChosenPainter, /, **options: Any) -> tuple[str, ...]:
    """Of the first way to paint."""
    return next(painter.plans(Painting(options=options), 1, 1, PLENTY)).warnings


def test_the_better_one_paints_where_it_fits(painters: _Painters) -> None:
    """Without a word; and another one where it was asked for, for that request."""
    painter = painters.chosen(CARD, 7_000_000_000)
    assert warnings(painter) == warnings(painter, painter="sd15") == warnings(painter, painter="klein") == ()
    assert painters.loaded == [KLEIN, SD15, KLEIN]


@pytest.mark.parametrize(
    ("device", "needed", "said"),
    [
        (CARD, 9_000_000_000, "FLUX.2 klein needs 9.0 GB of the graphics card's memory, and 8.0 GB are free."),
        (CPU, 0, "FLUX.2 klein takes minutes on a processor, unless you ask for it."),
    ],
)
def test_it_is_said_why_the_better_one_does_not_paint(
    painters: _Painters, device: torch.device, needed: int, said: str
) -> None:
    """Where it has no room; who asks for it gets it all the same."""
    painter = painters.chosen(device, needed)
    assert warnings(painter) == (f"Painted by Stable Diffusion: {said}",)
    assert painters.loaded == [SD15]
    assert warnings(painter, painter="klein") == () and painters.loaded == [SD15, KLEIN]


def test_memory_is_looked_at_for_every_edit(painters: _Painters) -> None:
    """What the painter that is loaded would give back counts as free; the machine's own memory counts, too."""
    painter = painters.chosen(CARD, 7_000_000_000)
    warnings(painter, painter="sd15")
    assert warnings(painter) == ()
    warnings(painter, painter="sd15")
    painters.free["cuda"] = 6_000_000_000
    assert "needs 7.0 GB of the graphics card's memory, and 6.0 GB are free" in warnings(painter)[0]
    painters.free = {"cuda": 8_000_000_000, "cpu": 9_000_000_000}
    assert "needs 10.0 GB of the machine's memory, and 9.0 GB are free" in warnings(painter)[0]
    assert painters.loaded == [KLEIN, SD15, KLEIN, SD15]


def test_the_other_one_paints_where_the_better_one_runs_out_of_memory(painters: _Painters) -> None:
    """After all of its ways, or where it cannot even be loaded; it is tried again when there is more. Who asked for it
    hears what to do instead.
    """
    painter = painters.chosen(CARD, 7_000_000_000)
    ways = painter.plans(Painting(), 2, None, PLENTY)
    said = ("Painted by Stable Diffusion: there was not enough memory for FLUX.2 klein.",)
    told = [(way.painter, way.batch, way.warnings) for way in itertools.islice(ways, 4)]
    assert told == [(KLEIN, 2, ()), (KLEIN, 1, ()), (SD15, 2, said), (SD15, 1, said)]
    with pytest.raises(OutOfMemory, match="use the preset fast"):
        next(ways)
    assert warnings(painter) == said and painters.loaded == [KLEIN, SD15]
    painters.free["cuda"] = 9_000_000_000
    painters.fails = torch.OutOfMemoryError()
    assert warnings(painter) == said and painters.loaded == [KLEIN, SD15, KLEIN, SD15]
    for _ in range(2):
        with pytest.raises(OutOfMemory, match="use the painter sd15"):
            warnings(painter, painter="klein")


def test_a_set_with_too_little_memory_for_most_edits_is_loaded(
    painters: _Painters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be enough for others, and to find."""
    monkeypatch.setattr(FlatPainter, "plans", lambda *_: iter(()))
    painter = painters.chosen(CARD, 0, SD15)
    assert painters.loaded == [SD15] and painter.samples(Painting()) == 1
    with pytest.raises(OutOfMemory, match="use the preset fast"):
        warnings(painter)


def test_a_large_size_that_was_asked_for_does_not_end_it(painters: _Painters, monkeypatch: pytest.MonkeyPatch) -> None:
    """The better painter paints the next edit again, which needs less."""
    painter = painters.chosen(CARD, 7_000_000_000)
    with monkeypatch.context() as patch:
        patch.setattr(FlatPainter, "plans", lambda *_: iter(()))
        with pytest.raises(OutOfMemory):
            warnings(painter, working_size=1024)
    assert warnings(painter) == ()


def test_the_other_one_paints_where_the_better_one_is_damaged(painters: _Painters) -> None:
    """The set stays usable, says what is wrong, and does not read 16 GB again for that."""
    painters.fails = ModelDamaged("klein is damaged.")
    painter = painters.chosen(CARD, 0)
    assert warnings(painter) == warnings(painter) == ("Painted by Stable Diffusion: klein is damaged.",)
    assert painters.loaded == [KLEIN, SD15]
    with pytest.raises(ModelDamaged):
        warnings(painter, painter="klein")


def test_what_only_one_of_them_takes_is_painted_by_it(painters: _Painters) -> None:
    """And that is said."""
    (why,) = warnings(painters.chosen(CARD, 0), negative_prompt="people")
    assert why.startswith("Painted by Stable Diffusion: FLUX.2 klein follows an instruction")


def test_there_is_nothing_to_say_where_only_one_is_installed(painters: _Painters) -> None:
    """Nobody misses what is not there."""
    assert warnings(painters.chosen(CARD, 0, SD15)) == () and painters.loaded == [SD15]


def test_who_asks_for_what_is_not_installed_hears_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is loaded, with the command that fetches it; what FLUX.2 klein does not take is refused first."""
    monkeypatch.setattr(type(PHOTO), "is_usable", lambda _: True)
    monkeypatch.setattr(type(PHOTO), "is_there", lambda _, role: role != "klein")
    PHOTO_SET.check("orange", Painting(options={"negative_prompt": "people"}))
    with pytest.raises(ModelMissing, match="--painter klein"):
        PHOTO_SET.check("orange", Painting(options={"painter": "klein"}))
    with pytest.raises(UserError, match="negative_prompt"):
        PHOTO_SET.check("orange", Painting(options={"painter": "klein", "negative_prompt": "people"}))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what is mapped into memory")
def test_files_are_let_go_once_they_are_read(snapshots: Path) -> None:
    """Not at the next garbage collection: they are as large as the networks, and stay in memory while they are mapped.
    Also where the largest is read again, without the few steps.
    """
    gc.disable()
    try:
        painter = ChosenPainter({SD15: lambda: load_painter(snapshots, CPU, torch.float32)}, CPU, lambda: Least(0, 0))
        assert str(snapshots) not in Path("/proc/self/maps").read_text()
        painted(painter, canvas_of((64, 64), Box(20, 20, 40, 40)), scheduler="ddim", steps=1)
        assert str(snapshots) not in Path("/proc/self/maps").read_text()
    finally:
        gc.enable()
