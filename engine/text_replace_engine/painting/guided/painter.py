"""Guided diffusion in pixel space, as a painter (paper, section 3.2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from text_replace_engine.painting.areas import parts_of
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.detail import detailed
from text_replace_engine.painting.gone import Gone
from text_replace_engine.painting.guided import options
from text_replace_engine.painting.guided.memory import GuidedPlan, needed, plans, use_checkpointing
from text_replace_engine.painting.guided.paint import GuidedNetworks, PaintTask
from text_replace_engine.painting.guided.samples import GuidedSample, Piece, paint_samples, refine_sample
from text_replace_engine.painting.guided.sampling.tiles import FINEST
from text_replace_engine.painting.painter import Canvas, Preview
from text_replace_engine.painting.region import edit_region
from text_replace_engine.painting.remnants.remnants import with_remnants
from text_replace_engine.painting.shares import Share
from text_replace_engine.painting.upscale import upscale
from text_replace_engine.tensors import in_grey, place, resample
from text_replace_wire.painting import Painting


class GuidedPainter:
    """See `painter.Painter`."""

    def __init__(self, networks: GuidedNetworks, device: torch.device) -> None:
        self._networks = networks
        self._device = device

    def edit_region(self, painting: Painting, object_mask: Tensor) -> Tensor:
        """See `painter.Painter`."""
        if not options.settings_for(painting).grown:
            return object_mask
        return edit_region(object_mask, painting.grow, painting.feather)

    def with_remnants(self, painting: Painting, image: Tensor, object_mask: Tensor) -> Gone:
        """See `painter.SeeingPainter`. A given growth, and a preset that grows nothing, leave none."""
        if not painting.remnants or painting.grow is not None or not options.settings_for(painting).grown:
            return Gone(object_mask, object_mask)
        return with_remnants(image, object_mask)

    def samples(self, painting: Painting) -> int:
        """See `painter.Painter`."""
        return options.settings_for(painting).samples

    def plans(self, painting: Painting, most: int, batch: int | None, free: int) -> Iterator[GuidedPlan]:
        """See `painter.Painter`. Raises UserError for a working size that the network does not take."""
        settings, network = options.settings_for(painting), self._networks.denoiser
        # On a processor nothing is gained by painting several at once.
        best = most if self._device.type == "cuda" else 1
        batches = (batch or best, 1)
        size, views = painting.options.get("working_size"), painting.options.get("cutouts")
        ways = list(plans(settings, network, size, views is not None, batches))
        for plan in ways:
            if needed(plan, settings, network, self._networks.clip.image_size) <= free:
                yield plan.instead_of(ways[0])

    def paint(
        self, plan: GuidedPlan, painting: Painting, canvas: Canvas, prompt: str, seeds: Sequence[int], course: Course
    ) -> Generator[Preview, None, list[GuidedSample]]:
        """See `painter.Painter`."""
        network = self._networks.denoiser
        settings = dataclasses.replace(options.settings_for(painting), cutouts=plan.cutouts)
        use_checkpointing(network, plan.checkpointing)
        finest = FINEST if settings.refined > 0 and network.paints_pieces else None
        pieces = []
        for share in _shares(canvas, prompt):
            target = self._encoded(share.text).clone()
            task = PaintTask(_ground(canvas), share.text, target, settings, self._networks, canvas.grey)
            parts = parts_of(share.region, plan.working_size, network.multiple, network.sees_surroundings, finest)
            pieces += [Piece(task, part) for part in parts]
        return (yield from paint_samples(pieces, seeds, plan.batch, course))

    def refine(
        self, plan: GuidedPlan, painting: Painting, canvas: Canvas, prompt: str, sample: GuidedSample, course: Course
    ) -> Generator[Preview, None, GuidedSample]:
        """See `painter.Painter`."""
        return refine_sample(sample, course)

    def render(self, canvas: Canvas, sample: GuidedSample) -> Tensor:
        """See `painter.Painter`."""
        pixels = ground = _ground(canvas)
        for piece, image in zip(sample.pieces, sample.images, strict=True):
            enlarged, part = self._enlarged(piece, image), piece.part
            pixels = place(pixels, enlarged, part.area, part.region)
        if canvas.shares is not None:
            # The shares end inside the region, where nothing is blended later.
            shared = sum(share.region for share in canvas.shares.each) / canvas.region.clamp(min=1e-3)
            pixels = torch.where(canvas.region > 0, torch.lerp(ground, pixels, shared.clamp(max=1)), canvas.image)
        return in_grey(pixels) if canvas.grey else pixels

    def shown(self, canvas: Canvas, sample: GuidedSample) -> Tensor | None:
        """See `painter.SeeingPainter`."""
        whole = torch.zeros_like(canvas.region)
        for piece, alpha in zip(sample.pieces, sample.shown, strict=True):
            if alpha is None or not bool((alpha > 0.5).any()):
                return None
            area, region = piece.part.area, piece.part.region
            enlarged = resample(alpha, (area.height, area.width)).to(whole)
            whole = torch.maximum(whole, place(torch.zeros_like(whole), enlarged, area, region))
        return whole

    def facts(self, plan: GuidedPlan, painting: Painting, sample: GuidedSample, prompt: str) -> Mapping[str, Any]:
        """See `painter.Painter`."""
        sizes = [image.shape[-2:] for image in sample.images]
        parts = zip((piece.part for piece in sample.pieces), sizes, strict=True)
        in_force = {option.field: painting.options.get(option.field) for option in options.OPTIONS}
        in_force["working_size"] = plan.working_size
        if plan.cutouts != options.settings_for(painting).cutouts:
            in_force["cutouts"] = plan.cutouts[1]
        facts = {
            "steps": len(sample.losses),
            "taken": len(sample.losses),
            "grid": options.settings_for(painting).grid,
            "losses": [dataclasses.asdict(losses) for losses in sample.losses],
            "background_error": sample.background_error,
            "refined": [[size[1], size[0]] for part, size in parts if size != part.shape],
            "cutouts": plan.cutouts[1],
            "checkpointing": plan.checkpointing,
            "options": in_force,
        }
        told = [self._class_of(text) for text in dict.fromkeys(sample.texts)]
        classes = [name for name in told if name is not None]
        return {**facts, "class": ", ".join(classes)} if classes else facts

    def _enlarged(self, piece: Piece, image: Tensor) -> Tensor:
        area, detail = piece.part.area, self._networks.detail
        if detail is None or area.width <= image.shape[-1]:
            return upscale(image, (area.height, area.width), self._networks.upscaler)
        return detailed(image, piece.task.image, piece.part, piece.task.target, detail)

    def _encoded(self, prompt: str) -> Tensor:
        with torch.inference_mode():
            return self._networks.clip.encode_text([prompt])

    def _class_of(self, prompt: str) -> str | None:
        """The class that a class-conditional network is told; None where the network has no classes."""
        classes = self._networks.denoiser.classes
        return None if classes is None else classes.names[int(classes.nearest(self._encoded(prompt)))]


def _shares(canvas: Canvas, prompt: str) -> tuple[Share, ...]:
    return (Share(prompt, canvas.region),) if canvas.shares is None else canvas.shares.each


def _ground(canvas: Canvas) -> Tensor:
    return canvas.image if canvas.shares is None else canvas.shares.ground
