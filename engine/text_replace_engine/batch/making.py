"""One picture of many: read, found, painted, looked at again and encoded, whichever process does that."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from text_replace_engine.batch.again import found_again
from text_replace_engine.batch.coco.known import known_places
from text_replace_engine.batch.entry import Entry, Made, NewObject, Result, Status
from text_replace_engine.batch.job import Broken, Job
from text_replace_engine.client.colours import Samples, eight_bits
from text_replace_engine.client.exchange import PictureInMemory, whole
from text_replace_engine.client.images import encode_grey
from text_replace_engine.client.replacing import Replacing
from text_replace_engine.client.report import Report
from text_replace_engine.client.source_file import OpenFile, SourceFile, read_source
from text_replace_engine.failures import failure_of
from text_replace_wire.api import EngineApi, IsCancelled, OnProgress, ignore, never
from text_replace_wire.errors import InternalError, NoPicture, NotFound, OutOfMemory, UserError

IMAGES = "images"
MASKS = "masks"
#: What is wrong with one picture; anything else would be with every other, too.
_OF_ONE = (NotFound, UserError, NoPicture, OutOfMemory, InternalError)


@dataclass(frozen=True)
class Settings:
    """What is kept of every picture of a run. suffix: of the results (`images.WRITABLE`). better_than: a result whose
    score is not above it is not kept. annotated: the new objects are found again.
    """

    suffix: str = ".png"
    better_than: float | None = None
    annotated: bool = True


@dataclass(frozen=True)
class _Painted:
    """One variation. samples: None where it is not kept."""

    score: float
    samples: Samples | None
    objects: tuple[NewObject | None, ...]


class Making:
    """A step is a method, and each needs those before it; whichever thread calls it. What goes wrong with this picture
    alone is in its entry, and the later steps do nothing; what would go wrong with every other is raised, as the
    TextReplaceError that it is.
    """

    def __init__(self, job: Job, asked: str, settings: Settings, open_file: OpenFile = read_source) -> None:
        """asked: see `Entry`."""
        self._job, self._asked, self._settings = job, asked, settings
        self._replacing = Replacing(job.wanted, open_file=open_file)
        self._painted: list[_Painted] = []
        self._failed: Report | None = None
        self._seconds = 0.0

    def read(self) -> None:
        """Read the files."""
        self._tried(self._replacing.read)

    def find(self, engine: EngineApi, on_progress: OnProgress = ignore, cancelled: IsCancelled = never) -> None:
        """Find the objects. Raises Cancelled besides."""
        self._tried(partial(self._find, engine, on_progress, cancelled))

    def paint(self, engine: EngineApi, on_progress: OnProgress = ignore, cancelled: IsCancelled = never) -> None:
        """Paint, and find what was painted. Raises Cancelled besides."""
        self._tried(partial(self._paint, engine, on_progress, cancelled))

    def finish(self) -> Made:
        """Encode the results; without any, the entry has the report."""
        files: dict[str, bytes] = {}
        self._tried(lambda: files.update(self._encoded()))
        return Made(self._entry(), files)

    def _tried(self, step: Callable[[], None]) -> None:
        if self._failed is not None:
            return
        started = time.perf_counter()
        try:
            step()
        except Exception as error:
            failure = failure_of(error)
            if not isinstance(failure, _OF_ONE):
                raise failure from error
            self._failed = self._replacing.reports[0].failed(failure)
        self._seconds += time.perf_counter() - started

    def _find(self, engine: EngineApi, on_progress: OnProgress, cancelled: IsCancelled) -> None:
        replacing = self._replacing
        if self._job.known:
            replacing.places = known_places(self._job, replacing.picture, engine, on_progress, cancelled)
        else:
            replacing.find(engine, on_progress, cancelled)

    def _paint(self, engine: EngineApi, on_progress: OnProgress, cancelled: IsCancelled) -> None:
        replacing, better_than = self._replacing, self._settings.better_than
        replacing.paint(engine, on_progress, cancelled)
        for number, report in enumerate(replacing.reports):
            score = _score(report)
            if better_than is not None and score <= better_than:
                self._painted.append(_Painted(score, None, ()))
                continue
            samples = replacing.composed(number, cancelled)
            objects = self._objects(samples, engine, on_progress, cancelled) if self._settings.annotated else ()
            self._painted.append(_Painted(score, samples, objects))

    def _objects(
        self, samples: Samples, engine: EngineApi, on_progress: OnProgress, cancelled: IsCancelled
    ) -> tuple[NewObject | None, ...]:
        wanted, pixels = self._job.wanted, eight_bits(samples)
        if wanted.painting.remove:
            return ()
        return tuple(
            found_again(
                engine,
                PictureInMemory(pixels, whole(edited.region, request)),
                pair.with_,
                category,
                wanted.models,
                on_progress,
                cancelled,
            )
            for pair, category, (request, edited) in zip(
                wanted.pairs, self._job.categories, self._replacing.answers, strict=True
            )
        )

    def _encoded(self) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        for number, painted in enumerate(self._painted):
            if painted.samples is not None:
                encoded = self._replacing.encoded(painted.samples, number, self._settings.suffix)
                encoded.check(Path(self._names[number]), partial(SourceFile, data=encoded.data))
                files[self._names[number]] = encoded.data
        if files:
            files[mask_name(self._job.id)] = encode_grey(self._replacing.region(never))
        return files

    @cached_property
    def _names(self) -> list[str]:
        return image_names(self._job.id, self._job.wanted.variations, self._settings.suffix)

    def _entry(self) -> Entry:
        job, replacing = self._job, self._replacing
        report = self._failed or replacing.reports[0]
        entry = Entry(
            job.id,
            self._asked,
            Status.DONE,
            str(job.wanted.source),
            size=report.size,
            seconds=round(self._seconds, 3),
        )
        if self._failed is None and self._painted:
            return dataclasses.replace(entry, results=tuple(map(self._result, range(len(self._painted)))))
        entry = dataclasses.replace(entry, report=json.loads(report.json()))
        if report.error is None:
            return entry
        kind, sentence = report.error["kind"], report.error["message"]
        return dataclasses.replace(
            entry,
            status=Status.NOT_FOUND if kind == NotFound.kind else Status.FAILED,
            kind=kind,
            error=f"{job.about}{sentence}",
        )

    def _result(self, number: int) -> Result:
        painted, report = self._painted[number], self._replacing.reports[number]
        assert report.seed is not None
        return Result(
            file="" if painted.samples is None else self._names[number],
            seed=report.seed,
            score=painted.score,
            objects=painted.objects,
            report=json.loads(report.json()),
        )


def made(
    job: Job,
    asked: str,
    settings: Settings,
    engine: EngineApi,
    on_progress: OnProgress = ignore,
    cancelled: IsCancelled = never,
    open_file: OpenFile = read_source,
) -> Made:
    """All steps of `Making`, one after the other."""
    making = Making(job, asked, settings, open_file)
    making.read()
    making.find(engine, on_progress, cancelled)
    making.paint(engine, on_progress, cancelled)
    return making.finish()


def entry_of(broken: Broken) -> Entry:
    """Of what cannot be made at all."""
    return Entry(broken.id, broken.why, Status.FAILED, "", kind=broken.kind, error=broken.why)


def image_names(identifier: str, variations: int, suffix: str) -> list[str]:
    """Of the results of a picture, one for each variation."""
    endings = [""] if variations == 1 else [f"-{number + 1}" for number in range(variations)]
    return [f"{IMAGES}/{identifier}{ending}{suffix}" for ending in endings]


def mask_name(identifier: str) -> str:
    """Of a picture's edit region, which all results have."""
    return f"{MASKS}/{identifier}.png"


def _score(report: Report) -> float:
    """Of the worst pair, whose best sample has it under the scorer's name, beside its seed."""
    bests = [pair.samples[0] for pair in report.pairs]
    return min(float(value) for best in bests for name, value in best.items() if name != "seed")
