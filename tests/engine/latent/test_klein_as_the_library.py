"""FLUX.2 klein's loop, text encoder and autoencoder against diffusers' pipeline, with the same networks."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.engine.latent.painted import canvas_of, painted
from text_replace_engine.models.photo.roles import KLEIN
from text_replace_engine.painting.latent.crops import parts_of, view_of
from text_replace_engine.painting.latent.klein.painter import KleinPainter
from text_replace_engine.painting.latent.klein.sampling import Klein
from text_replace_engine.tensors import unsigned
from text_replace_wire.geometry import Box

pytestmark = pytest.mark.slow

SEEDS = (4, 5)
SIDE = 64
#: Of whole cells, so that the library's mask is ours.
CANVAS = dataclasses.replace(canvas_of((SIDE, SIDE), Box(32, 16, 64, 48)), replaced="apple")
TOLD = "Replace the apple with an orange"


@pytest.fixture(scope="module")
def pipeline(klein_snapshot: Path) -> Any:
    """As the library loads it, whole."""
    from diffusers import Flux2KleinInpaintPipeline

    loaded = Flux2KleinInpaintPipeline.from_pretrained(
        klein_snapshot / KLEIN, dtype=torch.float32, local_files_only=True
    )
    loaded.set_progress_bar_config(disable=True)
    return loaded


@torch.no_grad()
def _by_the_library(pipeline: Any, **how: Any) -> Tensor:
    """(2, 3, 64, 64) in [0, 1], of the two seeds in one batch."""
    images: Tensor = pipeline(
        prompt=TOLD,
        image=CANVAS.image,
        mask_image=CANVAS.region,
        guidance_scale=1.0,
        strength=1.0,
        num_images_per_prompt=len(SEEDS),
        generator=[torch.Generator().manual_seed(seed) for seed in SEEDS],
        output_type="pt",
        **how,
    ).images
    return images


@pytest.mark.parametrize("steps", [4, pytest.param(3, marks=pytest.mark.thorough)])
def test_the_loop_is_the_pipelines(klein: KleinPainter, pipeline: Any, steps: int) -> None:
    """The same noise, instruction, mask and steps give what Flux2KleinInpaintPipeline gives: the text encoder is cut
    after the last layer that is told, is let go of before the first step, and the source is the reference.
    """
    theirs = _by_the_library(pipeline, num_inference_steps=steps)
    ours = painted(klein, CANVAS, SEEDS, batch=2, prompt="orange", steps=steps, working_size=SIDE)
    assert (torch.cat([sample.images[0] for sample in ours]) - theirs).abs().max() < 1e-5
    # The two are different pictures: there was something to compare.
    assert (theirs[0] - theirs[1]).abs().max() > 0.01


def test_the_second_pass_is_the_pipelines(klein: KleinPainter, pipeline: Any) -> None:
    """At the shares of noise that were meant, though the scheduler shifts them by the picture's size."""
    seen: list[float] = []

    def step(_pipeline: Any, _index: int, t: Tensor, told: dict[str, Any]) -> dict[str, Any]:
        seen.append(float(t) / 1000)
        return told

    shift = math.exp(_shift(pipeline, steps=2))
    sigmas = [share / (shift * (1 - share) + share) for share in (0.35, 0.18)]
    theirs = _by_the_library(pipeline, num_inference_steps=2, sigmas=sigmas, callback_on_step_end=step)
    assert seen == pytest.approx([0.35, 0.18])
    method = Klein(klein.networks, klein.networks.prompts.encoded(TOLD)[0], 2, (0.35, 0.18))
    (part,) = parts_of(CANVAS.region, SIDE, klein.networks.autoencoder.multiple)
    *_, last = method.denoised(view_of(CANVAS.image, part, 16), SEEDS)
    ours = [method.autoencoder.decoded(latents[None]) for latents in last.denoised]
    assert (torch.cat(ours) - theirs).abs().max() < 1e-5


def _shift(pipeline: Any, steps: int) -> float:
    from diffusers.pipelines.flux2.pipeline_flux2_klein_inpaint import compute_empirical_mu

    return float(compute_empirical_mu((SIDE // (2 * pipeline.vae_scale_factor)) ** 2, steps))


@torch.no_grad()
def test_the_autoencoder_is_the_librarys(klein: KleinPainter, pipeline: Any) -> None:
    """Layer by layer it encodes and decodes what the library does at once, four latents packed into one."""
    image = CANVAS.image
    latents = klein.networks.autoencoder.encoded(image)
    theirs = pipeline._encode_vae_image(pipeline.image_processor.preprocess(image), None)
    assert torch.allclose(latents, theirs, atol=1e-5)
    assert latents.shape == (1, 128, SIDE // 16, SIDE // 16) and klein.networks.autoencoder.multiple == 16
    vae = pipeline.vae
    deviation = (vae.bn.running_var + vae.config.batch_norm_eps).sqrt().view(1, -1, 1, 1)
    flat = pipeline._unpatchify_latents(theirs * deviation + vae.bn.running_mean.view(1, -1, 1, 1))
    picture = klein.networks.autoencoder.decoded(latents)
    assert torch.allclose(picture, unsigned(vae.decode(flat).sample).clamp(0, 1), atol=1e-5)


def test_a_strength_of_its_own_would_be_a_repaint(pipeline: Any) -> None:
    """Why there is no such option: with four steps on a real picture 0.35 starts at nine tenths of noise."""
    from diffusers.pipelines.flux2.pipeline_flux2_klein_inpaint import compute_empirical_mu

    pipeline.scheduler.set_timesteps(sigmas=[1, 0.75, 0.5, 0.25], mu=compute_empirical_mu(4096, 4))
    assert pipeline.scheduler.sigmas[2] > 0.9
