"""Both painters of photographs on a graphics card, at their real sizes with random weights: seconds and memory, with
all of the card, and with 8 GiB of it.

    python -m tests.benchmarks.photo_card [--folder FOLDER]

It writes 18 GB into a temporary folder, or into FOLDER, where they stay. Without a graphics card it is rehearsed with
small networks.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tests.benchmarks.photo_paint import write_painter
from tests.benchmarks.real_size import randomised
from tests.engine.models import small_klein, small_painter
from text_replace_engine import devices
from text_replace_engine.lab.benchmark.methods.peak import Peak
from text_replace_engine.models.photo.roles import FEW_STEPS, KLEIN, PAINTER
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent.choice import LatentPainter
from text_replace_engine.painting.latent.klein import painter as klein
from text_replace_engine.painting.latent.names import PainterName
from text_replace_engine.painting.latent.sd15 import painter as stable_diffusion
from text_replace_engine.painting.painter import Canvas
from text_replace_engine.steps import finished
from text_replace_wire.painting import Painting

_GIB = 2**30
_SMALL_CARD = 8
_LOADING: dict[PainterName, Callable[[Path, torch.device, torch.dtype | None], LatentPainter]] = {
    PainterName.SD15: stable_diffusion.load_painter,
    PainterName.KLEIN: klein.load_painter,
}
#: Layers of the text encoder: what comes after these is not read. https://huggingface.co/Qwen/Qwen3-4B has more.
_TEXT_LAYERS = 28


def main() -> None:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="for the weights, which stay there")
    parser.add_argument("--painter", type=PainterName, help=argparse.SUPPRESS)
    parser.add_argument("--limit", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    device = devices.best()
    if asked.painter is not None:
        _measure(asked.folder, asked.painter, asked.limit, device)
        return
    print(torch.cuda.get_device_name(device) if device.type == "cuda" else "a rehearsal on a processor", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        began = time.perf_counter()
        if not (folder / KLEIN).exists():
            _write(folder, device)
        print(f"weights written in {time.perf_counter() - began:.0f} s", flush=True)
        for limit in (0, _SMALL_CARD):
            for painter in _LOADING:
                own = ["--folder", str(folder), "--painter", painter, "--limit", str(limit)]
                # In a process of its own: peaks are, and a failure of one is not that of the others.
                subprocess.run([sys.executable, "-m", __spec__.name, *own], check=False)


def _write(folder: Path, device: torch.device) -> None:
    if device.type != "cuda":
        small_painter.write_painter(folder / PAINTER)
        small_painter.write_few_steps(folder / FEW_STEPS)
        small_klein.write_klein(folder / KLEIN)
        return
    write_painter(folder)
    _write_klein(folder / KLEIN, device)


def _write_klein(folder: Path, device: torch.device) -> None:
    """Widths and depths: https://github.com/black-forest-labs/flux2/blob/main/src/flux2/model.py (Klein4BParams)."""
    from diffusers import AutoencoderKLFlux2, Flux2Transformer2DModel
    from transformers import Qwen3Config, Qwen3ForCausalLM

    def made(build: Callable[[], Any]) -> Any:
        with torch.device("meta"):
            network = build()
        # Random numbers are made on the card: a processor takes minutes for them.
        return randomised(network.to(torch.bfloat16).to_empty(device=device)).to("cpu")

    transformer = made(
        lambda: Flux2Transformer2DModel(
            in_channels=128,
            num_layers=5,
            num_single_layers=20,
            attention_head_dim=128,
            num_attention_heads=24,
            joint_attention_dim=7680,
            guidance_embeds=False,
        )
    )
    text = Qwen3Config(
        vocab_size=151_936,
        hidden_size=2560,
        intermediate_size=9728,
        num_hidden_layers=_TEXT_LAYERS,
        num_attention_heads=32,
        num_key_value_heads=8,
        head_dim=128,
        tie_word_embeddings=True,
    )
    vae = AutoencoderKLFlux2(**small_klein.VAE)
    text_encoder = made(lambda: Qwen3ForCausalLM(text))
    text_encoder.tie_weights()
    small_klein.write_snapshot(folder, transformer, vae, text_encoder)


def _measure(folder: Path, name: PainterName, limit: int, device: torch.device) -> None:
    if limit and device.type == "cuda":
        there = torch.cuda.get_device_properties(device).total_memory
        torch.cuda.set_per_process_memory_fraction(limit * _GIB / there, device)
    what = f"{name}, {f'{limit} GiB' if limit else 'all memory'}"
    with Peak(device) as loading:
        began = time.perf_counter()
        painter = _LOADING[name](folder, device, None)
        took = time.perf_counter() - began
    print(f"{what}: loaded in {took:.1f} s, {painter.dtype}", flush=True)
    with Peak(device) as painting:
        _paint(painter, device, what, "first", "an orange")
        for time_ in ("warm", "warm again"):
            _paint(painter, device, what, time_, "an orange")
        _paint(painter, device, what, "another prompt", "a pear")
    most = max(loading.bytes, painting.bytes)
    print(f"{what}: {most / _GIB:.2f} GiB at most", flush=True)


@torch.inference_mode()
def _paint(painter: LatentPainter, device: torch.device, what: str, time_: str, prompt: str) -> None:
    side = 1024 if device.type == "cuda" else 64
    region = torch.zeros(1, 1, side, side, device=device)
    region[..., side // 4 : side * 3 // 4, side // 4 : side * 3 // 4] = 1
    image = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0)).to(device)
    canvas, painting = Canvas(image, region, replaced="apple"), Painting()
    if device.type != "cuda":
        painting = painting.with_options(working_size=side)
    began = time.perf_counter()
    plan = next(painter.plans(painting, 1, None, devices.free_memory(device)), None)
    if plan is None:
        print(f"{what}: no plan fits into {devices.free_memory(device) / _GIB:.2f} GiB", flush=True)
        return
    (sample,) = finished(painter.paint(plan, painting, canvas, prompt, [1], Course()))
    sample = finished(painter.refine(plan, painting, canvas, prompt, sample, Course()))
    painter.render(canvas, sample).cpu()
    took = time.perf_counter() - began
    shape = sample.parts[0].shape
    said = f" {' '.join(plan.warnings)}" if plan.warnings else ""
    print(f"{what}, {time_}: {sample.steps} steps at {shape[1]} × {shape[0]} in {took:.2f} s.{said}", flush=True)


if __name__ == "__main__":
    main()
