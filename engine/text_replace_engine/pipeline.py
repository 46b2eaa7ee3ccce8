"""The whole job: `find` and `edit` as generators that yield what happens and end with the result. Dropping one cancels
it. The only place where finding, painting and model sets meet.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Generator, Sequence
from typing import Any

import torch
from torch import Tensor

from text_replace_engine import devices
from text_replace_engine.clock import Clock, versions
from text_replace_engine.colouring import apart, notes
from text_replace_engine.models.vocabulary import Reading
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.fading import faded
from text_replace_engine.painting.masks import masks
from text_replace_engine.painting.painter import Canvas, OnSample, Plan, Preview, Sample
from text_replace_engine.painting.scorer import best_first
from text_replace_engine.painting.shares import shares_of
from text_replace_engine.rendering import check_finite, rendered
from text_replace_engine.search import search
from text_replace_engine.sets.model_set import LoadedSet, ModelSet
from text_replace_engine.sets.registry import resolved
from text_replace_engine.steps import relayed
from text_replace_engine.tensors import colour, from_plane, resample, to_plane
from text_replace_engine.words import as_typed, check, left_out, plain, told_of
from text_replace_wire.api import never
from text_replace_wire.errors import BadSelection, NoPicture, OutOfMemory
from text_replace_wire.messages import Edit, EditDone, Find, Found, MaskKind, Progress, Stage, Variation
from text_replace_wire.options import AUTO, seeds_from

log = logging.getLogger(__name__)
_PREVIEW_EVERY = 2
_PREVIEW_SIDE = 256
#: The number format in which networks compute what they computed where they learnt.
_SAFE = "float32"


class Pipeline:
    """One model set on one device, loaded when first needed and kept. Not thread-safe: one worker owns it."""

    def __init__(self, device: str | None = None, dtype: str | None = None, threads: int | None = None) -> None:
        """device: a torch device ("cpu", "cuda:0"); dtype of the networks: "float32", "float16", "bfloat16"; threads of
        the processor; None: chosen here. Pictures are float32.

        Raises UserError for a device that this machine does not have, or that cannot compute in `dtype`.
        """
        self._device = devices.usable(device) if device else devices.best()
        self._dtype = devices.check_dtype(self._device, dtype) if dtype else None
        self._threads, self._all_threads = threads, torch.get_num_threads()
        self._on_sample: OnSample | None = None
        self._loaded: tuple[str, object, LoadedSet] | None = None
        #: Ids of sets that computed no picture in the number format that was chosen here.
        self._overflowing: set[str] = set()

    @property
    def loaded(self) -> tuple[str, ...]:
        """The ids of the sets in memory."""
        return () if self._loaded is None else (self._loaded[0],)

    @property
    def device_name(self) -> str:
        """Of the torch device."""
        return str(self._device)

    def observe(self, on_sample: OnSample) -> None:
        """Tell it, from now on, of what the painter makes, for who measures that."""
        self._on_sample = on_sample

    def warm(self, models: str = AUTO) -> None:
        """Load a model set now. Raises UserError, ModelError and OutOfMemory."""
        with devices.memory_guard():
            self._models(models)

    def find(self, request: Find) -> Generator[Progress, None, Found]:
        """The candidates, ranked. Raises UserError, ModelError and OutOfMemory."""
        model_set = resolved(request.models)
        if request.with_ is not None or request.painting.remove:
            check(model_set, request.with_ or "", request.painting)
        clock = Clock()
        with devices.memory_guard():
            yield Progress(Stage.LOADING, 0, 1)
            with clock.stage(Stage.LOADING):
                models = self._models(model_set.id)
            found = yield from search(request, model_set, models, self._device, clock)
        return dataclasses.replace(found, report={**self._report(models, clock), **found.report})

    def edit(self, request: Edit, kept: Callable[[], bool] = never) -> Generator[Progress | Variation, None, EditDone]:
        """The variations of the box, each as soon as it is painted. Once `kept()` is true it ends early, with the best
        so far. Raises UserError, ModelError and OutOfMemory.
        """
        model_set = resolved(request.models)
        check(model_set, request.with_, request.painting)
        sent: list[Variation] = []

        def told(news: Progress | Variation) -> Progress | Variation:
            if isinstance(news, Variation):
                sent.append(news)
            return news

        try:
            return (yield from relayed(self._edit(request, model_set, kept), told))
        except NoPicture:
            if self._dtype is not None or self._models(model_set.id).dtype == _SAFE:
                raise
            log.warning("The %s models computed no picture; from now on they compute in %s.", model_set.id, _SAFE)
            self._overflowing.add(model_set.id)
            self._let_go()
            if sent:
                raise
        return (yield from self._edit(request, model_set, kept))

    def _edit(
        self, request: Edit, model_set: ModelSet, kept: Callable[[], bool]
    ) -> Generator[Progress | Variation, None, EditDone]:
        clock = Clock()
        with devices.memory_guard():
            yield Progress(Stage.LOADING, 0, 1)
            with clock.stage(Stage.LOADING):
                models = self._models(model_set.id)
            source = from_plane(request.image).to(self._device)
            with clock.stage(Stage.COMPOSITE):
                picture = colour(source)
                masked = masks(request, models.painter, picture)
            if not bool((masked.region > 0).any()):
                raise BadSelection("There is nothing to replace: the selection and the object do not overlap.")
            replaced = None if request.mask_kind is MaskKind.REGION else as_typed(request.replace)
            told, grey = told_of(request, models, model_set), request.grey or source.shape[1] < 3
            shares = shares_of(picture, masked.region, masked.room, told)
            canvas = Canvas(picture, masked.region, grey, replaced, shares, masked.gone)
            painted = yield from self._variations(request, models, canvas, told, clock, kept)
            shown = (from_plane(each.pixels) for each in painted)
            region = faded(masked.region, masked.object_mask, picture, shown) if masked.fades else masked.region
        return EditDone(to_plane(region), to_plane(masked.object_mask))

    def _variations(
        self,
        request: Edit,
        models: LoadedSet,
        canvas: Canvas,
        told: Reading,
        clock: Clock,
        kept: Callable[[], bool],
    ) -> Generator[Progress | Variation, None, list[Variation]]:
        """Paint in the best way that fits into memory; where one turns out not to fit, in the next."""
        done: list[Variation] = []
        painting = request.painting
        samples = models.painter.samples(painting)
        most = request.variations if samples == 1 else samples
        plans = models.painter.plans(painting, most, request.batch, devices.free_memory(self._device))
        plan, first = next(plans, None), 0
        while first < request.variations:
            if plan is None:
                raise OutOfMemory
            count = min(plan.batch, request.variations - first) if samples == 1 else 1
            if request.place is None or first <= request.place < first + count:
                work = self._together(request, models, canvas, told, clock, plan, range(first, first + count), kept)
                painted = None
                try:
                    with devices.memory_guard():
                        painted = yield from work
                except OutOfMemory as error:
                    log.warning("Out of memory with %s: %s", plan, error.__cause__)
                if painted is None:
                    # Not in the handler: its error holds on to all that was half painted.
                    devices.release(self._device)
                    plan = next(plans, None)
                    continue
                yield from painted
                done += painted
                if kept():
                    break
                clock = Clock()
            first += count
        return done

    def _together(
        self,
        request: Edit,
        models: LoadedSet,
        canvas: Canvas,
        told: Reading,
        clock: Clock,
        plan: Plan,
        numbers: range,
        kept: Callable[[], bool],
    ) -> Generator[Progress, None, list[Variation]]:
        """The variations of these numbers, painted beside each other."""
        painter, painting, model_set = models.painter, request.painting, resolved(request.models)
        prompt = told.text
        warnings = [*left_out("With", told, model_set), *notes(told, canvas), *plan.warnings]
        per_variation = painter.samples(painting)
        course = Course(kept, painting.keep_at)
        seeds = seeds_from(request.seed + numbers.start * per_variation, len(numbers) * per_variation)

        def seen(preview: Preview) -> Progress:
            return _progress(request, preview, course, warnings, numbers)

        with clock.stage(Stage.EDIT):
            work = painter.paint(plan, painting, canvas, prompt, seeds, course)
            samples: list[Sample] = yield from relayed(work, seen)
            for sample in samples:
                for view in sample.views:
                    check_finite(view)
            scores = _scores(request, models, samples, prompt)
        variations = []
        for place, number in enumerate(numbers):
            own = range(place * per_variation, min((place + 1) * per_variation, len(samples)))
            if not own or (request.place is not None and number > request.place):
                break
            ranked = [own[index] for index in best_first([scores[index] for index in own])]
            with clock.stage(Stage.EDIT):
                refining = painter.refine(plan, painting, canvas, prompt, samples[ranked[0]], course)
                best: Sample = yield from relayed(refining, seen)
            if request.place is not None and number != request.place:
                continue
            if self._on_sample is not None:
                self._on_sample(canvas, best)
            news = Progress(Stage.UPSCALE, 0, 1, variation=number, variations=request.variations)
            with clock.stage(Stage.UPSCALE):
                pixels, missed = yield from _rendered(models, canvas, told, best, news)
            report = {
                **self._report(models, clock),
                **painter.facts(plan, painting, best, prompt),
                "seed": seeds[own.start],
                "preset": painting.preset,
                "grow": painting.grow,
                "feather": painting.feather,
                "remnants": painting.remnants,
                "samples": [
                    {"seed": samples[index].seed, models.scorer.name: round(scores[index], 4)} for index in ranked
                ],
                "kept_at": course.kept_at,
                "batch": plan.batch,
                "variations": len(numbers),
                "place": place,
                "objects": [dataclasses.asdict(thing) for thing in apart(told, canvas)],
                "warnings": [*warnings, *missed],
            }
            variations.append(Variation(to_plane(pixels[:, : 1 if request.image.channels < 3 else 3]), report))
        return variations

    def _models(self, models: str) -> LoadedSet:
        model_set = resolved(models)
        stamp = model_set.stamp()
        if self._loaded is None or self._loaded[:2] != (model_set.id, stamp):
            # Two sets at once may not fit.
            self._let_go()
            dtype = devices.check_dtype(self._device, _SAFE) if model_set.id in self._overflowing else self._dtype
            self._loaded = model_set.id, stamp, model_set.load(self._device, dtype)
            devices.use_threads(self._threads or self._loaded[2].threads or self._all_threads)
        return self._loaded[2]

    def _let_go(self) -> None:
        self._loaded = None
        devices.release(self._device)

    def _report(self, models: LoadedSet, clock: Clock) -> dict[str, Any]:
        return {
            "family": self.loaded[0],
            "models": [dataclasses.asdict(file) for file in models.files],
            "seconds": clock.rounded(),
            "device": self.device_name,
            "dtype": models.dtype,
            "threads": torch.get_num_threads(),
            "versions": versions(),
        }


def _rendered(
    models: LoadedSet, canvas: Canvas, told: Reading, sample: Sample, news: Progress
) -> Generator[Progress, None, tuple[Tensor, list[str]]]:
    yield news
    return (yield from relayed(rendered(models, canvas, told, sample), lambda _: news))


def _scores(request: Edit, models: LoadedSet, samples: Sequence[Sample], prompt: str) -> Sequence[float]:
    """Higher is better."""
    if not request.painting.remove:
        return models.scorer.scores(samples, prompt)
    # The less there is to see of what was removed.
    return [-score for score in models.scorer.scores(samples, plain(request.replace))]


def _progress(request: Edit, preview: Preview, course: Course, warnings: Sequence[str], numbers: range) -> Progress:
    view, box = None, None
    if preview.number % _PREVIEW_EVERY == 0:
        height, width = preview.picture.shape[-2:]
        scale = min(1.0, _PREVIEW_SIDE / max(height, width))
        view = to_plane(resample(preview.picture, (round(height * scale), round(width * scale))))
        box = preview.area.moved(request.box.x0, request.box.y0)
    note = " ".join(warnings)
    return Progress(
        Stage.EDIT, course.done, course.total, view, box, note, numbers.start, request.variations, len(numbers)
    )
