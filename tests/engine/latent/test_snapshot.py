"""The painter's files: read whole, or refused in a sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from tests.engine.latent.conftest import CPU
from tests.engine.latent.painted import canvas_of, painted
from tests.engine.models.small_painter import FEW_STEPS_FILE, write_painter
from text_replace_engine import devices
from text_replace_engine.models.photo.roles import FEW_STEPS, PAINTER
from text_replace_engine.painting.latent.reading import reading
from text_replace_engine.painting.latent.sd15.painter import StableDiffusionPainter, load_painter
from text_replace_wire.errors import ModelDamaged, ModelError, ModelMissing
from text_replace_wire.geometry import Box

pytestmark = pytest.mark.slow

_UNET = Path(PAINTER) / "unet" / "diffusion_pytorch_model.fp16.safetensors"
_TEXT = Path(PAINTER) / "text_encoder" / "model.fp16.safetensors"
_CANVAS = canvas_of((64, 64), Box(20, 20, 40, 40))


@pytest.fixture
def copy(snapshots: Path, tmp_path: Path) -> Path:
    """The snapshots, to be changed."""
    return shutil.copytree(snapshots, tmp_path / "copy")


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1000])


def _without_a_weight(file: Path) -> None:
    tensors = load_file(file)
    del tensors[max(tensors)]
    save_file(tensors, file, {"format": "pt"})


def _with_another_shape(file: Path) -> None:
    tensors = load_file(file)
    name = next(name for name in sorted(tensors) if tensors[name].ndim == 4)
    tensors[name] = tensors[name][:1].clone()
    save_file(tensors, file, {"format": "pt"})


def _other_words(file: Path) -> None:
    words = json.loads(file.read_text())
    file.write_text(json.dumps(dict(list(words.items())[:-10])))


@pytest.mark.parametrize(
    ("file", "harm"),
    [
        (_UNET, _cut),
        (_UNET, _without_a_weight),
        (_UNET, _with_another_shape),
        (_UNET, Path.unlink),
        (_TEXT, _without_a_weight),
        (Path(PAINTER) / "vae" / "diffusion_pytorch_model.fp16.safetensors", _without_a_weight),
        (Path(PAINTER) / "vae" / "config.json", Path.unlink),
        (Path(PAINTER) / "scheduler" / "scheduler_config.json", Path.unlink),
        (Path(PAINTER) / "tokenizer" / "merges.txt", Path.unlink),
        (Path(PAINTER) / "tokenizer" / "vocab.json", _other_words),
        (Path(PAINTER) / "tokenizer" / "tokenizer_config.json", Path.unlink),
        (Path(FEW_STEPS) / FEW_STEPS_FILE, _cut),
        (Path(FEW_STEPS) / FEW_STEPS_FILE, Path.unlink),
        (Path(FEW_STEPS) / FEW_STEPS_FILE, _without_a_weight),
    ],
    ids=lambda each: each.as_posix() if isinstance(each, Path) else each.__name__.strip("_"),
)
def test_damaged_files_are_refused(copy: Path, file: Path, harm: Callable[[Path], None]) -> None:
    """The libraries would fill what is not there with random weights, and paint noise."""
    harm(copy / file)
    with pytest.raises(ModelDamaged, match="pull photo"):
        load_painter(copy, CPU, torch.float32)


def test_mistakes_of_ours_are_no_damaged_files(tmp_path: Path) -> None:
    """They are not hidden behind a sentence that sends the user to fetch gigabytes again; the many ways in which
    libraries cannot read a file are.
    """
    with pytest.raises(AttributeError), reading(tmp_path / PAINTER / "unet"):
        raise AttributeError
    for unreadable in (OSError(), KeyError(), RuntimeError(), SafetensorError(), Exception("of a tokenizer")):
        with pytest.raises(ModelDamaged, match="“painter/unet”"), reading(tmp_path / PAINTER / "unet"):
            raise unreadable


def test_missing_models_are_told(tmp_path: Path) -> None:
    """Where nothing is installed, it says so."""
    with pytest.raises(ModelMissing):
        load_painter(tmp_path, CPU, torch.float32)


def test_networks_for_other_purposes_are_refused(tmp_path: Path) -> None:
    """One of four channels knows nothing of a mask; it would paint over the whole crop."""
    write_painter(tmp_path / PAINTER, channels=4)
    with pytest.raises(ModelError, match="4 channels and not 9.*import it again"):
        load_painter(tmp_path, CPU, torch.float32)


def test_weights_of_32_bits_serve_where_there_are_no_others(
    copy: Path, snapshots: Path, painter: StableDiffusionPainter
) -> None:
    """A snapshot without files of 16 bits paints the same."""
    for file in (copy / PAINTER).rglob("*.fp16.safetensors"):
        tensors = {name: tensor.float() for name, tensor in load_file(file).items()}
        save_file(tensors, file.with_name(file.name.replace(".fp16", "")), {"format": "pt"})
        file.unlink()
    other = load_painter(copy, CPU, None)
    assert other.dtype == "float32"
    assert torch.equal(painted(other, _CANVAS)[0].images[0], painted(painter, _CANVAS)[0].images[0])


def test_short_memory_does_not_change_the_picture(
    snapshots: Path, painter: StableDiffusionPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where float32 would not fit, the U-Net's weights stay in 16 bits: half the memory, the same bits in the picture,
    and the same weights afterwards, also where a layer failed.
    """
    monkeypatch.setattr(devices, "free_memory", lambda _device: 0)
    small = load_painter(snapshots, CPU, torch.float32)
    network, usual = (each._networks.unet._network for each in (small, painter))
    before = [weight.clone() for weight in network.parameters()]
    with pytest.raises(RuntimeError):
        network.conv_in(torch.zeros(1, 1, 8, 8))
    assert network.conv_in.weight.dtype is before[0].dtype is torch.float16
    monkeypatch.undo()
    recipes: tuple[dict[str, Any], ...] = ({}, {"scheduler": "ddim", "steps": 2})
    for asked in recipes:
        ours, exact = (painted(each, _CANVAS, **asked)[0].images[0] for each in (small, painter))
        assert torch.equal(ours, exact)
    assert small.dtype == "float32" and _bytes(network) < 0.55 * _bytes(usual)
    painted(small, _CANVAS)
    after = list(small._networks.unet._network.parameters())
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


def _bytes(network: torch.nn.Module) -> int:
    return sum(weight.numel() * weight.element_size() for weight in network.parameters())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_networks_compute_in_16_bits(snapshots: Path, painter: StableDiffusionPainter, dtype: torch.dtype) -> None:
    """About the same picture as in 32 bits, from the same noise."""
    other = load_painter(snapshots, CPU, dtype)
    assert other.dtype == str(dtype).removeprefix("torch.")
    asked: dict[str, Any] = {"scheduler": "ddim", "steps": 2, "guidance_scale": 1.0}
    ours, exact = (painted(each, _CANVAS, **asked)[0].images[0] for each in (other, painter))
    assert ours.dtype is torch.float32
    assert (ours - exact).abs().mean() < 0.02
    assert (painted(painter, _CANVAS, (2,), **asked)[0].images[0] - exact).abs().mean() > 0.04


def test_the_few_steps_come_and_go_without_a_trace(copy: Path) -> None:
    """A picture is the same to the bit, whatever was painted before it, by many steps or few."""
    mixed = load_painter(copy, CPU, torch.float32)
    few: dict[str, Any] = {}
    many: dict[str, Any] = {"scheduler": "ddim", "steps": 2}
    few_first, many_first, few_again, many_again = (
        painted(mixed, _CANVAS, **asked)[0].images[0] for asked in (few, many, few, many)
    )
    assert torch.equal(few_first, few_again) and torch.equal(many_first, many_again)
    update = load_file(copy / FEW_STEPS / FEW_STEPS_FILE)
    save_file({key: tensor * ("alpha" not in key) for key, tensor in update.items()}, copy / FEW_STEPS / FEW_STEPS_FILE)
    unchanged = load_painter(copy, CPU, torch.float32)
    assert not torch.equal(painted(unchanged, _CANVAS)[0].images[0], few_first)
    assert torch.equal(painted(unchanged, _CANVAS, **many)[0].images[0], many_first)
