"""What a step of the denoiser needs beside its weights: prints the table of `text_replace_engine.memory`.

Every row is measured in a process of its own, on Linux (resident memory) or CUDA (allocated memory):

    python -m tests.benchmarks.memory [--network 256|512-class|512|starter] [--side 64 128 256] [--dtype float32]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from enum import Enum
from pathlib import Path

import torch
from text_replace_engine.models.bundle import load_models
from text_replace_engine.models.denoiser import Denoiser

from tests.benchmarks import real_size


class Mode(Enum):
    FORWARD = "forward"
    GRADIENT = "gradient"
    CHECKPOINTED = "checkpointed"


def main() -> None:
    """Print bytes beside the weights, in all and for each pixel of x_t."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="256")
    parser.add_argument("--side", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--mode", nargs="+", default=[each.value for each in Mode])
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
    denoiser = _denoiser(network).to(device, dtype)
    if mode is Mode.CHECKPOINTED:
        denoiser.network.enable_gradient_checkpointing()
    _step(denoiser, denoiser.multiple, mode, device)
    if device != "cpu":
        resting = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        _step(denoiser, side, mode, device)
        return torch.cuda.max_memory_allocated() - resting
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    resting = _resident("VmHWM")
    _step(denoiser, side, mode, device)
    return _resident("VmHWM") - resting


def _denoiser(network: str) -> Denoiser:
    if network == "starter":
        return load_models("starter", torch.device("cpu"), torch.float32).denoiser
    return real_size.denoiser(network)


def _step(denoiser: Denoiser, side: int, mode: Mode, device: str) -> None:
    x_t = torch.randn(1, 3, side, side, device=device)
    t = torch.tensor([500], device=device)
    text = torch.randn(1, denoiser.text_dim, device=device) if denoiser.takes_text else None
    if mode is Mode.FORWARD:
        with torch.no_grad():
            denoiser.denoised(x_t, t, text, None, None)
        return
    x_t.requires_grad_()
    torch.autograd.grad(denoiser.denoised(x_t, t, text, None, None).square().sum(), x_t)


def _resident(what: str) -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(what))


if __name__ == "__main__":
    main()
