"""Which painter of photographs paints: the one that was asked for, else the better one where it fits the machine."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from text_replace_engine import devices
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent import options
from text_replace_engine.painting.latent.klein import options as klein_options
from text_replace_engine.painting.latent.memory import LatentPlan
from text_replace_engine.painting.latent.presets import PainterName
from text_replace_engine.painting.latent.samples import LatentSample, render
from text_replace_engine.painting.painter import Canvas, Painter, Preview
from text_replace_wire.errors import UserError
from text_replace_wire.painting import Painting


class LatentPainter(Painter[LatentPlan, LatentSample], Protocol):
    """One of the painters to choose from."""

    @property
    def dtype(self) -> str:
        """In which its networks compute."""


class ChosenPainter:
    """See `painter.Painter`: that of the painters which a request means. One of them is in memory."""

    def __init__(
        self, load: Mapping[PainterName, Callable[[], LatentPainter]], device: torch.device, needed: int
    ) -> None:
        """load: those that are installed, Stable Diffusion among them; needed: bytes that FLUX.2 klein needs at least.
        The one that paints where nothing is asked is loaded at once.
        """
        self._load = load
        self._device = device
        self._lacking = _lacking(device, needed)
        self._loaded: tuple[PainterName, LatentPainter] | None = None
        self._painter(Painting())

    @property
    def dtype(self) -> str:
        """In which the networks of the painter that is loaded compute."""
        return self._painter(Painting()).dtype if self._loaded is None else self._loaded[1].dtype

    def edit_region(self, painting: Painting, object_mask: Tensor) -> Tensor:
        """See `painter.Painter`."""
        return self._painter(painting).edit_region(painting, object_mask)

    def samples(self, painting: Painting) -> int:
        """See `painter.Painter`."""
        return self._painter(painting).samples(painting)

    def plans(self, painting: Painting, most: int, batch: int | None, free: int) -> Iterator[LatentPlan]:
        """See `painter.Painter`. A plan says why where the better painter does not paint."""
        _, why = self._chosen(painting)
        for plan in self._painter(painting).plans(painting, most, batch, free):
            yield dataclasses.replace(plan, warnings=(why, *plan.warnings)) if why else plan

    def paint(
        self, plan: LatentPlan, painting: Painting, canvas: Canvas, prompt: str, seeds: Sequence[int], course: Course
    ) -> Generator[Preview, None, list[LatentSample]]:
        """See `painter.Painter`. Raises ModelError."""
        return self._painter(painting).paint(plan, painting, canvas, prompt, seeds, course)

    def refine(
        self, plan: LatentPlan, painting: Painting, canvas: Canvas, prompt: str, sample: LatentSample, course: Course
    ) -> Generator[Preview, None, LatentSample]:
        """See `painter.Painter`."""
        return self._painter(painting).refine(plan, painting, canvas, prompt, sample, course)

    def render(self, canvas: Canvas, sample: LatentSample) -> Tensor:
        """See `painter.Painter`."""
        return render(canvas, sample)

    def facts(self, plan: LatentPlan, painting: Painting, sample: LatentSample, prompt: str) -> Mapping[str, Any]:
        """See `painter.Painter`."""
        painter = self._painter(painting)
        return {"dtype": painter.dtype, **painter.facts(plan, painting, sample, prompt)}

    def _painter(self, painting: Painting) -> LatentPainter:
        name, _ = self._chosen(painting)
        if self._loaded is None or self._loaded[0] is not name:
            # Two at once may not fit.
            self._loaded = None
            devices.release(self._device)
            self._loaded = name, self._load[name]()
            # diffusers leaves a cycle behind that holds the files, mapped into memory.
            devices.release(self._device)
        return self._loaded[1]

    def _chosen(self, painting: Painting) -> tuple[PainterName, str]:
        """And why it is not the better one, where nobody asked for that; else empty."""
        asked = painting.options.get(options.PAINTER.field)
        if asked is not None:
            return PainterName(asked), ""
        if PainterName.KLEIN not in self._load:
            return PainterName.SD15, ""
        try:
            klein_options.check(painting)
        except UserError as error:
            return PainterName.SD15, f"Painted by Stable Diffusion: {error}"
        return (PainterName.SD15, self._lacking) if self._lacking else (PainterName.KLEIN, "")


def _lacking(device: torch.device, needed: int) -> str:
    """What FLUX.2 klein lacks on a device; empty: nothing."""
    if device.type == "cpu":
        return "Painted by Stable Diffusion: FLUX.2 klein takes minutes on a processor, unless you ask for it."
    free = devices.free_memory(device)
    if free >= needed:
        return ""
    return (
        f"Painted by Stable Diffusion: FLUX.2 klein needs {needed / 1e9:.1f} GB of the graphics card's memory, and "
        f"{free / 1e9:.1f} GB are free."
    )
