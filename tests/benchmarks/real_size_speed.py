"""Speed at the full models' real size, with random weights, against guided-diffusion-sdk; `install/bench --real-size`.

Ratios are of steps measured one after another in one process. On processors they are of CPU seconds, so that what else
the machine does counts less. Whole edits are measured steps times their numbers, and are said to be.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch
from text_replace_engine.models.denoiser import Denoiser
from text_replace_engine.models.store import read_role, write_role
from text_replace_engine.sampling.guidance import Guidance, Prediction
from text_replace_engine.sampling.presets import PRESETS, Settings
from text_replace_engine.sampling.sampler import Step, sample
from text_replace_wire.messages import Preset
from torch import Tensor

from tests.benchmarks import real_size

#: The mean of the standard preset's 8 to 16, in every measured step.
_VIEWS = 12


@dataclass(frozen=True)
class Cost:
    """Of one step."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s ({self.cpu:.2f} CPU seconds)"


def main() -> None:
    """Print one line a figure, with what was to be reached."""
    parser = argparse.ArgumentParser("install/bench --real-size", description=__doc__)
    parser.add_argument("--size", type=int, default=256, help="side of the painted square; less is only a trial")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", default="float32")
    asked = parser.parse_args()
    device, dtype = torch.device(asked.device), getattr(torch, asked.dtype)
    print(f"device {device}, {asked.dtype}, {torch.get_num_threads()} threads, {asked.size}×{asked.size}", flush=True)
    ours = _Ours(device, dtype, asked.size)
    with _Peak(device) as peak:
        guided, plain = ours.steps(Preset.STANDARD, 2)
    print(f"peak memory of a guided standard step: {peak.bytes / 2**30:.2f} GiB (at most 9)")
    _tell("guided standard step", guided)
    _tell("unguided step", plain)
    (fast,) = ours.steps(Preset.FAST, 1)
    _tell("guided fast step", fast)
    reference = _Reference(ours)
    theirs = reference.step(_VIEWS)
    _tell("guided standard step through guided-diffusion-sdk", theirs)
    paper = reference.step(1)
    _tell("paper step through guided-diffusion-sdk", paper)
    for _ in range(asked.repeats - 1):
        guided, theirs = _less(guided, ours.steps(Preset.STANDARD, 1)[0]), _less(theirs, reference.step(_VIEWS))
    _show(guided, plain, fast, theirs, paper, device)
    _segmenter(device, dtype)
    _loading(ours.denoiser)
    if device.type == "cuda":
        ours.whole(Preset.STANDARD, "at most 10 s")
        ours.whole(Preset.BEST, "at most 30 s")
    else:
        print("warm standard edit, best of 4 on a GPU: not measured: no CUDA device")


def _tell(what: str, cost: Cost) -> None:
    print(f"{what}: {cost}", flush=True)


def _show(guided: Cost, plain: Cost, fast: Cost, theirs: Cost, paper: Cost, device: torch.device) -> None:
    settings = PRESETS[Preset.STANDARD]
    steps = settings.grid - settings.skipped
    led = round(settings.guided * steps)

    def seconds(cost: Cost) -> float:
        return cost.wall if device.type == "cuda" else cost.cpu

    print(f"guided standard step, ours to the reference's: {seconds(guided) / seconds(theirs):.3f} (at most 0.85)")
    whole = PRESETS[Preset.PAPER].grid * seconds(paper)
    for name, cost, most in (("standard", guided, 6), ("fast", fast, 10)):
        edit = led * seconds(cost) + (steps - led) * seconds(plain)
        print(
            f"{name} edit to the reference's paper preset: 1/{whole / edit:.2f} (at most 1/{most}): {led} guided and "
            f"{steps - led} unguided steps to {PRESETS[Preset.PAPER].grid}, multiplied from one step of each"
        )


class _Ours:
    def __init__(self, device: torch.device, dtype: torch.dtype, size: int) -> None:
        self.device, self.size = device, size
        self.denoiser = real_size.denoiser().to(device, dtype)
        self.denoiser.network.to(memory_format=torch.channels_last)
        self.clip = real_size.clip().to(device, dtype)
        self.perceptual = real_size.perceptual().to(device, dtype)
        rng = torch.Generator().manual_seed(0)
        self.original = (torch.rand(1, 3, size, size, generator=rng) * 2 - 1).to(device)
        self.mask = torch.zeros(1, 1, size, size, device=device)
        self.mask[..., size // 4 : 3 * size // 4, size // 4 : 3 * size // 4] = 1
        self._warm_up()

    def _warm_up(self) -> None:
        small = torch.zeros(1, 3, self.denoiser.multiple, self.denoiser.multiple, device=self.device)
        self.denoiser.denoised(small.requires_grad_(), torch.tensor([1], device=self.device), None, None, None)

    def encode(self, image: Tensor) -> Tensor:
        dtype = next(self.clip.parameters()).dtype
        return torch.nn.functional.normalize(self.clip.encode_image(image.to(dtype)).float(), dim=1)  # type: ignore[operator]

    def guidance(self, settings: Settings) -> Guidance:
        target = torch.nn.functional.normalize(torch.ones(1, 512, device=self.device), dim=1)
        return Guidance(
            self.encode,
            real_size.CLIP_SIZE,
            self.perceptual.distance,
            target,
            self.original,
            self.mask,
            settings,
        )

    def sampling(self, settings: Settings, seeds: int = 1) -> Generator[Step, None, Tensor]:
        def denoise(x_t: Tensor, t: Tensor) -> Prediction:
            return Prediction(*self.denoiser.predicted(x_t, t, None, None, None))

        return sample(
            denoise, self.denoiser.alphas_cumprod, self.guidance(settings), settings, range(seeds), False, lambda x: x
        )

    def steps(self, preset: Preset, count: int) -> list[Cost]:
        """The cost of the first steps, of which only the first is guided."""
        settings = dataclasses.replace(PRESETS[preset], cutouts=(_VIEWS, _VIEWS), guided=0.0)
        running = self.sampling(settings)
        return [_cost(lambda: next(running), self.device) for _ in range(count)]

    def whole(self, preset: Preset, promise: str) -> None:
        """A warm edit without search and composite, all samples at once."""
        settings = PRESETS[preset]
        for _ in range(2):
            with _Peak(self.device) as peak:
                cost = _cost(lambda: list(self.sampling(settings, settings.samples)), self.device)
        name = torch.cuda.get_device_name(self.device)
        print(f"{preset.value} edit on {name}: {cost.wall:.2f} s ({promise}), peak {peak.bytes / 2**30:.2f} GiB")


class _Reference:
    """The same guided step through guided-diffusion-sdk: one forward, one backward, as its fastest sampler does."""

    def __init__(self, ours: _Ours) -> None:
        from guided_diffusion.script_util import create_model_and_diffusion, model_and_diffusion_defaults

        options = model_and_diffusion_defaults() | {
            "image_size": 256,
            "num_channels": 256,
            "num_head_channels": 64,
            "num_res_blocks": 2,
            "attention_resolutions": "32,16,8",
            "class_cond": False,
            "learn_sigma": True,
            "noise_schedule": "linear",
            "resblock_updown": True,
            "use_scale_shift_norm": True,
            "rescale_timesteps": True,
            "timestep_respacing": "25",
        }
        self.network, self.diffusion = create_model_and_diffusion(**options)
        self.network.to(ours.device)
        real_size.randomised(self.network)
        self.ours = ours

    def step(self, views: int) -> Cost:
        """One DDIM step, guided by the same losses."""
        settings = dataclasses.replace(PRESETS[Preset.STANDARD], cutouts=(views, views))
        guidance = self.ours.guidance(settings)
        x_t, t = torch.randn_like(self.ours.original), torch.tensor([20], device=self.ours.device)

        def condition(x: Tensor, t: Tensor, out: dict[str, Tensor]) -> Tensor:
            total, _ = guidance.losses(out["pred_xstart"], views, [torch.Generator().manual_seed(0)])
            return -torch.autograd.grad(total, x)[0]

        def run() -> None:
            self.diffusion.ddim_sample_with_grad(self.network, x_t, t, cond_fn=condition, model_kwargs={})

        return _cost(run, self.ours.device)


def _segmenter(device: torch.device, dtype: torch.dtype) -> None:
    network = real_size.segmenter().to(device, dtype)
    picture = torch.zeros(1, 3, 480, 640, device=device)
    with torch.inference_mode():
        print(f"SegFormer-b5: {_cost(lambda: network.logits(picture), device)}")


def _loading(denoiser: Denoiser) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_role(Path(folder), "denoiser", real_size.config(), denoiser.network.state_dict())
        os.sync()

        def load() -> None:
            Denoiser.load(read_role(Path(folder), "denoiser"))

        print(
            f"loading and checking the denoiser's file: {_cost(load, torch.device('cpu'))} (all models: at most 15 s)"
        )


def _cost(work: Callable[[], object], device: torch.device) -> Cost:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def _less(first: Cost, second: Cost) -> Cost:
    return min(first, second, key=lambda each: each.cpu)


class _Peak:
    """The most memory in use while it is open: of the process, or allocated on the card."""

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == "cuda"
        self.bytes = 0

    def __enter__(self) -> _Peak:
        if self._cuda:
            torch.cuda.reset_peak_memory_stats()
        elif sys.platform == "linux":
            Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
        return self

    def __exit__(self, *_: object) -> None:
        if self._cuda:
            self.bytes = torch.cuda.max_memory_allocated()
        elif sys.platform == "linux":
            status = Path("/proc/self/status").read_text().splitlines()
            self.bytes = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
        else:
            self.bytes = psutil.Process().memory_info().rss


if __name__ == "__main__":
    main()
