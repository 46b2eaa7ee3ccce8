"""A painting by Stable Diffusion in few steps against the full models' standard edit, at their real sizes with random
weights, in one run: `install/bench --photo-against-full`.

The standard edit is one guided and one unguided step, multiplied, and is said to be. On processors CPU seconds are
compared, so that what else the machine does counts less. It writes 2.3 GB into a temporary folder.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch

from tests.benchmarks.photo_paint import loaded, paint, write_painter
from tests.benchmarks.real_size_speed import FullNetworks, cost_of, least, tell
from text_replace_engine import devices
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset

#: Sides of what is painted: each as its network has learnt it.
_FULL, _PHOTO = 256, 512


def main() -> None:
    """Print one line a figure, with what was to be reached."""
    parser = argparse.ArgumentParser("install/bench --photo-against-full", description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", choices=("float32", "float16", "bfloat16"), help="else what the engine picks")
    parser.add_argument("--repeats", type=int, default=2, help="how often each is measured; the quickest counts")
    asked = parser.parse_args()
    device, repeats = torch.device(asked.device), asked.repeats
    dtype = None if asked.dtype is None else getattr(torch, asked.dtype)
    print(f"device {device}, {torch.get_num_threads()} threads", flush=True)
    full = _full_edit(device, dtype, repeats)
    with tempfile.TemporaryDirectory() as folder:
        write_painter(Path(folder))
        painter = loaded(Path(folder), device, dtype)
    costs = [cost_of(lambda: paint(painter, "fast", _PHOTO, device), device) for _ in range(repeats)]
    painting = least(costs)
    print(f"a whole painting at {_PHOTO}², preset fast, {painter.dtype}: {painting}", flush=True)
    print(f"to the full models' standard edit: {painting.on(device) / full:.3f} (at most 0.25)", flush=True)


def _full_edit(device: torch.device, dtype: torch.dtype | None, repeats: int) -> float:
    """Seconds."""
    networks = FullNetworks(device, _FULL)
    weights = sum(weight.numel() for weight in networks.denoiser.parameters())
    chosen = dtype or devices.fastest_dtype(device, weights)
    networks.use(chosen)
    pairs = [networks.steps(Preset.STANDARD, 2) for _ in range(repeats)]
    guided, plain = (least(list(costs)) for costs in zip(*pairs, strict=True))
    tell("guided standard step of the full models", chosen, guided)
    tell("unguided step of the full models", chosen, plain)
    settings = PRESETS[Preset.STANDARD]
    led = round(settings.guided * settings.steps)
    seconds = led * guided.on(device) + (settings.steps - led) * plain.on(device)
    print(
        f"standard edit of the full models: {seconds:.0f} s, {led} and {settings.steps - led} times these", flush=True
    )
    return seconds


if __name__ == "__main__":
    main()
