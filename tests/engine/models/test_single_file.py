"""Stable Diffusion in one file, which users have already, becomes the photo models' painter."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from typer.testing import CliRunner, Result

from tests.engine.latent.painted import canvas_of, painted
from tests.engine.models import original_keys
from tests.engine.models.small_painter import write_few_steps
from text_replace_engine.cli import app
from text_replace_engine.models.photo.clip_tokens import write_tokenizer
from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_wire.geometry import Box

pytestmark = pytest.mark.slow

FIRST = "model.diffusion_model.input_blocks.0.0.weight"
PARTS = {"first_stage_model.x": torch.zeros(1), "cond_stage_model.transformer.x": torch.zeros(1)}


def run(*arguments: object) -> Result:
    """`text-replace models …` in this process."""
    return CliRunner().invoke(app, ["models", *(str(each) for each in arguments)])


@pytest.fixture
def lightning(monkeypatch: pytest.MonkeyPatch) -> type:
    """The class of the training program that published checkpoints name; it is not installed."""
    owner = "pytorch_lightning.callbacks.model_checkpoint"
    for name in ("pytorch_lightning", "pytorch_lightning.callbacks", owner):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    named = type("ModelCheckpoint", (), {"__module__": owner})
    monkeypatch.setattr(sys.modules[owner], "ModelCheckpoint", named, raising=False)
    return named


def test_a_file_paints_as_the_hubs_folders(cache: Path, tmp_path: Path, lightning: type) -> None:
    """In either form, without asking anybody: the same networks, the same picture; and what it was is recorded."""
    from text_replace_engine.painting.latent.sd15.painter import load_painter

    networks = original_keys.networks()
    tensors = original_keys.single_file(*networks)
    (tmp_path / "direct").mkdir()
    original_keys.hub_folder(tmp_path / "direct" / "painter", networks)
    write_few_steps(tmp_path / "direct" / "few-steps", networks[0])
    save_file(tensors, tmp_path / "sd-v1-5-inpainting.safetensors")
    saved = {**original_keys.wrapped(tensors), "callbacks": {lightning: {"best_model_score": torch.tensor(0.1)}}}
    torch.save(saved, tmp_path / "sd-v1-5-inpainting.ckpt")
    canvas, results = canvas_of((100, 70), Box(30, 20, 60, 50)), []
    for source in ("safetensors", "ckpt", ""):
        folder = tmp_path / "direct"
        if source:
            ended = run("import", tmp_path / f"sd-v1-5-inpainting.{source}")
            assert ended.exit_code == 0, ended.stderr
            PHOTO.verify("painter")
            write_few_steps(PHOTO.folder() / "few-steps", networks[0])
            folder = PHOTO.folder()
            origin = json.loads((folder / "painter.json").read_text())["origin"]
            assert origin["file"] == f"sd-v1-5-inpainting.{source}" and not origin["published"]
        painter = load_painter(folder, torch.device("cpu"), torch.float32)
        results.append(painted(painter, canvas, preset="fast", working_size=64)[0].images[0])
    assert all((result - results[-1]).abs().max() <= 1e-6 for result in results)
    assert results[-1].std() > 0.01


@pytest.mark.parametrize(
    "text", ["an orange", "A photo of a cat's   café, 12345 naïve 日本 🍎!", "antidisestablishmentarianism", ""]
)
def test_words_are_clips_own_tokens(tmp_path: Path, text: str) -> None:
    """Token by token what open_clip's tokenizer gives, up to the end of the text, after which its end is repeated."""
    from open_clip.tokenizer import SimpleTokenizer
    from transformers import CLIPTokenizer

    write_tokenizer(tmp_path / "tokenizer")
    tokenizer = CLIPTokenizer.from_pretrained(tmp_path / "tokenizer", local_files_only=True)
    expected = [number for number in SimpleTokenizer()(text)[0].tolist() if number]
    tokens = tokenizer(text, padding="max_length", truncation=True, max_length=77).input_ids
    assert tokens == expected + [49407] * (77 - len(expected))
    assert (len(tokenizer), tokenizer.model_max_length) == (49408, 77)


@pytest.mark.parametrize(
    ("tensors", "code", "words"),
    [
        ({FIRST: torch.zeros(32, 4, 3, 3), **PARTS}, 2, "takes 4 channels and not 9"),
        ({FIRST: torch.zeros(32, 9, 3, 3), "conditioner.embedders.0.x": torch.zeros(1)}, 2, "is Stable Diffusion XL"),
        ({FIRST: torch.zeros(32, 9, 3, 3), "cond_stage_model.model.x": torch.zeros(1)}, 2, "is Stable Diffusion 2"),
        ({FIRST: torch.zeros(32, 9, 3, 3)}, 2, "lacks the autoencoder"),
        ({FIRST: torch.zeros(32, 9, 3, 3), **PARTS}, 4, "is damaged"),
    ],
    ids=["four channels", "XL", "2", "a network alone", "holes"],
)
def test_a_file_that_cannot_be_used_is_refused(
    cache: Path, tmp_path: Path, tensors: dict[str, Any], code: int, words: str
) -> None:
    """With a sentence on what it is; what was installed stays."""
    save_file(tensors, tmp_path / "other.safetensors")
    ended = run("import", tmp_path / "other.safetensors")
    assert ended.exit_code == code and words in ended.stderr
    assert not (PHOTO.folder() / "painter.json").exists()


def test_nothing_of_a_file_is_run(cache: Path, tmp_path: Path) -> None:
    """A checkpoint that would do something when it is unpickled does not, and is refused."""

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "done",)

    torch.save({"state_dict": {FIRST: torch.zeros(1, 9, 3, 3)}, "callbacks": Evil()}, tmp_path / "evil.ckpt")
    ended = run("import", tmp_path / "evil.ckpt")
    assert ended.exit_code == 4 and "safely" in ended.stderr and not (tmp_path / "done").exists()
