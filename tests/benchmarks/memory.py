"""What a step of a network needs beside its weights: prints what the table of `guided.memory` is made of.

Every row is measured in a process of its own, on Linux (resident memory) or CUDA (allocated memory):

    python -m tests.benchmarks.memory [--network 256|512-class|512|starter|clip|lpips] [--side 64 128 256]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path

import torch
from torch import Tensor

from tests.benchmarks import real_size
from text_replace_engine.models.bundle import load_models
from text_replace_engine.models.networks.denoiser import Denoiser


class Mode(Enum):
    FORWARD = "forward"
    GRADIENT = "gradient"
    CHECKPOINTED = "checkpointed"


def main() -> None:
    """Print bytes beside the weights, in all and for each pixel of x_t."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="256")
    parser.add_argument("--side", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--mode", nargs="+", default=[mode.value for mode in Mode])
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    for side in asked.side:
        for mode in asked.mode:
            if asked.alone:
                needed = _measure(asked.network, side, Mode(mode), getattr(torch, asked.dtype), asked.device)
                print(
                    f"{asked.network} {side}×{side} {asked.dtype} {mode}: {needed / 2**20:.0f} MiB, "
                    f"{needed / side**2 / 2**10:.1f} KiB a pixel",
                    flush=True,
                )
            else:
                options = [
                    "--network",
                    asked.network,
                    "--side",
                    str(side),
                    "--mode",
                    mode,
                    "--dtype",
                    asked.dtype,
                    "--device",
                    asked.device,
                ]
                subprocess.run([sys.executable, "-m", __spec__.name, "--alone", *options], check=True)


def _measure(network: str, side: int, mode: Mode, dtype: torch.dtype, device: str) -> int:
    step = _step_of(network, mode, torch.device(device), dtype)
    step(32)
    if device != "cpu":
        resting = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        step(side)
        return torch.cuda.max_memory_allocated() - resting
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    resting = _resident("VmHWM")
    step(side)
    return _resident("VmHWM") - resting


def _step_of(name: str, mode: Mode, device: torch.device, dtype: torch.dtype) -> Callable[[int], None]:
    """What computes on a picture of the given side."""
    answer: Callable[[Tensor], Tensor]
    if name == "clip":
        clip = real_size.clip().to(device, dtype)

        def answer(x: Tensor) -> Tensor:
            # As many views as have the picture's pixels.
            views = max(1, round(x.shape[-1] ** 2 / real_size.CLIP_SIZE**2))
            size = (real_size.CLIP_SIZE, real_size.CLIP_SIZE)
            seen = torch.nn.functional.interpolate(x, size).expand(views, -1, -1, -1)
            return clip.encode_image(seen.to(dtype))  # type: ignore[operator, no-any-return]
    elif name == "lpips":
        perceptual = real_size.perceptual().to(device, dtype)

        def answer(x: Tensor) -> Tensor:
            return perceptual.distance(x, x.detach())
    else:
        denoiser = _denoiser(name).to(device, dtype)
        if mode is Mode.CHECKPOINTED:
            denoiser.network.enable_gradient_checkpointing()
        text = torch.randn(1, denoiser.text_dim, device=device) if denoiser.takes_text else None

        def answer(x: Tensor) -> Tensor:
            return denoiser.denoised(x, torch.tensor([500], device=device), text, None, None)

    def step(side: int) -> None:
        x = torch.randn(1, 3, side, side, device=device)
        if mode is Mode.FORWARD:
            with torch.no_grad():
                answer(x)
        else:
            x.requires_grad_()
            torch.autograd.grad(answer(x).square().sum(), x)

    return step


def _denoiser(network: str) -> Denoiser:
    if network == "starter":
        return load_models("starter", torch.device("cpu"), torch.float32).denoiser
    return real_size.denoiser(network)


def _resident(what: str) -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(what))


if __name__ == "__main__":
    main()
