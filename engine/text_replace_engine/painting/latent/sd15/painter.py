"""Stable Diffusion 1.5 for inpainting, as a painter (https://arxiv.org/abs/2112.10752)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from text_replace_engine.painting.course import Course
from text_replace_engine.painting.filling import filled
from text_replace_engine.painting.latent.autoencoder import TiledAutoencoder
from text_replace_engine.painting.latent.crops import native_parts, parts_of
from text_replace_engine.painting.latent.memory import LatentPlan, halved, plans
from text_replace_engine.painting.latent.names import PainterName, Scheduler
from text_replace_engine.painting.latent.options import OPTIONS, REFINE, SCHEDULER, TILED_DECODING, room_for
from text_replace_engine.painting.latent.paint import PaintTask
from text_replace_engine.painting.latent.room import region_with_room
from text_replace_engine.painting.latent.samples import LatentSample, paint_samples, refine_sample, render
from text_replace_engine.painting.latent.sd15.memory import needed
from text_replace_engine.painting.latent.sd15.networks import LatentNetworks
from text_replace_engine.painting.latent.sd15.options import settings_for
from text_replace_engine.painting.latent.sd15.presets import REMOVAL_PROMPT, PresetSettings
from text_replace_engine.painting.latent.sd15.snapshot import load_networks
from text_replace_engine.painting.latent.sd15.stable_diffusion import StableDiffusion
from text_replace_engine.painting.painter import Canvas, Preview
from text_replace_wire.options import GUIDANCE_SCALE, PAINTER, ROOM, STEPS, WORKING_SIZE
from text_replace_wire.painting import Painting


def load_painter(
    folder: Path, device: torch.device, dtype: torch.dtype | None, verify: Callable[[str], object] = lambda role: None
) -> StableDiffusionPainter:
    """The painter of the snapshots in a folder; see `snapshot.load_networks`."""
    usual = settings_for(Painting(), _is_accelerated(device))
    networks = load_networks(folder, device, dtype, few_steps=usual.scheduler is Scheduler.LCM, verify=verify)
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
        return region_with_room(object_mask, room_for(painting), painting.grow, painting.feather)

    def samples(self, painting: Painting) -> int:
        """See `painter.Painter`."""
        return self._settings(painting).samples

    def plans(self, painting: Painting, most: int, batch: int | None, free: int) -> Iterator[LatentPlan]:
        """See `painter.Painter`. Raises UserError for a working size that the networks do not take."""
        settings, unet, multiple = self._settings(painting), self._networks.unet, self._networks.autoencoder.multiple
        # On a processor nothing is gained by painting several at once.
        best = most if self._device.type == "cuda" else 1
        size, tiled = (painting.options.get(option.field) for option in (WORKING_SIZE, TILED_DECODING))
        may_stop = settings.refine and REFINE.field not in painting.options
        once = (False, True) if may_stop else (not settings.refine,)
        ways = list(plans(unet.size * multiple, multiple, size, tiled, halved(batch or best), once))
        for plan in ways:
            if needed(plan, settings, unet.dtype) <= free:
                plan = plan.instead_of(ways[0])
                yield dataclasses.replace(plan, warnings=(*plan.warnings, *self._networks.warnings))

    def paint(
        self, plan: LatentPlan, painting: Painting, canvas: Canvas, prompt: str, seeds: Sequence[int], course: Course
    ) -> Generator[Preview, None, list[LatentSample]]:
        """See `painter.Painter`. Raises ModelError."""
        settings, multiple = self._settings(painting), self._networks.autoencoder.multiple
        parts = parts_of(canvas.region, plan.working_size, multiple)
        refined = 0 if plan.once else len(native_parts(parts, multiple))
        to_come = settings.refinement.executed * refined * max(1, len(seeds) // settings.samples)
        image = filled(canvas.image, canvas.region) if painting.remove else canvas.image
        method = self._method(plan, settings, REMOVAL_PROMPT if painting.remove else prompt)
        task = PaintTask(image, method, canvas.grey)
        return (yield from paint_samples(task, parts, seeds, plan.batch, course, to_come))

    def refine(
        self, plan: LatentPlan, painting: Painting, canvas: Canvas, prompt: str, sample: LatentSample, course: Course
    ) -> Generator[Preview, None, LatentSample]:
        """See `painter.Painter`: what was shrunk much is painted again at its own size, in tiles."""
        settings = self._settings(painting)
        finer = {} if plan.once else native_parts(sample.parts, self._networks.autoencoder.multiple)
        if not finer:
            return sample
        method = self._method(plan, settings.refinement, REMOVAL_PROMPT if painting.remove else prompt)
        task = PaintTask(render(canvas, sample), method, canvas.grey)
        return (yield from refine_sample(task, sample, finer, course))

    def render(self, canvas: Canvas, sample: LatentSample) -> Tensor:
        """See `painter.Painter`."""
        return render(canvas, sample)

    def facts(self, plan: LatentPlan, painting: Painting, sample: LatentSample, prompt: str) -> Mapping[str, Any]:
        """See `painter.Painter`."""
        settings = self._settings(painting)
        in_force = {option.field: painting.options.get(option.field) for option in OPTIONS}
        in_force |= {
            STEPS.field: settings.steps,
            GUIDANCE_SCALE.field: settings.guidance_scale,
            SCHEDULER.field: settings.scheduler.value,
            ROOM.field: room_for(painting).value,
            REFINE.field: not plan.once,
            TILED_DECODING.field: plan.tiled,
            WORKING_SIZE.field: plan.working_size,
            PAINTER.field: PainterName.SD15.value,
        }
        return {
            "painter": PainterName.SD15.value,
            "taken": sample.steps,
            "refined": sample.refined_sizes,
            "options": in_force,
        }

    def _method(self, plan: LatentPlan, settings: PresetSettings, prompt: str) -> StableDiffusion:
        networks = self._networks
        if plan.tiled:
            networks = dataclasses.replace(networks, autoencoder=TiledAutoencoder(networks.autoencoder, plan.tile))
        networks.unet.use(few_steps=settings.scheduler is Scheduler.LCM)
        texts = networks.prompts.encoded([settings.negative_prompt, prompt])
        return StableDiffusion(networks, texts, settings, plan.working_size)

    def _settings(self, painting: Painting) -> PresetSettings:
        return settings_for(painting, _is_accelerated(self._device))


def _is_accelerated(device: torch.device) -> bool:
    return device.type != "cpu"
