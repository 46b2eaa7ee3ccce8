"""LaMa, a network of the user's that only removes, beside the photo models' painter. Its weights are random here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn
from typer.testing import CliRunner, Result

from tests.engine.edits import only, region_edit, run
from tests.engine.latent.painted import PLENTY, canvas_of
from tests.engine.layers import counted
from tests.engine.models.torchscript import as_torchscript
from tests.engine.pipeline.stand_ins import Blind, FlatPainter, StandInSet
from text_replace_engine.cli import app
from text_replace_engine.local import LocalEngine
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.eraser import WEIGHTS, Eraser
from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_engine.models.store import read_role
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.erasing.beside import PainterAndEraser
from text_replace_engine.painting.erasing.painter import ErasedSample, ErasingPainter, load_eraser
from text_replace_engine.painting.painter import Canvas
from text_replace_engine.painting.scorer import ClipScorer
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.sets import registry
from text_replace_engine.sets.model_set import LoadedSet
from text_replace_engine.sets.photo import PhotoSet
from text_replace_engine.steps import finished
from text_replace_wire.errors import Cancelled, ModelDamaged, ModelMissing, UserError
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Progress
from text_replace_wire.painting import Painting

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
SIZE, REGION = (60, 40), Box(20, 10, 45, 30)
REMOVING = Painting(remove=True)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    """With the shapes of the published one."""
    from spandrel.architectures.LaMa import LaMa

    torch.manual_seed(0)
    built: nn.Module = LaMa(in_nc=4, out_nc=3).eval()
    return built


@pytest.fixture(scope="module")
def home(network: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder into which it was imported from what its training saved; not to be changed."""
    trained = {name.replace("model.model", "generator.model"): value for name, value in network.state_dict().items()}
    file, cache = tmp_path_factory.mktemp("files") / "best.ckpt", tmp_path_factory.mktemp("cache")
    torch.save({"state_dict": {**trained, "discriminator.model0.0.weight": torch.zeros(3)}}, file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        ended = imported(file)
        assert ended.exit_code == 0 and "photo eraser: lama, from best.ckpt" in ended.stdout, ended.stderr
    return cache


@pytest.fixture
def eraser(home: Path, monkeypatch: pytest.MonkeyPatch) -> ErasingPainter:
    """The one that was imported."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return load_eraser(PHOTO.folder() / "eraser", CPU)


def imported(file: Path) -> Result:
    """`text-replace models import` in this process."""
    return CliRunner().invoke(app, ["models", "import", str(file)])


def erased(eraser: ErasingPainter, canvas: Canvas) -> ErasedSample:
    """What it makes of a canvas."""
    plan = next(eraser.plans(REMOVING, 1, None, PLENTY))
    (sample,) = finished(eraser.paint(plan, REMOVING, canvas, "", (1,), Course()))
    return sample


def test_it_is_imported_without_what_trained_it(eraser: ErasingPainter) -> None:
    """A role of the photo set, with a manifest, in a form that nothing can hide in."""
    PHOTO.verify("eraser")
    manifest = json.loads((PHOTO.folder() / "eraser.json").read_text())
    assert list(manifest["files"]) == [WEIGHTS] and manifest["origin"]["file"] == "best.ckpt"
    with safe_open(PHOTO.folder() / "eraser" / WEIGHTS, "pt") as weights:
        assert all(name.startswith("generator.") for name in weights.keys())  # noqa: SIM118


def test_it_is_spandrels(network: nn.Module, eraser: ErasingPainter) -> None:
    """To the bit what the network gives when it is called as spandrel calls it."""
    image, mask = torch.rand(1, 3, 40, 64), torch.zeros(1, 1, 40, 64)
    mask[..., 8:30, 20:44] = 1
    with torch.inference_mode():
        expected = network(image, mask).clamp(0, 1)
    layers = Eraser.load(PHOTO.folder() / "eraser", CPU)
    assert torch.equal(layers.erased(image, mask), expected)


def test_nothing_of_the_object_is_seen(eraser: ErasingPainter) -> None:
    """Outside of the region nothing changes; inside it, what was there makes no difference."""
    canvas = canvas_of(SIZE, REGION)
    other = Canvas(torch.where(canvas.region > 0, 1 - canvas.image, canvas.image), canvas.region)
    result, same = (eraser.render(each, erased(eraser, each)) for each in (canvas, other))
    outside = (canvas.region == 0).expand_as(result)
    assert torch.equal(result[outside], canvas.image[outside])
    assert torch.equal(result, same) and not torch.equal(result, canvas.image)


class _Set(StandInSet):
    """A painter, LaMa, and the starter's CLIP."""

    def check_removal(self, painting: Painting) -> None:
        """It can."""

    def load(self, device: torch.device, dtype: torch.dtype | None) -> LoadedSet:
        scorer = ClipScorer(Clip.load(read_role(STARTER, "clip"), STARTER))
        return LoadedSet(Blind(), self.painter(), scorer, (), "float32")


def test_it_removes_and_the_painter_replaces(eraser: ErasingPainter, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one set: the report says which of them it was; and it can be cancelled between any two layers, also inside
    those that it tells of.
    """

    class Painter:
        def samples(self, painting: Painting) -> int:
            raise UserError("the painter was asked")

    both: Any = PainterAndEraser(Painter(), lambda: eraser)  # type: ignore[arg-type]
    monkeypatch.setattr(registry, "model_sets", lambda: {"photo": _Set("photo", lambda: both)})
    pipeline = Pipeline("cpu")
    region = np.zeros((40, 60), np.uint8)
    region[10:30, 20:45] = 255
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    asked = region_edit(pixels, region, REMOVING, "photo", variations=2)
    edited, told = run(pipeline, asked)
    reports = [variation.report for variation in edited.variations]
    assert {report["painter"] for report in reports} == {"lama"} and "steps" not in reports[0]
    assert any("all variations are alike" in warning for warning in reports[0]["warnings"])
    assert edited.variations[0].pixels == edited.variations[1].pixels
    with pytest.raises(UserError, match="the painter was asked"):
        run(pipeline, region_edit(pixels, region, Painting(), "photo"))
    with counted() as layers, pytest.raises(Cancelled):
        LocalEngine(pipeline).edit(asked, lambda _: None, lambda: layers.done >= 100)
    assert layers.done == 100
    heard: list[Progress] = []
    with pytest.raises(Cancelled):
        LocalEngine(pipeline).edit(asked, heard.append, lambda: len(heard) >= 2, lambda: False)
    assert len(heard) == 2 < len(told) and only(run(pipeline, region_edit(pixels, region, REMOVING, "photo"))[0])


def removing(**options: Any) -> Painting:
    """With the painter's options."""
    return Painting(options=options, remove=True)


def test_who_names_a_painter_gets_it(eraser: ErasingPainter) -> None:
    """Whether or not LaMa is there: so the recipe of a removal from before it was imported still repeats. What LaMa
    recorded repeats what it did.
    """
    asked: list[Painting] = []

    class Painter:
        def samples(self, painting: Painting) -> int:
            asked.append(painting)
            return 7

    both: Any = PainterAndEraser(Painter(), lambda: eraser)  # type: ignore[arg-type]
    older = removing(painter="sd15", steps=6, room="normal")
    assert both.samples(older) == 7 and asked == [older]
    canvas = canvas_of(SIZE, REGION)
    facts = both.facts(next(both.plans(REMOVING, 1, None, PLENTY)), REMOVING, erased(eraser, canvas), "")
    assert facts == {"painter": "lama", "options": {"painter": "lama", "room": "normal"}}
    assert both.samples(removing(**facts["options"])) == 1 and len(asked) == 1


def test_what_it_does_not_take_the_painter_does(eraser: ErasingPainter, monkeypatch: pytest.MonkeyPatch) -> None:
    """And says so; it is refused where LaMa was asked for, as is replacing by it, and LaMa where it is not there."""
    monkeypatch.setattr(PhotoSet, "is_installed", lambda _: True)
    for fine in (REMOVING, removing(painter="lama", room="loose"), removing(painter="sd15", strength=0.5)):
        PhotoSet().check_removal(fine)
    with pytest.raises(UserError, match="in one way only: leave out strength, or use the painter sd15"):
        PhotoSet().check_removal(removing(painter="lama", strength=0.5))
    with pytest.raises(UserError, match="only removes"):
        PhotoSet().check("orange", Painting(options={"painter": "lama"}))
    both: Any = PainterAndEraser(FlatPainter(), lambda: eraser)
    plan = next(both.plans(removing(strength=0.5), 1, None, PLENTY))
    assert plan.warnings[0].startswith("Painted over: LaMa removes in one way only")
    monkeypatch.setattr(type(PHOTO), "is_there", lambda _, role: False)
    with pytest.raises(ModelMissing, match="models import"):
        PhotoSet().check_removal(removing(painter="lama"))


def test_where_it_is_damaged_the_painter_removes() -> None:
    """And says so, but to who asked for it; its file is read once."""
    tried: list[int] = []

    def load() -> ErasingPainter:
        tried.append(1)
        raise ModelDamaged("LaMa is damaged.")

    both: Any = PainterAndEraser(FlatPainter(), load)
    for _ in range(2):
        assert next(both.plans(REMOVING, 1, None, PLENTY)).warnings == ("Painted over: LaMa is damaged.",)
    with pytest.raises(ModelDamaged):
        both.samples(removing(painter="lama"))
    assert len(tried) == 1


def test_what_is_not_only_weights_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The published archive has a program in it; and weights that do not fit make no network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    few: dict[str, Tensor] = {"generator.model.1.bn_l.running_mean": torch.zeros(64)}
    as_torchscript(few, tmp_path / "big-lama.pt")
    ended = imported(tmp_path / "big-lama.pt")
    assert ended.exit_code == 2 and "TorchScript" in ended.stderr
    torch.save(few, tmp_path / "few.pth")
    assert imported(tmp_path / "few.pth").exit_code == 4
    assert not (PHOTO.folder() / "eraser.json").exists()
