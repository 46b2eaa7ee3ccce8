"""FLUX.2 klein, as a painter (https://bfl.ai/blog/flux2-klein-towards-interactive-visual-intelligence)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from text_replace_engine import devices
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent.autoencoder import TiledAutoencoder
from text_replace_engine.painting.latent.crops import close_ups, parts_of
from text_replace_engine.painting.latent.klein import options
from text_replace_engine.painting.latent.klein.instruction import instruction, refinement, removal
from text_replace_engine.painting.latent.klein.memory import LEARNT, needed
from text_replace_engine.painting.latent.klein.networks import KleinNetworks
from text_replace_engine.painting.latent.klein.presets import KleinSettings
from text_replace_engine.painting.latent.klein.sampling import Klein
from text_replace_engine.painting.latent.klein.snapshot import load_networks
from text_replace_engine.painting.latent.memory import LatentPlan, plans
from text_replace_engine.painting.latent.names import PainterName, Storage
from text_replace_engine.painting.latent.options import REFINE, STORAGE, TILED_DECODING, room_for
from text_replace_engine.painting.latent.paint import PaintTask
from text_replace_engine.painting.latent.room import region_with_room
from text_replace_engine.painting.latent.samples import LatentSample, paint_samples, refine_sample, render
from text_replace_engine.painting.painter import Canvas, Preview
from text_replace_wire.options import PAINTER, ROOM, STEPS, WORKING_SIZE
from text_replace_wire.painting import Painting

#: Side of a crop at least, where the picture has room for it, and of the square up to which it is enlarged.
_LEAST = 512
_IN_FEW_BITS = "FLUX.2 klein's weights are kept in 8 bits, which changes what it paints a little: memory is short."


def load_painter(folder: Path, device: torch.device, dtype: torch.dtype | None) -> KleinPainter:
    """The painter of the snapshot in a folder; see `snapshot.load_networks`."""
    return KleinPainter(lambda storage: load_networks(folder, device, dtype, storage), device)


class KleinPainter:
    """See `painter.Painter`."""

    def __init__(self, load: Callable[[Storage | None], KleinNetworks], device: torch.device) -> None:
        """load: the networks, their weights kept as it says; None: as memory allows. Raises what `load` raises."""
        self._load = load
        self._device = device
        self._asked: Storage | None = None
        self._networks: KleinNetworks | None = load(None)

    @property
    def networks(self) -> KleinNetworks:
        """Those that paint. Raises ModelError and OutOfMemory where they are not loaded and cannot be."""
        if self._networks is None:
            with devices.memory_guard():
                self._networks = self._load(self._asked)
        return self._networks

    @property
    def dtype(self) -> str:
        """In which its networks compute."""
        return str(self.networks.transformer.dtype).removeprefix("torch.")

    def edit_region(self, painting: Painting, object_mask: Tensor) -> Tensor:
        """See `painter.Painter`."""
        return region_with_room(object_mask, room_for(painting), painting.grow, painting.feather)

    def samples(self, painting: Painting) -> int:
        """See `painter.Painter`."""
        return self._settings(painting).samples

    def plans(self, painting: Painting, most: int, batch: int | None, free: int) -> Iterator[LatentPlan]:
        """See `painter.Painter`. Raises UserError for a working size that the networks do not take; ModelError and
        OutOfMemory where they have to be loaded in another way than they are.
        """
        asked = painting.options.get(STORAGE.field)
        if self._keep(None if asked is None else Storage(asked)):
            free = devices.free_memory(self._device)
        networks = self.networks
        transformer, multiple = networks.transformer, networks.autoencoder.multiple
        best = most if self._device.type == "cuda" else 1
        size, tiled = (painting.options.get(option.field) for option in (WORKING_SIZE, TILED_DECODING))
        ways = list(plans(LEARNT, multiple, size, tiled, (batch or best, 1)))
        for plan in ways:
            if needed(plan, transformer.dtype) + transformer.waiting <= free:
                plan = plan.instead_of(ways[0])
                told = () if asked or networks.storage is not Storage.EIGHT else (_IN_FEW_BITS,)
                yield dataclasses.replace(plan, warnings=(*told, *plan.warnings))

    def paint(
        self, plan: LatentPlan, painting: Painting, canvas: Canvas, prompt: str, seeds: Sequence[int], course: Course
    ) -> Generator[Preview, None, list[LatentSample]]:
        """See `painter.Painter`. Raises ModelError."""
        settings, multiple = self._settings(painting), self.networks.autoencoder.multiple
        parts = parts_of(canvas.region, plan.working_size, multiple, _LEAST)
        refined = len(close_ups(parts, plan.working_size, multiple))
        to_come = len(settings.refinement) * refined * max(1, len(seeds) // settings.samples)
        told = removal(canvas.replaced) if painting.remove else instruction(prompt, canvas.replaced)
        # The second text now, too: reading the text encoder again would take seconds.
        text, *_ = self.networks.prompts.encoded(told, *([_finer(painting, prompt)] if to_come else []))
        method = Klein(self._tiled(plan), text, settings.steps)
        task = PaintTask(canvas.image, method, canvas.grey)
        return (yield from paint_samples(task, parts, seeds, plan.batch, course, to_come))

    def refine(
        self, plan: LatentPlan, painting: Painting, canvas: Canvas, prompt: str, sample: LatentSample, course: Course
    ) -> Generator[Preview, None, LatentSample]:
        """See `painter.Painter`: what was shrunk much is painted again, nearer to its own size."""
        noise = self._settings(painting).refinement
        finer = close_ups(sample.parts, plan.working_size, self.networks.autoencoder.multiple) if noise else {}
        if not finer:
            return sample
        (text,) = self.networks.prompts.encoded(_finer(painting, prompt))
        method = Klein(self._tiled(plan), text, len(noise), noise)
        task = PaintTask(render(canvas, sample), method, canvas.grey)
        return (yield from refine_sample(task, sample, finer, course))

    def render(self, canvas: Canvas, sample: LatentSample) -> Tensor:
        """See `painter.Painter`."""
        return render(canvas, sample)

    def facts(self, plan: LatentPlan, painting: Painting, sample: LatentSample, prompt: str) -> Mapping[str, Any]:
        """See `painter.Painter`."""
        settings = self._settings(painting)
        return {
            "painter": PainterName.KLEIN.value,
            "taken": sample.steps,
            "guidance_scale": 1.0,
            "scheduler": "euler",
            "refined": sample.refined_sizes,
            "options": {
                STEPS.field: settings.steps,
                ROOM.field: room_for(painting).value,
                REFINE.field: bool(settings.refinement),
                TILED_DECODING.field: plan.tiled,
                STORAGE.field: self.networks.storage.value,
                WORKING_SIZE.field: plan.working_size,
                PAINTER.field: PainterName.KLEIN.value,
            },
        }

    def _keep(self, asked: Storage | None) -> bool:
        """Have the weights kept as it is asked; None: as memory allowed. Gives whether they had to be loaded again."""
        if self._networks is not None and asked in (self._asked, self._networks.storage):
            return False
        self._asked, self._networks = asked, None
        # Two at once may not fit.
        devices.release(self._device)
        return True

    def _tiled(self, plan: LatentPlan) -> KleinNetworks:
        networks = self.networks
        if not plan.tiled:
            return networks
        return dataclasses.replace(networks, autoencoder=TiledAutoencoder(networks.autoencoder, plan.tile))

    def _settings(self, painting: Painting) -> KleinSettings:
        return options.settings_for(painting, accelerated=self._device.type != "cpu")


def _finer(painting: Painting, prompt: str) -> str:
    return refinement("" if painting.remove else prompt)
