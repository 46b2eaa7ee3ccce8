"""The whole job: `find` and `edit` as generators that yield progress and end with the result. Dropping one cancels
it.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from torch import Tensor

from text_replace_engine import devices
from text_replace_engine.finding.cache import Remembered, selected
from text_replace_engine.finding.match import Choice, choose, embedded
from text_replace_engine.finding.segment import segment, within
from text_replace_engine.models.bundle import Models, is_installed, is_outdated, load_models, load_vocabulary
from text_replace_engine.models.vocabulary import refusal
from text_replace_engine.painting.areas import Part, parts_of
from text_replace_engine.painting.guided.memory import Plan, needed, plans, use_checkpointing
from text_replace_engine.painting.guided.samples import EditStep, Samples, class_of, edit
from text_replace_engine.painting.guided.sampling.presets import Settings, adjusted
from text_replace_engine.painting.region import edit_region
from text_replace_engine.painting.upscale import upscale
from text_replace_engine.tensors import colour, from_plane, luma, opacity, place, resample, sample_box, to_plane
from text_replace_wire.errors import BadSelection, CannotPaint, OutOfMemory
from text_replace_wire.geometry import Box, edit_box
from text_replace_wire.messages import (
    Candidate,
    Edit,
    Edited,
    Find,
    Found,
    MaskKind,
    ModelChoice,
    Plane,
    Progress,
    Stage,
    check_prompt,
)

log = logging.getLogger(__name__)

_PREVIEW_EVERY = 2
_PREVIEW_SIDE = 256
_OWN = "text-replace"
_VERSIONED = (_OWN, "torch", "torchvision", "transformers", "diffusers", "open_clip_torch", "lpips", "numpy")
#: Not more candidates than a user could look at.
_MOST_CANDIDATES = 24


class Pipeline:
    """Models on one device, loaded when first needed and kept. Not thread-safe: one worker owns it."""

    def __init__(self, device: str | None = None, dtype: str | None = None) -> None:
        """device: a torch device ("cpu", "cuda:0"); dtype of the networks: "float32", "float16", "bfloat16"; None:
        chosen here. Pictures are float32.

        Raises UserError for a device that this machine does not have, or that cannot compute in `dtype`.
        """
        self._device = devices.usable(device) if device else devices.best()
        self._dtype = devices.check_dtype(self._device, dtype) if dtype else None
        self._loaded: dict[str, Models] = {}
        self._remembered = Remembered()

    @property
    def loaded(self) -> tuple[str, ...]:
        return tuple(self._loaded)

    @property
    def device_name(self) -> str:
        return str(self._device)

    def warm(self, which: ModelChoice) -> None:
        """Load the models now. Raises ModelMissing or ModelDamaged."""
        self._models(which)

    def check_edit_prompt(self, with_: str, models: ModelChoice) -> None:
        """Raises BadPrompt, or CannotPaint where these models know no name in `with_`; loads no network."""
        prompt = check_prompt(with_, "With")
        name = resolve(models)
        vocabulary = load_vocabulary(name)
        message = None if vocabulary is None else refusal(prompt, vocabulary, name)
        if message is not None:
            raise CannotPaint(message)

    def find(self, request: Find) -> Generator[Progress, None, Found]:
        """Segments, ranked by CLIP. Raises CannotPaint, ModelError and OutOfMemory."""
        if request.with_ is not None:
            self.check_edit_prompt(request.with_, request.models)
        clock = _Clock()
        with devices.memory_guard():
            yield Progress(Stage.LOADING, 0, 1)
            with clock.stage(Stage.LOADING):
                models = self._models(request.models)
            source = from_plane(request.image)
            image, visible = colour(source).to(self._device), opacity(source)[0, 0].numpy() > 0
            yield Progress(Stage.SEGMENT, 0, 1)
            with clock.stage(Stage.SEGMENT):
                seen = self._remembered.picture(
                    models.files, request.image, lambda: within(segment(image, models.segmenter), visible)
                )
                segments = selected(seen.segments, request.selection)
            yield Progress(Stage.CHOOSE, 0, 1)
            with clock.stage(Stage.CHOOSE):
                segments = segments[:_MOST_CANDIDATES]
                vectors = seen.vectors_of(request.selection, lambda: embedded(image, segments, models.clip))
                choice = choose(image, segments, request.replace.strip(), models.clip, models.floor, vectors=vectors)
        candidates = tuple(_candidates(choice, request))
        explanation = "" if choice.chosen else _explain(request, choice)
        return Found(candidates, choice.chosen, explanation, self._report(models, clock))

    def edit(self, request: Edit) -> Generator[Progress, bool | None, Edited]:
        """The new pixels of the box. Sent True it ends early, with the best so far. Raises CannotPaint, BadSelection,
        ModelError and OutOfMemory.
        """
        self.check_edit_prompt(request.with_, request.models)
        clock, settings = _Clock(), adjusted(request.preset, request.adjustments)
        with devices.memory_guard():
            yield Progress(Stage.LOADING, 0, 1)
            with clock.stage(Stage.LOADING):
                models = self._models(request.models)
            source = from_plane(request.image).to(self._device)
            image, grey = colour(source), source.shape[1] < 3
            with clock.stage(Stage.COMPOSITE):
                object_mask, region = self._masks(request, settings)
            if not bool((region > 0).any()):
                raise BadSelection("There is nothing to replace: the selection and the object do not overlap.")
            with clock.stage(Stage.EDIT):
                parts, samples, plan, warnings = yield from self._paint(request, settings, models, image, region, grey)
            yield Progress(Stage.UPSCALE, 0, 1)
            pixels = image
            for part, picture in zip(parts, samples.painted[0].images, strict=True):
                with clock.stage(Stage.UPSCALE):
                    enlarged = upscale(picture, (part.area.height, part.area.width), models.upscaler)
                with clock.stage(Stage.COMPOSITE):
                    pixels = place(pixels, enlarged, part.area, part.region)
            pixels = luma(pixels) if grey else pixels
        report = self._report(models, clock) | _sampling_report(request, parts, samples, plan) | {"warnings": warnings}
        told = class_of(request.with_.strip(), models)
        if told is not None:
            report["class"] = told
        return Edited(to_plane(pixels), to_plane(region), to_plane(object_mask), report)

    def _paint(
        self, request: Edit, settings: Settings, models: Models, image: Tensor, region: Tensor, grey: bool
    ) -> Generator[Progress, bool | None, tuple[list[Part], Samples, Plan, list[str]]]:
        """Paint in the best way that fits into memory; where one turns out not to fit, in the next."""
        keep_at, prompt = request.adjustments.keep_at, request.with_.strip()
        ways = list(plans(settings, models, request.working_size, request.adjustments.cutouts, self._device))
        free = devices.free_memory(self._device)
        for plan in (way for way in ways if needed(way, settings, models) <= free):
            warnings = plan.warnings(ways[0])
            use_checkpointing(models.denoiser, plan.checkpointing)
            fitted = dataclasses.replace(settings, cutouts=plan.cutouts)
            parts = parts_of(region, models.denoiser, plan.working_size, refined=settings.refined > 0)
            steps = edit(image, parts, prompt, fitted, request.seed, models, grey, keep_at, plan.batch)
            try:
                with devices.memory_guard():
                    samples = yield from _with_progress(steps, request.box, " ".join(warnings))
            except OutOfMemory as error:
                log.warning("Out of memory with %s: %s", plan, error.__cause__)
            else:
                return parts, samples, plan, warnings
            devices.release(self._device)
        raise devices.out_of_memory()

    def _masks(self, request: Edit, settings: Settings) -> tuple[Tensor, Tensor]:
        mask = from_plane(request.mask).to(self._device)
        if request.mask_kind is MaskKind.REGION:
            return mask, mask
        object_mask = sample_box(mask, request.layer_size, request.box)
        adjustments = request.adjustments
        region = edit_region(object_mask, adjustments.grow, adjustments.feather) if settings.grown else object_mask
        if request.selection is not None:
            region = region * from_plane(request.selection).to(region)
        return object_mask, region

    def _models(self, which: ModelChoice) -> Models:
        name = resolve(which)
        if name not in self._loaded or is_outdated(self._loaded[name]):
            self._loaded[name] = load_models(name, self._device, self._dtype)
        return self._loaded[name]

    def _report(self, models: Models, clock: _Clock) -> dict[str, Any]:
        return {
            "family": models.name,
            "models": [dataclasses.asdict(each) for each in models.files],
            "seconds": {stage: round(seconds, 3) for stage, seconds in clock.seconds.items()},
            "device": self.device_name,
            "dtype": str(models.denoiser.network.dtype).removeprefix("torch."),
            "versions": versions(),
        }


def _with_progress(
    steps: Generator[EditStep, bool | None, Samples], box: Box, note: str
) -> Generator[Progress, bool | None, Samples]:
    kept = None
    while True:
        try:
            step = steps.send(kept)
        except StopIteration as end:
            samples: Samples = end.value
            return samples
        if step.part_index % _PREVIEW_EVERY:
            kept = yield Progress(Stage.EDIT, step.index, step.total, note=note)
        else:
            height, width = step.denoised.shape[-2:]
            scale = min(1.0, _PREVIEW_SIDE / max(height, width))
            preview = to_plane(resample(step.denoised, (round(height * scale), round(width * scale))))
            shown = step.area.moved(box.x0, box.y0)
            kept = yield Progress(Stage.EDIT, step.index, step.total, preview, shown, note)


def resolve(which: ModelChoice) -> str:
    """The name of the models that a choice means: `auto` is the full ones when installed, else the starter's."""
    if which is ModelChoice.AUTO:
        return "full" if is_installed("full") else "starter"
    return str(which.value)


def versions() -> dict[str, str]:
    """Versions of everything that can change a picture; a package that is not installed is left out."""
    found = {}
    for package in _VERSIONED:
        with suppress(PackageNotFoundError):
            # The report's key for our own package is older than that package's name.
            found[package] = version("gimp-text-replace" if package == _OWN else package)
    return found


@dataclass
class _Clock:
    """Seconds spent in each stage, adding up where one comes back."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[stage.value] = self.seconds.get(stage.value, 0.0) + time.perf_counter() - started


def _candidates(choice: Choice, request: Find) -> Iterator[Candidate]:
    for rank, scored in enumerate(choice.ranked):
        pixels = scored.segment.pixels
        box = scored.box.scaled(request.image.size, request.layer_size)
        ratio = request.layer_size[0] * request.layer_size[1] / (request.image.width * request.image.height)
        mask = Plane(request.image.width, request.image.height, 1, (pixels * np.uint8(255)).tobytes())
        yield Candidate(
            rank=rank,
            label=scored.segment.label,
            probability=scored.probability,
            presence=scored.presence,
            box=box,
            edit_box=edit_box(box, request.layer_size),
            area=round(int(pixels.sum()) * ratio),
            mask=mask,
        )


def _explain(request: Find, choice: Choice) -> str:
    seen = list(dict.fromkeys(scored.segment.label for scored in choice.ranked))
    what = ", ".join(seen) if seen else "nothing I know"
    where = "the selection" if request.selection is not None else "the picture"
    sought = f"I looked for “{request.replace.strip()}” in {where} and saw {what}"
    return f"{sought}: try one of these words, or select the object."


def _sampling_report(request: Edit, parts: list[Part], samples: Samples, plan: Plan) -> dict[str, Any]:
    best = samples.painted[0]
    sizes = [image.shape[-2:] for image in best.images]
    return {
        "seed": request.seed,
        "preset": request.preset.value,
        "samples": [{"seed": each.seed, "clip": round(each.clip, 4)} for each in samples.painted],
        "steps": len(best.losses),
        "losses": [dataclasses.asdict(each) for each in best.losses],
        "kept_at": samples.kept_at,
        "background_error": best.background_error,
        **request.adjustments.recorded(),
        "cutouts": plan.cutouts[1],
        "working_size": plan.working_size,
        "refined": [[size[1], size[0]] for part, size in zip(parts, sizes, strict=True) if size != part.shape],
        "batch": plan.batch,
        "checkpointing": plan.checkpointing,
    }
