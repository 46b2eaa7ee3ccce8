"""Stable Diffusion 1.5 for inpainting, as a painter (https://arxiv.org/abs/2112.10752)."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent import options
from text_replace_engine.painting.latent.crops import parts_of
from text_replace_engine.painting.latent.filling import filled
from text_replace_engine.painting.latent.memory import LatentPlan, needed, plans
from text_replace_engine.painting.latent.networks import LatentNetworks
from text_replace_engine.painting.latent.paint import PaintTask
from text_replace_engine.painting.latent.presets import REMOVAL_PROMPT, PresetSettings, Scheduler
from text_replace_engine.painting.latent.samples import LatentSample, paint_samples
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

    def reshapes(self, painting: Painting) -> bool:
        """See `painter.Painter`."""
        return True

    def samples(self, painting: Painting) -> int:
        """See `painter.Painter`."""
        return self._settings(painting).samples

    def plans(self, painting: Painting, most: int, batch: int | None, free: int) -> Iterator[LatentPlan]:
        """See `painter.Painter`. Raises UserError for a working size that the networks do not take."""
        settings, unet, multiple = self._settings(painting), self._networks.unet, self._networks.autoencoder.multiple
        # On a processor nothing is gained by painting several at once.
        best = most if self._device.type == "cuda" else 1
        size = painting.options.get(WORKING_SIZE.field)
        ways = list(plans(unet.size * multiple, multiple, size, (batch or best, 1)))
        for plan in ways:
            if needed(plan, settings, unet.dtype) <= free:
                yield plan.instead_of(ways[0])

    def paint(
        self, plan: LatentPlan, painting: Painting, canvas: Canvas, prompt: str, seeds: Sequence[int], course: Course
    ) -> Generator[Preview, None, list[LatentSample]]:
        """See `painter.Painter`. Raises ModelError."""
        settings, networks = self._settings(painting), self._networks
        networks.unet.use(few_steps=settings.scheduler is Scheduler.LCM)
        image = canvas.image
        if painting.remove:
            image, prompt = filled(image, canvas.region), REMOVAL_PROMPT
        texts = networks.prompts.encoded([settings.negative_prompt, prompt])
        parts = parts_of(canvas.region, plan.working_size, networks.autoencoder.multiple)
        task = PaintTask(image, texts, settings, networks, canvas.grey)
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
        """See `painter.Painter`: it is painted once."""
        yield from ()
        return sample

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
            WORKING_SIZE.field: plan.working_size,
        }
        return {"painter": NAME, "steps": sample.steps, "options": in_force}

    def _settings(self, painting: Painting) -> PresetSettings:
        return options.settings_for(painting, _is_accelerated(self._device))


def _is_accelerated(device: torch.device) -> bool:
    return device.type != "cpu"
