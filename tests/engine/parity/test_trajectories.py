"""Whole trajectories of our sampler are those of the reference's, with the paper's guidance and without."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from guided_diffusion import gaussian_diffusion
from guided_diffusion.respace import SpacedDiffusion
from torch import Tensor, nn

from tests.engine.parity.oracle import SMALL, ours, reference
from tests.engine.sampling.draining import drain
from text_replace_engine.models.full.adm import ARCHITECTURES
from text_replace_engine.models.networks.denoiser import Denoiser, linear_schedule
from text_replace_engine.painting.guided.sampling.guidance import Guidance, Prediction
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset, PresetSettings, Sampler
from text_replace_engine.painting.guided.sampling.sampler import sample, timesteps

pytestmark = pytest.mark.slow

SIDE, STEPS, SEED = 32, 10, 7
ALPHAS = linear_schedule()
#: Of the data that the mixed network denoises exactly: narrow data is never clipped to [-1, 1], wide data is.
NARROW, WIDE = 0.15, 1.5
#: A random network is no denoiser and its trajectories explode: it only colours one (x̂0 by so much at most).
SHARE = 0.1

_RNG = torch.Generator().manual_seed(5)
ORIGINAL = torch.linspace(-0.5, 0.5, SIDE).view(1, 1, 1, SIDE).expand(1, 3, SIDE, SIDE).contiguous()
MASK = torch.zeros(1, 1, SIDE, SIDE)
MASK[..., 8:24, 8:24] = 1
EYE = torch.randn(3 * SIDE * SIDE, 8, generator=_RNG)
TARGET = nn.functional.normalize(torch.randn(1, 8, generator=_RNG), dim=1)


def encode(image: Tensor) -> Tensor:
    """A stand-in CLIP."""
    return nn.functional.normalize(image.flatten(1) @ EYE, dim=1)


def roughness(x: Tensor, y: Tensor) -> Tensor:
    """A stand-in LPIPS."""
    return ((x - y).diff(dim=-1) ** 2).mean((1, 2, 3))


def mixed(answer: Tensor, x: Tensor, t: Tensor, deviation: float) -> tuple[Tensor, Tensor]:
    """(ε, v): the exact denoiser of N(0, deviation²) coloured by a network's answer, and the answer's own variance."""
    alpha = ALPHAS.float()[t.long()].view(-1, 1, 1, 1)
    exact = (1 - alpha).sqrt() * x / (alpha * deviation**2 + 1 - alpha)
    return exact + SHARE * alpha.sqrt() * answer[:, :3], answer[:, 3:].tanh()


def settings(sampler: Sampler, guided: bool) -> PresetSettings:
    """The paper preset's settings with few steps and without what the reference does not have."""
    strength = 20.0 if guided else 0.0
    return dataclasses.replace(
        PRESETS[Preset.PAPER],
        sampler=sampler,
        grid=STEPS,
        lambda_clip=strength,
        lambda_lpips=strength,
        lambda_l2=strength,
    )


def theirs(network: nn.Module, sampler: Sampler, guided: bool, deviation: float, grid: list[int]) -> Tensor:
    """x_0 by the reference's own loop; the losses are written out here anew."""
    diffusion = SpacedDiffusion(
        use_timesteps=set(grid),
        betas=np.linspace(1e-4, 0.02, 1000),
        model_mean_type=gaussian_diffusion.ModelMeanType.EPSILON,
        model_var_type=gaussian_diffusion.ModelVarType.LEARNED_RANGE,
        loss_type=gaussian_diffusion.LossType.MSE,
        rescale_timesteps=True,
    )

    def model(x: Tensor, t: Tensor) -> Tensor:
        return torch.cat(mixed(network(x, t), x, t, deviation), 1)

    def minus_gradient(x: Tensor, t: Tensor, out: dict[str, Tensor]) -> Tensor:
        clean, outside = out["pred_xstart"], 1 - MASK
        clip = 1 - (encode((clean + 1) / 2 * MASK) * TARGET).sum()
        lpips = roughness(clean * outside, ORIGINAL * outside).sum()
        l2 = ((clean * outside - ORIGINAL * outside) ** 2).mean()
        return -torch.autograd.grad(20 * clip + 20 * lpips + 20 * l2, x)[0]

    loop = diffusion.p_sample_loop if sampler is Sampler.DDPM else diffusion.ddim_sample_loop
    torch.manual_seed(SEED)
    start = torch.randn(1, 3, SIDE, SIDE)
    options = {"cond_fn": minus_gradient, "cond_fn_with_grad": True} if guided else {}
    result: Tensor = loop(
        model, start.shape, noise=start, clip_denoised=not guided, model_kwargs={}, device="cpu", **options
    )
    return result.clamp(-1, 1)


def our_own(denoiser: Denoiser, sampler: Sampler, guided: bool, deviation: float) -> Tensor:
    """x_0 by the engine's sampler."""
    chosen = settings(sampler, guided)

    def denoise(x: Tensor, t: Tensor) -> Prediction:
        epsilon, variance = mixed(denoiser.network(x, t).sample, x, t, deviation)
        alpha = ALPHAS.float()[t].view(-1, 1, 1, 1)
        return Prediction((x - (1 - alpha).sqrt() * epsilon) / alpha.sqrt(), variance)

    guidance = Guidance(encode, SIDE, roughness, TARGET, ORIGINAL, MASK, chosen)
    return drain(sample(denoise, ALPHAS, guidance, chosen, [SEED], True))[0]


GRID = timesteps(1000, STEPS, 0)


CASES = [
    pytest.param(sampler, guided, deviation, id=f"{sampler.value}, {name}")
    for sampler in Sampler
    for guided, deviation, name in ((False, NARROW, "unguided"), (False, WIDE, "clipped"), (True, NARROW, "guided"))
]


@pytest.fixture(scope="module")
def networks() -> tuple[nn.Module, Denoiser]:
    """The same random weights in the reference's network and in ours."""
    network = reference(SMALL["256"])
    return network, ours(network, SMALL["256"])


@pytest.mark.parametrize(("sampler", "guided", "deviation"), CASES)
def test_trajectories_agree(
    networks: tuple[nn.Module, Denoiser], sampler: Sampler, guided: bool, deviation: float
) -> None:
    """After all steps the pictures differ by at most 1e-4: timesteps, schedule, learnt variance and guidance agree."""
    wanted = theirs(networks[0], sampler, guided, deviation, GRID)
    found = our_own(networks[1], sampler, guided, deviation)
    assert wanted.std() > 0.05, "a comparison of nothing"
    assert (wanted - found).abs().max() <= 1e-4


@pytest.mark.real_size
def test_trajectories_agree_at_the_real_size() -> None:
    """With OpenAI's network of its own size (random weights) as well, guided or not (takes minutes and 7 GB)."""
    architecture = next(known for known in ARCHITECTURES if known.name == "256")
    network = reference(architecture)
    denoiser = ours(network, architecture)
    for sampler in Sampler:
        for guided in (False, True):
            wanted = theirs(network, sampler, guided, NARROW, GRID)
            assert (wanted - our_own(denoiser, sampler, guided, NARROW)).abs().max() <= 1e-4


def test_guidance_is_noticed(networks: tuple[nn.Module, Denoiser]) -> None:
    """Negative control: the guided trajectory is another one."""
    for sampler in Sampler:
        difference = our_own(networks[1], sampler, True, NARROW) - our_own(networks[1], sampler, False, NARROW)
        assert difference.abs().max() > 1e-2


@pytest.mark.parametrize("sampler", list(Sampler))
def test_another_grid_is_noticed(networks: tuple[nn.Module, Denoiser], sampler: Sampler) -> None:
    """Negative control: timesteps that are off by one in the middle are beyond the tolerance."""
    shifted = [t + 1 if 0 < index < STEPS - 1 else t for index, t in enumerate(GRID)]
    wanted = theirs(networks[0], sampler, False, NARROW, shifted)
    assert (wanted - our_own(networks[1], sampler, False, NARROW)).abs().max() > 1e-4
