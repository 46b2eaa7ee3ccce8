"""The painter's own loop and its walk through the autoencoder against diffusers' pipeline, with the same networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from tests.engine.latent.painted import canvas_of, painted
from tests.engine.models.small_painter import few_steps
from text_replace_engine.models.photo.roles import PAINTER
from text_replace_engine.painting.filling import filled
from text_replace_engine.painting.latent.autoencoder import LayerwiseAutoencoder
from text_replace_engine.painting.latent.sd15.few_steps import merge
from text_replace_engine.painting.latent.sd15.painter import StableDiffusionPainter
from text_replace_engine.tensors import signed, unsigned
from text_replace_wire.geometry import Box

pytestmark = pytest.mark.slow

SEEDS = (4, 5)
#: Of whole cells, so that the library's mask is ours.
CANVAS = canvas_of((64, 64), Box(16, 24, 48, 40))


@pytest.fixture(scope="module")
def pipeline(snapshots: Path) -> Any:
    """As the library loads it."""
    from diffusers import StableDiffusionInpaintPipeline

    loaded = StableDiffusionInpaintPipeline.from_pretrained(
        snapshots / PAINTER,
        variant="fp16",
        dtype=torch.float32,
        safety_checker=None,
        feature_extractor=None,
        local_files_only=True,
    )
    loaded.set_progress_bar_config(disable=True)
    return loaded


@torch.no_grad()
def _by_the_library(pipeline: Any, steps: int, guidance: float, strength: float, negative: str) -> Tensor:
    """(2, 3, 64, 64) in [0, 1], of the two seeds in one batch."""
    vae, scale = pipeline.vae, pipeline.vae.config.scaling_factor
    hidden = signed(CANVAS.image) * (CANVAS.region < 0.5)
    original = vae.encode(signed(CANVAS.image)).latent_dist.mode() * scale
    generators = [torch.Generator().manual_seed(seed) for seed in SEEDS]
    started = _started(pipeline, steps, generators) if strength == 1 else None
    images: Tensor = pipeline(
        prompt="an orange",
        negative_prompt=negative,
        # Latents, because it would draw them from the autoencoder's distribution.
        image=original if strength < 1 else CANVAS.image,
        masked_image_latents=vae.encode(hidden).latent_dist.mode() * scale,
        mask_image=CANVAS.region,
        height=64,
        width=64,
        num_inference_steps=steps,
        guidance_scale=guidance,
        strength=strength,
        num_images_per_prompt=len(SEEDS),
        generator=generators,
        latents=started,
        output_type="pt",
    ).images
    return images


def _started(pipeline: Any, steps: int, generators: list[torch.Generator]) -> Tensor:
    """The filled picture, noised as the first timestep is: the library would start from noise alone."""
    vae, scheduler = pipeline.vae, pipeline.scheduler
    scheduler.set_timesteps(steps)
    new = F.interpolate(F.max_pool2d(CANVAS.region, 8), scale_factor=8)
    latents = vae.encode(signed(filled(CANVAS.image, new))).latent_dist.mode() * vae.config.scaling_factor
    noise = torch.cat([torch.randn(latents.shape, generator=generator) for generator in generators])
    started: Tensor = scheduler.add_noise(latents.expand_as(noise), noise, scheduler.timesteps[:1].repeat(len(noise)))
    return started


@pytest.mark.parametrize(
    ("scheduler", "steps", "guidance", "strength"),
    [("ddim", 6, 7.5, 1.0), ("ddim", 8, 3.0, 0.5), ("ddim", 3, 1.0, 1.0), ("lcm", 6, 1.5, 1.0), ("lcm", 4, 1.0, 0.5)],
)
def test_the_loop_is_the_pipelines(
    painter: StableDiffusionPainter, pipeline: Any, scheduler: str, steps: int, guidance: float, strength: float
) -> None:
    """The same noise, prompts, mask and steps give what StableDiffusionInpaintPipeline gives."""
    from diffusers import DDIMScheduler, LCMScheduler

    kind = {"ddim": DDIMScheduler, "lcm": LCMScheduler}[scheduler]
    pipeline.scheduler = kind.from_config(pipeline.scheduler.config, clip_sample=False, set_alpha_to_one=True)
    plain = {name: weight.clone() for name, weight in pipeline.unet.state_dict().items()}
    if scheduler == "lcm":
        # In the 16 bits of the files, as ours.
        merge(few_steps(pipeline.unet), pipeline.unet.half())
        pipeline.unet.float()
    theirs = _by_the_library(pipeline, steps, guidance, strength, "a pear")
    pipeline.unet.load_state_dict(plain)
    asked: dict[str, Any] = {"scheduler": scheduler, "steps": steps, "guidance_scale": guidance, "strength": strength}
    ours = painted(painter, CANVAS, SEEDS, batch=2, negative_prompt="a pear", **asked)
    assert (torch.cat([sample.images[0] for sample in ours]) - theirs).abs().max() < 1e-5
    # The two are different pictures: there was something to compare.
    assert (theirs[0] - theirs[1]).abs().max() > 0.01


def test_the_autoencoder_is_the_librarys(pipeline: Any) -> None:
    """Layer by layer, it encodes and decodes what the library does at once."""
    ours, vae = LayerwiseAutoencoder(pipeline.vae), pipeline.vae
    with torch.no_grad():
        latents = ours.encoded(CANVAS.image)
        assert torch.equal(latents, vae.encode(signed(CANVAS.image)).latent_dist.mode() * vae.config.scaling_factor)
        picture = ours.decoded(latents)
        theirs = vae.decode(latents / vae.config.scaling_factor).sample
    assert torch.equal(picture, unsigned(theirs).clamp(0, 1))
    assert latents.shape == (1, 4, 8, 8) and ours.multiple == 8
