"""Stable Diffusion 1.5 for inpainting, as a painter (https://arxiv.org/abs/2112.10752)."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent import options
from text_replace_engine.painting.latent.autoencoder import TiledAutoencoder
from text_replace_engine.painting.latent.crops import parts_of
from text_replace_engine.painting.latent.memory import LatentPlan, needed, plans
from text_replace_engine.painting.latent.networks import LatentNetworks
from text_replace_engine.painting.latent.paint import PaintTask
from text_replace_engine.painting.latent.presets import PresetSettings, Scheduler
from text_replace_engine.painting.latent.room import region_with_room
from text_replace_engine.painting.latent.samples import LatentSample, paint_samples, refine_sample
from text_replace_engine.painting.latent.snapshot import load_networks
from text_replace_engine.painting.options import WORKING_SIZE
from text_replace_engine.painting.painter import Canvas, Preview
from text_replace_engine.painting.upscale import upscale
from text_replace_engine.tensors import luma, place
from text_replace_wire.painting import Painting

NAME = "sd15"


def load_painter(folder: Path, device: torch.device, dtype: torch.dtype | None) -> StableDiffusionPainter:
    """The painter of the snapshots in a folder; see `snapshot.load_networks`."""
    usual = options.settings_for(Painting(), _is_accelerated(device))
    networks = load_networks(folder, device, dtype, few_steps=usual.scheduler is Scheduler.LCM)
    return StableDiffusionPainter(networks, device)


class StableDiffusionPainter:
    """See `painter.Painter`."""

    def __init__(self, networks: LatentNetworks, device: torch.device) -> None:
        self._networks = networks
        self._device = device

    @property
    def dtype(self) -> str:
        """In which its networks compute."""
        return str(self._networks.unet.dtype).removeprefix("torch.")

    def edit_region(self, painting: Painting, object_mask: Tensor) -> Tensor:
        """See `painter.Painter`."""
        return region_with_room(object_mask, options.room_for(painting), painting.grow, painting.feather)

    def samples(self, painting: Painting) -> int:
        """See `painter.Painter`."""
        return self._settings(painting).samples

    def plans(self, painting: Painting, most: int, batch: int | None, free: int) -> Iterator[LatentPlan]:
        """See `painter.Painter`. Raises UserError for a working size that the networks do not take."""
        settings, unet, multiple = self._settings(painting), self._networks.unet, self._networks.autoencoder.multiple
        # On a processor nothing is gained by painting several at once.
        best = most if self._device.type == "cuda" else 1
        size, tiled = (painting.options.get(option.field) for option in (WORKING_SIZE, options.TILED_DECODING))
        ways = list(plans(unet.size * multiple, multiple, size, tiled, (batch or best, 1)))
        for plan in ways:
            if needed(plan, settings, unet.dtype) <= free:
                yield plan.instead_of(ways[0])

    def paint(
        self, plan: LatentPlan, painting: Painting, canvas: Canvas, prompt: str, seeds: Sequence[int], course: Course
    ) -> Generator[Preview, None, list[LatentSample]]:
        """See `painter.Painter`. Raises ModelError."""
        task = self._task(plan, painting, canvas, prompt)
        multiple = task.networks.autoencoder.multiple
        parts = parts_of(canvas.region, plan.working_size, multiple, task.settings.refine)
        return (yield from paint_samples(task, parts, seeds, plan.batch, course))

    def refine(
        self,
        plan: LatentPlan,
        painting: Painting,
        canvas: Canvas,
        prompt: str,
        sample: LatentSample,
        course: Course,
    ) -> Generator[Preview, None, LatentSample]:
        """See `painter.Painter`."""
        return refine_sample(self._task(plan, painting, canvas, prompt), sample, course)

    def render(self, canvas: Canvas, sample: LatentSample) -> Tensor:
        """See `painter.Painter`."""
        pixels = canvas.image
        for part, image in zip(sample.parts, sample.images, strict=True):
            native = upscale(image, (part.area.height, part.area.width), None)
            pixels = place(pixels, native, part.area, part.region)
        return luma(pixels).expand(-1, 3, -1, -1) if canvas.grey else pixels

    def facts(self, plan: LatentPlan, painting: Painting, sample: LatentSample, prompt: str) -> Mapping[str, Any]:
        """See `painter.Painter`."""
        settings = self._settings(painting)
        in_force = {option.field: painting.options.get(option.field) for option in options.OPTIONS}
        in_force |= {
            options.STEPS.field: settings.steps,
            options.GUIDANCE_SCALE.field: settings.guidance_scale,
            options.SCHEDULER.field: settings.scheduler.value,
            options.ROOM.field: options.room_for(painting).value,
            options.REFINE.field: settings.refine,
            options.TILED_DECODING.field: plan.tiled,
            WORKING_SIZE.field: plan.working_size,
        }
        sizes = [image.shape[-2:] for image in sample.images]
        refined = [
            [wide, high] for part, (high, wide) in zip(sample.parts, sizes, strict=True) if (high, wide) != part.shape
        ]
        return {"painter": NAME, "steps": sample.steps, "refined": refined, "options": in_force}

    def _task(self, plan: LatentPlan, painting: Painting, canvas: Canvas, prompt: str) -> PaintTask:
        settings, networks = self._settings(painting), self._networks
        if plan.tiled:
            networks = dataclasses.replace(networks, autoencoder=TiledAutoencoder(networks.autoencoder, plan.tile))
        networks.unet.use(few_steps=settings.scheduler is Scheduler.LCM)
        texts = networks.prompts.encoded([settings.negative_prompt, prompt])
        return PaintTask(canvas.image, texts, settings, networks, canvas.grey)

    def _settings(self, painting: Painting) -> PresetSettings:
        return options.settings_for(painting, _is_accelerated(self._device))


def _is_accelerated(device: torch.device) -> bool:
    return device.type != "cpu"
