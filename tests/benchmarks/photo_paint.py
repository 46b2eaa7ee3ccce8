"""What the photo models' painter takes at its real size, with random weights: seconds and memory.

    python -m tests.benchmarks.photo_paint [--device cpu] [--dtype float32] [--preset fast] [--size 512] [--free 4]

It writes 2.3 GB into a temporary folder.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from tests.benchmarks.real_size import randomised
from tests.engine.layers import counted
from tests.engine.models.small_painter import TEXT, VAE, write_few_steps, write_snapshot
from text_replace_engine import devices
from text_replace_engine.lab.benchmark.methods.peak import Peak
from text_replace_engine.models.photo.roles import FEW_STEPS, PAINTER
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent.choice import ChosenPainter
from text_replace_engine.painting.latent.klein.memory import Least
from text_replace_engine.painting.latent.names import PainterName
from text_replace_engine.painting.latent.samples import LatentSample
from text_replace_engine.painting.latent.sd15.painter import load_painter
from text_replace_engine.painting.painter import Canvas
from text_replace_engine.steps import finished
from text_replace_wire.painting import Painting


def main() -> None:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", choices=("float32", "float16", "bfloat16"), help="else what the engine picks")
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--size", type=int, default=512, help="side of the painted square")
    parser.add_argument("--free", type=float, help="GiB that the machine is said to have free, else what it has")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.folder is not None:
        _measure(asked)
        return
    with tempfile.TemporaryDirectory() as folder:
        write_painter(Path(folder))
        subprocess.run(
            [sys.executable, "-m", __spec__.name, *sys.argv[1:], "--folder", folder],
            check=True,
        )


def write_painter(folder: Path) -> None:
    """Stable Diffusion's snapshots at their real sizes, with random weights."""
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    def made(build: Callable[[], Any]) -> Any:
        with torch.device("meta"):
            network = build()
        return randomised(network.to_empty(device="cpu"))

    unet = made(
        lambda: UNet2DConditionModel(sample_size=64, in_channels=9, cross_attention_dim=768, attention_head_dim=8)
    )
    vae = AutoencoderKL(**VAE, block_out_channels=(128, 256, 512, 512), layers_per_block=2, sample_size=512)
    text = CLIPTextConfig(**TEXT, hidden_size=768, intermediate_size=3072, num_attention_heads=12, num_hidden_layers=12)
    write_few_steps(folder / FEW_STEPS, unet)
    write_snapshot(folder / PAINTER, unet, vae, CLIPTextModel(text))


def _measure(asked: argparse.Namespace) -> None:
    device, dtype = torch.device(asked.device), None if asked.dtype is None else getattr(torch, asked.dtype)
    with Peak(device) as idle:
        pass
    if asked.free is not None:
        free: int = round(asked.free * 2**30)
        devices.free_memory = lambda device: free
    began = _now()
    with Peak(device) as loading:
        painter = loaded(asked.folder, device, dtype)
    took = _since(began)
    print(f"{painter.dtype} on {device}, {torch.get_num_threads()} threads", flush=True)
    with Peak(device) as resting:
        pass
    print(f"loading: {took}, {_gib(loading, idle)} at most, {_gib(resting, idle)} then", flush=True)
    began, ends = _now(), [time.process_time()]
    with Peak(device) as painting_peak, counted(lambda _: ends.append(time.process_time())):
        sample = paint(painter, asked.preset, asked.size, device)
    took = _since(began)
    longest = max(end - start for start, end in pairwise(ends))
    print(f"{asked.preset} at {asked.size}²: {sample.steps} steps, {took}", flush=True)
    print(f"from one layer to the next, where it can be cancelled: {longest:.2f} CPU seconds at most", flush=True)
    print(f"beside what is loaded: {_gib(painting_peak, resting)} at most", flush=True)
    print(f"in all, above an engine without models: {_gib(painting_peak, idle)}", flush=True)


def loaded(folder: Path, device: torch.device, dtype: torch.dtype | None) -> ChosenPainter:
    """The painter of `write_painter`, as the engine has it."""
    return ChosenPainter({PainterName.SD15: lambda: load_painter(folder, device, dtype)}, device, lambda: Least(0, 0))


def paint(painter: ChosenPainter, preset: str, size: int, device: torch.device) -> LatentSample:
    """A region of 300 × 300 in a picture of 900 × 900, painted as a square of `size` and put in place."""
    canvas = Canvas(torch.rand(1, 3, 900, 900).to(device), torch.zeros(1, 1, 900, 900).to(device))
    canvas.region[..., 300:600, 300:600] = 1
    painting = Painting(preset).with_options(working_size=size)
    plan = next(painter.plans(painting, 1, 1, 2**40))
    (sample,) = finished(painter.paint(plan, painting, canvas, "an orange", [1], Course()))
    painter.render(canvas, sample)
    return sample


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(began: tuple[float, float]) -> str:
    wall, cpu = (now - then for now, then in zip(_now(), began, strict=True))
    return f"{wall:.1f} s ({cpu:.1f} CPU seconds)"


def _gib(peak: Peak, other: Peak) -> str:
    """What one is more than the other."""
    return f"{(peak.bytes - other.bytes) / 2**30:.2f} GiB"


if __name__ == "__main__":
    main()
