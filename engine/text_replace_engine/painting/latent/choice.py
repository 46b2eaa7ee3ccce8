"""Which painter of photographs paints: the one that was asked for, else the better one where it fits the machine."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from text_replace_engine import devices
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent.klein import options as klein_options
from text_replace_engine.painting.latent.klein.memory import Least
from text_replace_engine.painting.latent.memory import LatentPlan
from text_replace_engine.painting.latent.names import PainterName, Preset
from text_replace_engine.painting.latent.options import TILED_DECODING
from text_replace_engine.painting.latent.samples import LatentSample, render
from text_replace_engine.painting.painter import Canvas, Painter, Plan, Preview
from text_replace_wire.errors import ModelError, OutOfMemory, UserError
from text_replace_wire.options import PAINTER, WORKING_SIZE
from text_replace_wire.painting import Painting

_INSTEAD = "Painted by Stable Diffusion:"
#: Where not even the networks can be loaded.
_NO_ROOM = {
    PainterName.SD15: "There is not enough memory for the photo models: close other programs, or use other models.",
    PainterName.KLEIN: "There is not enough memory for FLUX.2 klein: use the painter sd15, or close other programs.",
}
#: Options with which an edit may need more memory than another.
_TAKES_MEMORY = {WORKING_SIZE.field, TILED_DECODING.field}
_TOO_LITTLE = f"{_INSTEAD} there was not enough memory for FLUX.2 klein."


class LatentPainter(Painter[LatentPlan, LatentSample], Protocol):
    """One of the painters to choose from."""

    @property
    def dtype(self) -> str:
        """In which its networks compute."""


@dataclass(frozen=True, kw_only=True)
class ChosenPlan(Plan):
    """A painter's way to paint."""

    painter: PainterName
    way: LatentPlan


class ChosenPainter:
    """See `painter.Painter`: that of the painters which a request means. One of them is in memory."""

    def __init__(
        self,
        load: Mapping[PainterName, Callable[[], LatentPainter]],
        device: torch.device,
        least: Callable[[], Least],
    ) -> None:
        """load: those that are installed, Stable Diffusion among them; least: what FLUX.2 klein needs, where that is
        installed. Both may raise ModelError. The one that paints where nothing is asked is loaded at once.
        """
        self._load = load
        self._device = device
        self._least = least
        self._loaded: tuple[PainterName, LatentPainter] | None = None
        #: Bytes that come back when the one that is loaded is let go.
        self._held = 0
        #: Bytes with which FLUX.2 klein ran out of memory.
        self._too_little = -1
        self._unusable = ""
        try:
            next(self.plans(Painting(), 1, None, devices.free_memory(device)))
        except OutOfMemory:
            # For another preset, and to find, there may be enough.
            if self._loaded is None:
                raise

    @property
    def dtype(self) -> str:
        """In which the networks of the painter that is loaded compute."""
        return self._any().dtype

    def edit_region(self, painting: Painting, object_mask: Tensor) -> Tensor:
        """See `painter.Painter`: the same for all of them."""
        return self._any().edit_region(painting, object_mask)

    def samples(self, painting: Painting) -> int:
        """See `painter.Painter`: the same for all of them."""
        return self._any().samples(painting)

    def plans(self, painting: Painting, most: int, batch: int | None, free: int) -> Iterator[ChosenPlan]:
        """See `painter.Painter`. A plan says why where the better painter does not paint. Raises OutOfMemory, with what
        may help, where there is none left, and ModelError.
        """
        asked, why = painting.options.get(PAINTER.field), ""
        name = PainterName.SD15 if asked is None else PainterName(asked)
        if asked is None and PainterName.KLEIN in self._load:
            why = self._why_not(painting)
            if not why:
                there, why = self._room(), _TOO_LITTLE
                try:
                    yield from self._plans_of(PainterName.KLEIN, painting, most, batch, free, "")
                except OutOfMemory:
                    pass
                except ModelError as error:
                    self._unusable = str(error)
                    why = f"{_INSTEAD} {error}"
                except UserError as error:
                    why = f"{_INSTEAD} {error}"
                if why is _TOO_LITTLE and not painting.options.keys() & _TAKES_MEMORY:
                    self._too_little = there
        try:
            yield from self._plans_of(name, painting, most, batch, free, why)
        except OutOfMemory as error:
            raise OutOfMemory(_NO_ROOM[name]) from error
        raise OutOfMemory(_help(name, painting))

    def paint(
        self, plan: ChosenPlan, painting: Painting, canvas: Canvas, prompt: str, seeds: Sequence[int], course: Course
    ) -> Generator[Preview, None, list[LatentSample]]:
        """See `painter.Painter`. Raises ModelError."""
        return self._painter(plan.painter).paint(plan.way, painting, canvas, prompt, seeds, course)

    def refine(
        self, plan: ChosenPlan, painting: Painting, canvas: Canvas, prompt: str, sample: LatentSample, course: Course
    ) -> Generator[Preview, None, LatentSample]:
        """See `painter.Painter`."""
        return self._painter(plan.painter).refine(plan.way, painting, canvas, prompt, sample, course)

    def render(self, canvas: Canvas, sample: LatentSample) -> Tensor:
        """See `painter.Painter`."""
        return render(canvas, sample)

    def facts(self, plan: ChosenPlan, painting: Painting, sample: LatentSample, prompt: str) -> Mapping[str, Any]:
        """See `painter.Painter`."""
        painter = self._painter(plan.painter)
        return {"dtype": painter.dtype, **painter.facts(plan.way, painting, sample, prompt)}

    def _plans_of(
        self, name: PainterName, painting: Painting, most: int, batch: int | None, free: int, why: str
    ) -> Iterator[ChosenPlan]:
        if self._loaded is None or self._loaded[0] is not name:
            self._painter(name)
            free = devices.free_memory(self._device)
        for way in self._painter(name).plans(painting, most, batch, free):
            warnings = (why, *way.warnings) if why else way.warnings
            yield ChosenPlan(batch=way.batch, warnings=warnings, painter=name, way=way)

    def _painter(self, name: PainterName) -> LatentPainter:
        if self._loaded is None or self._loaded[0] is not name:
            # Two at once may not fit.
            self._loaded, self._held = None, 0
            devices.release(self._device)
            before = devices.free_memory(self._device)
            with devices.memory_guard():
                self._loaded = name, self._load[name]()
            # diffusers leaves a cycle behind that holds the files, mapped into memory.
            devices.release(self._device)
            self._held = max(0, before - devices.free_memory(self._device))
        return self._loaded[1]

    def _any(self) -> LatentPainter:
        return self._painter(PainterName.SD15) if self._loaded is None else self._loaded[1]

    def _room(self) -> int:
        """Bytes for a painter."""
        return devices.free_memory(self._device) + self._held

    def _why_not(self, painting: Painting) -> str:
        """Why FLUX.2 klein, which is installed, does not paint although nobody asked for another one; empty: it does.

        Asked again for every edit: memory comes and goes.
        """
        try:
            klein_options.check(painting)
        except UserError as error:
            return f"{_INSTEAD} {error}"
        if self._device.type == "cpu":
            return f"{_INSTEAD} FLUX.2 klein takes minutes on a processor, unless you ask for it."
        if self._loaded is not None and self._loaded[0] is PainterName.KLEIN:
            return ""
        try:
            lacking = self._unusable or self._least().lacking(self._room(), devices.free_memory(torch.device("cpu")))
        except ModelError as error:
            lacking = str(error)
        if lacking:
            return f"{_INSTEAD} {lacking}"
        return _TOO_LITTLE if self._room() <= self._too_little else ""


def _help(name: PainterName, painting: Painting) -> str:
    """What who has not enough memory can do about it."""
    if name is PainterName.KLEIN:
        return _NO_ROOM[name]
    remedies = ["select a smaller part of the picture", "close other programs"]
    if painting.preset != Preset.FAST:
        remedies.insert(0, "use the preset fast")
    return f"There is not enough memory for this edit: {', '.join(remedies[:-1])}, or {remedies[-1]}."
