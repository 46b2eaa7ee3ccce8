"""The whole job: `find` and `edit` as generators that yield progress and end with the result. Dropping one cancels
it.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import torch
from text_replace_wire.errors import BadSelection, CannotPaint, OutOfMemory, UserError
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
from torch import Tensor

from .choose import Choice, choose
from .edit import EditStep, Samples, class_of, edit, parts_of
from .models.bundle import Models, is_installed, is_outdated, load_models, load_vocabulary
from .models.vocabulary import refusal
from .region import edit_region
from .sampling.presets import Settings, adjusted
from .segment import segment
from .tensors import colour, from_plane, luma, place, resample, sample_box, to_plane
from .upscale import upscale

_PREVIEW_EVERY = 2
_PREVIEW_SIDE = 256
_LARGEST_WORKING_SIZE = 1024
_VERSIONED = ("text-replace", "torch", "torchvision", "transformers", "diffusers", "open_clip_torch", "lpips", "numpy")
#: Not more candidates than a user could look at.
_MOST_CANDIDATES = 24


class Pipeline:
    """Models on one device, loaded when first needed and kept. Not thread-safe: one worker owns it."""

    def __init__(self, device: str | None = None, dtype: str | None = None) -> None:
        """device: a torch device ("cpu", "cuda:0"); dtype: "float32", "float16", "bfloat16"; None: chosen here.

        Raises UserError for a device that this machine does not have, or that cannot compute in `dtype`.
        """
        self._device = _usable(device) if device else _best_device()
        self._dtype: torch.dtype = getattr(torch, dtype) if dtype else torch.float32
        # torch has no antialiased resampling in half precision on processors.
        if self._device.type == "cpu" and self._dtype is not torch.float32:
            raise UserError(f"The processor cannot compute in {dtype}: leave out --dtype, or use float32.")
        self._loaded: dict[str, Models] = {}

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
        with _memory_guard():
            yield Progress(Stage.LOADING, 0, 1)
            with clock.stage(Stage.LOADING):
                models = self._models(request.models)
            image = colour(from_plane(request.image)).to(self._device, self._dtype)
            yield Progress(Stage.SEGMENT, 0, 1)
            with clock.stage(Stage.SEGMENT):
                segments = segment(image, models.segmenter)
                if request.selection is not None:
                    allowed = from_plane(request.selection)[0, 0].numpy() > 0
                    cut = [dataclasses.replace(each, pixels=each.pixels & allowed) for each in segments]
                    segments = [each for each in cut if each.pixels.any()]
            yield Progress(Stage.CHOOSE, 0, 1)
            with clock.stage(Stage.CHOOSE):
                choice = choose(image, segments[:_MOST_CANDIDATES], request.replace.strip(), models.clip, models.floor)
        candidates = tuple(_candidates(choice, request))
        explanation = "" if choice.chosen else _explain(request, choice)
        return Found(candidates, choice.chosen, explanation, self._report(models, clock))

    def edit(self, request: Edit) -> Generator[Progress, bool | None, Edited]:
        """The new pixels of the box. Sent True it ends early, with the best so far. Raises CannotPaint, BadSelection,
        ModelError and OutOfMemory.
        """
        self.check_edit_prompt(request.with_, request.models)
        clock, settings = _Clock(), adjusted(request.preset, request.adjustments)
        with _memory_guard():
            yield Progress(Stage.LOADING, 0, 1)
            with clock.stage(Stage.LOADING):
                models = self._models(request.models)
            source = from_plane(request.image).to(self._device, self._dtype)
            image, grey = colour(source), source.shape[1] < 3
            with clock.stage(Stage.COMPOSITE):
                object_mask, region = self._masks(request, settings)
            working_size = _working_size(request, models)
            parts = parts_of(region)
            if not parts:
                raise BadSelection("There is nothing to replace: the selection and the object do not overlap.")
            with clock.stage(Stage.EDIT):
                prompt, keep_at = request.with_.strip(), request.adjustments.keep_at
                samples = yield from _with_progress(
                    edit(image, parts, prompt, settings, request.seed, models, working_size, grey, keep_at), request.box
                )
            yield Progress(Stage.UPSCALE, 0, 1)
            pixels = image
            for part, picture in zip(parts, samples.painted[0].images, strict=True):
                with clock.stage(Stage.UPSCALE):
                    enlarged = upscale(picture, part.square.width, models.upscaler)
                with clock.stage(Stage.COMPOSITE):
                    pixels = place(pixels, enlarged, part.square, part.region)
            pixels = luma(pixels) if grey else pixels
        report = self._report(models, clock) | _sampling_report(request, samples) | {"working_size": working_size}
        told = class_of(request.with_.strip(), models)
        if told is not None:
            report["class"] = told
        return Edited(to_plane(pixels), to_plane(region), to_plane(object_mask), report)

    def _masks(self, request: Edit, settings: Settings) -> tuple[Tensor, Tensor]:
        mask = from_plane(request.mask).to(self._device, self._dtype)
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
            "dtype": str(self._dtype).removeprefix("torch."),
            "versions": versions(),
        }


def _with_progress(
    steps: Generator[EditStep, bool | None, Samples], box: Box
) -> Generator[Progress, bool | None, Samples]:
    kept = None
    while True:
        try:
            step = steps.send(kept)
        except StopIteration as end:
            samples: Samples = end.value
            return samples
        if step.part_index % _PREVIEW_EVERY:
            kept = yield Progress(Stage.EDIT, step.index, step.total)
        else:
            side = min(_PREVIEW_SIDE, step.denoised.shape[-1])
            preview = to_plane(resample(step.denoised, (side, side)))
            kept = yield Progress(Stage.EDIT, step.index, step.total, preview, step.square.moved(box.x0, box.y0))


def _working_size(request: Edit, models: Models) -> int:
    size, multiple = request.working_size or models.denoiser.size, models.denoiser.multiple
    if size % multiple or not multiple <= size <= _LARGEST_WORKING_SIZE:
        raise UserError(
            f"The working size is {size}; these models take multiples of {multiple} up to {_LARGEST_WORKING_SIZE}."
        )
    return size


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
            found[package] = version(package)
    return found


def _usable(name: str) -> torch.device:
    try:
        return torch.zeros(1, device=name).device
    # torch without CUDA raises an AssertionError.
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"This machine has no device “{name}”: leave the choice to the engine, or use cpu.") from error


def _best_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@dataclass
class _Clock:
    """Seconds spent in each stage, adding up where one comes back."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[stage.value] = self.seconds.get(stage.value, 0.0) + time.perf_counter() - started


@contextmanager
def _memory_guard() -> Iterator[None]:
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise _out_of_memory() from error
    except RuntimeError as error:
        # torch's CPU allocator raises a plain RuntimeError.
        if "can't allocate memory" not in str(error):
            raise
        raise _out_of_memory() from error


def _out_of_memory() -> OutOfMemory:
    return OutOfMemory(
        "There is not enough memory for this edit: select a smaller part of the picture, or close other programs."
    )


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


def _sampling_report(request: Edit, samples: Samples) -> dict[str, Any]:
    best = samples.painted[0]
    return {
        "seed": request.seed,
        "preset": request.preset.value,
        "samples": [{"seed": each.seed, "clip": round(each.clip, 4)} for each in samples.painted],
        "steps": len(best.losses),
        "losses": [dataclasses.asdict(each) for each in best.losses],
        "kept_at": samples.kept_at,
        **request.adjustments.recorded(),
    }
