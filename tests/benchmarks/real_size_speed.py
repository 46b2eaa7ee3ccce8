"""Speed at the full models' real size, with random weights, against guided-diffusion-sdk; `install/bench --real-size`.

Ratios are of steps measured one after another in one process, in float32 and in what the engine picks on this machine.
On processors they are of CPU seconds, so that what else the machine does counts less. Whole edits are measured steps
times their numbers, and are said to be.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from tests.benchmarks import real_size, real_size_loading
from text_replace_engine import devices
from text_replace_engine.lab.benchmark.methods.peak import Peak
from text_replace_engine.painting.guided.sampling.guidance import Guidance, Prediction
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset, PresetSettings
from text_replace_engine.painting.guided.sampling.sampler import Step, sample

#: The mean of the standard preset's 8 to 16, in every measured step.
_VIEWS = 12
#: Of what is painted again, where it is much larger than the network.
_TILES = 4


@dataclass(frozen=True)
class Cost:
    """Of one step."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s ({self.cpu:.2f} CPU seconds)"

    def on(self, device: torch.device) -> float:
        """What is compared."""
        return self.wall if device.type == "cuda" else self.cpu


@dataclass(frozen=True)
class _Steps:
    """Of our own, in one number format."""

    dtype: torch.dtype
    guided: Cost
    plain: Cost
    fast: Cost


def main() -> None:
    """Print one line a figure, with what was to be reached."""
    parser = argparse.ArgumentParser("install/bench --real-size", description=__doc__)
    parser.add_argument("--size", type=int, default=256, help="side of the painted square; less is only a trial")
    parser.add_argument("--repeats", type=int, default=2, help="how often each step is measured; the quickest counts")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    asked = parser.parse_args()
    device = torch.device(asked.device)
    print(f"device {device}, {torch.get_num_threads()} threads, {asked.size}×{asked.size}", flush=True)
    ours = FullNetworks(device, asked.size)
    picked = devices.fastest_dtype(device, sum(weight.numel() for weight in ours.denoiser.parameters()))
    print(f"the engine picks {_name(picked)} for the full models here")
    measured = [_measured(ours, torch.float32, asked.repeats)]
    reference = _Reference(ours)
    theirs = least([reference.step(_VIEWS) for _ in range(asked.repeats)])
    tell("guided standard step through guided-diffusion-sdk", torch.float32, theirs)
    paper = least([reference.step(1) for _ in range(asked.repeats)])
    tell("paper step through guided-diffusion-sdk", torch.float32, paper)
    del reference
    if picked is not torch.float32:
        measured.append(_measured(ours, picked, asked.repeats))
    for steps in measured:
        _show(steps, theirs, paper, device)
    for steps in measured:
        _segmenter(device, steps.dtype)
    if device.type == "cuda":
        ours.whole(Preset.STANDARD, "at most 10 s")
        ours.whole(Preset.BEST, "at most 30 s")
    else:
        print("warm standard edit, best of 4 on a GPU: not measured: no CUDA device", flush=True)
    del ours
    real_size_loading.measure(asked.device)


def _measured(ours: FullNetworks, dtype: torch.dtype, repeats: int) -> _Steps:
    ours.use(dtype)
    with Peak(ours.device) as peak:
        first = ours.steps(Preset.STANDARD, 2)
    print(f"peak memory of a guided standard step, {_name(dtype)}: {peak.bytes / 2**30:.2f} GiB (float32: at most 9)")
    pairs = [first, *(ours.steps(Preset.STANDARD, 2) for _ in range(repeats - 1))]
    guided, plain = (least(list(costs)) for costs in zip(*pairs, strict=True))
    fast = least([ours.steps(Preset.FAST, 1)[0] for _ in range(repeats)])
    for what, cost in (("guided standard step", guided), ("unguided step", plain), ("guided fast step", fast)):
        tell(what, dtype, cost)
    return _Steps(dtype, guided, plain, fast)


def tell(what: str, dtype: torch.dtype, cost: Cost) -> None:
    """Print a figure."""
    print(f"{what}, {_name(dtype)}: {cost}", flush=True)


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _show(ours: _Steps, theirs: Cost, paper: Cost, device: torch.device) -> None:
    """The ratios of one number format to the reference in float32, which computes in nothing else on processors."""
    guided, plain, fast = (cost.on(device) for cost in (ours.guided, ours.plain, ours.fast))
    promise = " (at most 0.85)" if ours.dtype is torch.float32 else ""
    ratio = guided / theirs.on(device)
    print(f"guided standard step in {_name(ours.dtype)} to the reference's in float32: {ratio:.3f}{promise}")
    settings = PRESETS[Preset.STANDARD]
    led = round(settings.guided * settings.steps)
    # A tile is a step without guidance.
    again = _TILES * settings.refinement.steps * plain
    whole = PRESETS[Preset.PAPER].grid * paper.on(device)
    for name, first, more, most in (
        ("standard edit", guided, 0.0, "at most 1/6"),
        ("fast edit", fast, 0.0, "at most 1/10"),
        ("standard edit of a large object, painted again in tiles,", guided, again, "no bar"),
    ):
        edit = led * first + (settings.steps - led) * plain + more
        print(f"{name} in {_name(ours.dtype)} to the reference's paper preset: 1/{whole / edit:.2f} ({most})")
    print(
        f"  multiplied from one step of each: {led} guided and {settings.steps - led} unguided (and {_TILES} tiles "
        f"{settings.refinement.steps} times) to {PRESETS[Preset.PAPER].grid}",
        flush=True,
    )


class FullNetworks:
    """As the engine edits with them."""

    def __init__(self, device: torch.device, size: int) -> None:
        self.device, self.size = device, size
        self.denoiser, self.clip, self.perceptual = real_size.denoiser(), real_size.clip(), real_size.perceptual()
        rng = torch.Generator().manual_seed(0)
        self.original = (torch.rand(1, 3, size, size, generator=rng) * 2 - 1).to(device)
        self.mask = torch.zeros(1, 1, size, size, device=device)
        self.mask[..., size // 4 : 3 * size // 4, size // 4 : 3 * size // 4] = 1

    def use(self, dtype: torch.dtype) -> None:
        """Compute in `dtype` from now on, as the engine does after loading."""
        for network in (self.denoiser, self.clip, self.perceptual):
            network.to(self.device, dtype).to(memory_format=torch.channels_last)
        small = torch.zeros(1, 3, self.denoiser.multiple, self.denoiser.multiple, device=self.device)
        self.denoiser.denoised(small.requires_grad_(), torch.tensor([1], device=self.device), None, None, None)
        views = torch.zeros(_VIEWS, 3, real_size.CLIP_SIZE, real_size.CLIP_SIZE, device=self.device)
        torch.autograd.grad(self.encode(views.requires_grad_()).sum(), views)

    def encode(self, image: Tensor) -> Tensor:
        dtype = next(self.clip.parameters()).dtype
        return torch.nn.functional.normalize(self.clip.encode_image(image.to(dtype)).float(), dim=1)  # type: ignore[operator]

    def guidance(self, settings: PresetSettings) -> Guidance:
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

    def sampling(self, settings: PresetSettings, seeds: int = 1) -> Generator[Step, None, Tensor]:
        def denoise(x_t: Tensor, t: Tensor) -> Prediction:
            return Prediction(*self.denoiser.predicted(x_t, t, None, None, None))

        return sample(denoise, self.denoiser.alphas_cumprod, self.guidance(settings), settings, range(seeds), False)

    def steps(self, preset: Preset, count: int) -> list[Cost]:
        """The cost of the first steps, of which only the first is guided."""
        settings = dataclasses.replace(PRESETS[preset], cutouts=(_VIEWS, _VIEWS), guided=0.0)
        running = self.sampling(settings)
        return [cost_of(lambda: next(running), self.device) for _ in range(count)]

    def whole(self, preset: Preset, promise: str) -> None:
        """A warm edit without search and composite, all samples at once."""
        settings = PRESETS[preset]
        for _ in range(2):
            with Peak(self.device) as peak:
                cost = cost_of(lambda: list(self.sampling(settings, settings.samples)), self.device)
        name = torch.cuda.get_device_name(self.device)
        print(f"{preset.value} edit on {name}: {cost.wall:.2f} s ({promise}), peak {peak.bytes / 2**30:.2f} GiB")


class _Reference:
    """The same guided step through guided-diffusion-sdk: one forward, one backward, as its fastest sampler does."""

    def __init__(self, ours: FullNetworks) -> None:
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

        return cost_of(run, self.ours.device)


def _segmenter(device: torch.device, dtype: torch.dtype) -> None:
    network = real_size.segmenter().to(device, dtype)
    picture = torch.zeros(1, 3, 480, 640, device=device)
    with torch.inference_mode():
        print(f"SegFormer-b5, {_name(dtype)}: {cost_of(lambda: network.logits(picture), device)}", flush=True)


def cost_of(work: Callable[[], object], device: torch.device) -> Cost:
    """Of whatever is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def least(costs: list[Cost]) -> Cost:
    """The one that was disturbed least."""
    return min(costs, key=lambda cost: cost.cpu)


if __name__ == "__main__":
    main()
