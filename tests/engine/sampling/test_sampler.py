"""The sampler against a denoiser whose answer is known in closed form."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from tests.engine.sampling.draining import drain
from text_replace_engine.painting.guided.options import settings_for
from text_replace_engine.painting.guided.sampling.guidance import Guidance, Prediction, cutouts
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset, PresetSettings
from text_replace_engine.painting.guided.sampling.sampler import Step, sample, timesteps
from text_replace_wire.painting import Painting

ALPHAS = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)
SIDE = 16


def gaussian_denoiser(x_t: Tensor, t: Tensor) -> Prediction:
    """E[x_0 | x_t] for data ~ N(0, 0.25): exact."""
    alpha = ALPHAS[t].to(x_t.dtype).view(-1, 1, 1, 1)
    variance = 0.25
    return Prediction(alpha.sqrt() * variance * x_t / (alpha * variance + 1 - alpha))


def colour_encoder(image: Tensor) -> Tensor:
    """A stand-in CLIP: the unit vector of the mean colour."""
    return torch.nn.functional.normalize(image.mean((2, 3)), dim=1)


def squared_distance(x: Tensor, y: Tensor) -> Tensor:
    return (x - y).square().mean((1, 2, 3))


def guidance_for(settings: PresetSettings, target: tuple[float, float, float] = (1.0, 0.0, 0.0)) -> Guidance:
    original = torch.linspace(-0.6, 0.6, SIDE).view(1, 1, 1, SIDE).expand(1, 3, SIDE, SIDE).clone()
    mask = torch.zeros(1, 1, SIDE, SIDE)
    mask[..., 4:12, 4:12] = 1
    return Guidance(colour_encoder, SIDE, squared_distance, torch.tensor([target]), original, mask, settings)


def run(settings: PresetSettings, seed: int = 3, from_noise: bool = False) -> tuple[Tensor, list[Step]]:
    return drain(sample(gaussian_denoiser, ALPHAS, guidance_for(settings), settings, [seed], from_noise))


@pytest.mark.parametrize("preset", list(Preset))
def test_same_seed_same_picture(preset: Preset) -> None:
    """A seed repeats bit for bit, and another seed gives another picture, in every preset."""
    settings = PRESETS[preset]
    first, again, other = (run(settings, seed)[0] for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_step_counts_are_the_references() -> None:
    """paper runs 100 steps; standard runs 20 of 25 from the noised original; all 25, and three restarts of steps twice
    as long, from pure noise; fast never restarts.
    """
    assert len(run(PRESETS[Preset.PAPER], from_noise=True)[1]) == 100
    assert len(run(PRESETS[Preset.STANDARD])[1]) == 20
    assert len(run(PRESETS[Preset.STANDARD], from_noise=True)[1]) == 25 + 10 + 8 + 6
    assert len(run(PRESETS[Preset.FAST], from_noise=True)[1]) == 25


@pytest.mark.parametrize(
    ("preset", "strength", "steps", "from_noise"),
    [
        (Preset.STANDARD, None, 20, None),
        (Preset.STANDARD, 0.8, 20, False),
        (Preset.FAST, 1.0, 25, True),
        (Preset.STANDARD, 0.001, 1, False),
        (Preset.PAPER, 0.3, 30, False),
        (Preset.BEST, 0.5, 12, False),
    ],
)
def test_strength_is_the_share_that_runs(
    preset: Preset, strength: float | None, steps: int, from_noise: bool | None
) -> None:
    """0.8 is 20 of 25 steps from the noised original, 1 all of them from noise; at least one step runs."""
    settings = settings_for(Painting(preset).with_options(strength=strength))
    assert settings.from_noise is from_noise
    assert len(run(settings, from_noise=bool(settings.from_noise))[1]) == steps


def test_lambdas_of_a_request_replace_the_presets() -> None:
    """A λ that is given counts, 0 included; the others stay the preset's."""
    settings = settings_for(Painting(options={"lambda_clip": 0.0, "lambda_l2": 7.0}))
    assert (settings.lambda_clip, settings.lambda_lpips, settings.lambda_l2) == (0.0, 1000.0, 7.0)


def test_guided_share_of_the_steps() -> None:
    """In the standard preset the first 70 % of the executed steps are guided; losses are measured in all of them."""
    settings = PRESETS[Preset.STANDARD]
    seen: list[int] = []

    def counting(image: Tensor) -> Tensor:
        seen.append(len(image))
        return colour_encoder(image)

    guidance = dataclasses.replace(guidance_for(settings), encode_image=counting)
    _, steps = drain(sample(gaussian_denoiser, ALPHAS, guidance, settings, [3], False))
    assert len(steps) == len(seen) == 20
    assert all(views >= 8 for views in seen[:14])
    assert seen[14:] == [1] * 6


def test_blending_keeps_the_background() -> None:
    """Blended every step, the background is the original's exactly; without blending it is not."""
    settings = PRESETS[Preset.STANDARD]
    guidance = guidance_for(settings)
    outside = guidance.mask.expand_as(guidance.original) == 0
    blended, _ = run(settings)
    loose, _ = run(dataclasses.replace(settings, blended=False))
    assert torch.allclose(blended[outside], guidance.original[outside], atol=1e-6)
    assert (loose[outside] - guidance.original[outside]).square().mean() > 1e-3


def test_stronger_guidance_lowers_the_loss() -> None:
    """A larger λ_clip, uncapped, brings the picture nearer to the target, monotonically."""
    final = []
    for weight in (0.0, 3.0, 30.0):
        settings = dataclasses.replace(PRESETS[Preset.STANDARD], lambda_clip=weight, norm_cap=None, cutouts=(1, 1))
        picture, _ = run(settings)
        _, losses = guidance_for(settings).losses(picture, 1, [torch.Generator()])
        final.append(losses[0].clip)
    assert final[0] > final[1] > final[2]


@pytest.mark.parametrize("part", ["lpips", "l2"])
def test_stronger_background_losses_keep_more_of_the_background(part: str) -> None:
    """Without blending, a larger λ_lpips or λ_2 brings the background nearer to the original's, monotonically."""
    errors = []
    for weight in (0.0, 30.0, 300.0):
        lpips, l2 = (weight, 0.0) if part == "lpips" else (0.0, weight)
        lambdas = {"lambda_clip": 0.0, "lambda_lpips": lpips, "lambda_l2": l2}
        settings = settings_for(Painting(Preset.PAPER, options=lambdas))
        _, steps = run(dataclasses.replace(settings, grid=30), from_noise=True)
        errors.append(steps[-1].losses[0].l2)
    assert errors[0] > errors[1] > errors[2]


def test_fast_preset_is_stable() -> None:
    """With the gradient stopped at the U-Net nothing blows up, even uncapped."""
    settings = dataclasses.replace(PRESETS[Preset.FAST], norm_cap=None)
    seen: list[float] = []

    def watching(x_t: Tensor, t: Tensor) -> Prediction:
        seen.append(float(x_t.abs().max()))
        return gaussian_denoiser(x_t, t)

    picture, _ = drain(sample(watching, ALPHAS, guidance_for(settings), settings, [3], True))
    assert torch.isfinite(picture).all()
    assert max(seen) < 8


def test_samples_of_a_batch_are_those_of_their_seeds() -> None:
    """Several seeds painted at once give what each gives alone, with losses of their own."""
    settings = PRESETS[Preset.STANDARD]
    together = drain(sample(gaussian_denoiser, ALPHAS, guidance_for(settings), settings, [3, 4], False))
    for number, seed in enumerate((3, 4)):
        picture, steps = run(settings, seed)
        assert torch.allclose(together[0][number], picture[0], atol=1e-5)
        assert together[1][-1].losses[number].clip == pytest.approx(steps[-1].losses[0].clip, abs=1e-5)


def test_a_learnt_variance_is_used() -> None:
    """v = −1 is β̃, the variance of a network that has learnt none; a larger v samples with more noise."""
    settings = dataclasses.replace(PRESETS[Preset.PAPER], lambda_clip=0.0, lambda_lpips=0.0, lambda_l2=0.0, grid=10)

    def picture(v: float | None) -> Tensor:
        def denoise(x_t: Tensor, t: Tensor) -> Prediction:
            told = gaussian_denoiser(x_t, t).denoised
            return Prediction(told, None if v is None else torch.full_like(told, v))

        return drain(sample(denoise, ALPHAS, guidance_for(settings), settings, [3], True))[0]

    assert torch.allclose(picture(-1.0), picture(None), atol=1e-5)
    assert picture(-1.0).std() < picture(0.0).std() < picture(1.0).std()


def test_unguided_ddim_keeps_the_data_distribution() -> None:
    """DDIM with the exact denoiser and no guidance ends with the data's standard deviation (0.5) within 10 %."""
    settings = dataclasses.replace(
        PRESETS[Preset.STANDARD], lambda_clip=0, lambda_lpips=0, lambda_l2=0, blended=False, grid=200
    )
    steps = sample(gaussian_denoiser, ALPHAS, guidance_for(settings), settings, range(4), True)
    assert abs(drain(steps)[0].std() - 0.5) < 0.05


def test_restarts_correct_what_went_wrong() -> None:
    """After guidance that pulls far away from the data, restarts come back towards it, and are not guided themselves;
    around the region the original stays.
    """
    settings = dataclasses.replace(PRESETS[Preset.STANDARD], norm_cap=0.5, lambda_clip=1e5)
    gone, _ = run(dataclasses.replace(settings, restarts=()), from_noise=True)
    back, steps = run(settings, from_noise=True)
    region = (..., slice(4, 12), slice(4, 12))
    assert back[region].square().mean() < 0.7 * gone[region].square().mean()
    assert [step.total for step in steps] == [49] * 49 and [step.index for step in steps] == list(range(49))
    outside = 1 - guidance_for(settings).mask
    assert torch.equal(back * outside, gone * outside)


def test_gradients_stay_on_their_side_of_the_mask() -> None:
    """L_clip moves nothing outside m, L_lpips and L_2 nothing inside, in the paper preset."""
    settings = PRESETS[Preset.PAPER]
    for weights, silent_inside in (((1.0, 0.0, 0.0), False), ((0.0, 1.0, 0.0), True), ((0.0, 0.0, 1.0), True)):
        clip, lpips, l2 = weights
        guidance = guidance_for(dataclasses.replace(settings, lambda_clip=clip, lambda_lpips=lpips, lambda_l2=l2))
        denoised = (0.3 * torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))).requires_grad_()
        total, _ = guidance.losses(denoised, 1, [torch.Generator()])
        (gradient,) = torch.autograd.grad(total, denoised)
        inside = guidance.mask.expand_as(gradient) == 1
        assert gradient[inside].abs().max() == 0 if silent_inside else gradient[~inside].abs().max() == 0
        assert gradient.abs().max() > 0


def test_gradient_by_finite_differences() -> None:
    """∇L by x_t, through the denoiser, agrees with finite differences in float64."""
    settings = dataclasses.replace(PRESETS[Preset.PAPER], lambda_clip=2.0, lambda_lpips=3.0, lambda_l2=5.0)
    guidance = guidance_for(settings)
    guidance = dataclasses.replace(
        guidance, target=guidance.target.double(), original=guidance.original.double(), mask=guidance.mask.double()
    )
    x_t = torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    t = torch.tensor([400])
    _, gradient, _ = guidance.gradient(x_t, t, gaussian_denoiser, float(ALPHAS[400]), 0.0, [torch.Generator()])
    for place in ((0, 0, 5, 6), (0, 2, 1, 1), (0, 1, 12, 3)):
        nudged = x_t.clone()
        nudged[place] += 1e-6
        up, _ = guidance.losses(gaussian_denoiser(nudged, t).denoised, 1, [torch.Generator()])
        nudged[place] -= 2e-6
        down, _ = guidance.losses(gaussian_denoiser(nudged, t).denoised, 1, [torch.Generator()])
        assert float((up - down) / 2e-6) == pytest.approx(float(gradient[place]), rel=1e-4, abs=1e-9)


def test_cancel_is_not_asking_for_the_next_step() -> None:
    """A dropped generator has evaluated the network only for the steps that were asked for."""
    calls = []

    def counting(x_t: Tensor, t: Tensor) -> Prediction:
        calls.append(int(t[0]))
        return gaussian_denoiser(x_t, t)

    settings = PRESETS[Preset.STANDARD]
    steps = sample(counting, ALPHAS, guidance_for(settings), settings, [0], True)
    next(steps)
    next(steps)
    steps.close()
    assert len(calls) == 2


def test_timesteps_end_at_zero() -> None:
    """Every grid starts at T − 1 and ends at 0; skipping drops the noisiest ones."""
    assert timesteps(1000, 25, 0)[0] == 999
    assert timesteps(1000, 25, 0)[-1] == 0
    assert timesteps(1000, 25, 5) == timesteps(1000, 25, 0)[5:]


def test_one_cutout_is_the_plain_picture() -> None:
    """The paper's single CLIP view is not augmented; several views differ from each other."""
    image = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(cutouts(image, SIDE, 1, torch.Generator()), image, atol=1e-6)
    views = cutouts(image, SIDE, 4, torch.Generator().manual_seed(0))
    assert views.shape == (4, 3, SIDE, SIDE)
    assert (views[0] - views[1]).abs().mean() > 0.01


def test_losses_are_the_papers() -> None:
    """L_clip is the cosine distance of x̂0 ⊙ m (black outside, in [0, 1]); L_2 is the MSE of the two backgrounds."""
    guidance = guidance_for(PRESETS[Preset.PAPER])
    denoised = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(5)) * 2 - 1
    _, (losses,) = guidance.losses(denoised, 1, [torch.Generator()])
    seen = colour_encoder((denoised + 1) / 2 * guidance.mask)
    background = ((denoised - guidance.original) * (1 - guidance.mask)).square().mean()
    assert losses.clip == pytest.approx(1 - float(seen @ guidance.target.T))
    assert losses.lpips == losses.l2 == pytest.approx(float(background))
