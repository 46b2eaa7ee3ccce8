"""The edit of one picture file, whatever engine is asked: read, find, paint, compose, encode."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from text_replace_engine.client.colours import Samples
from text_replace_engine.client.exchange import PictureInMemory, Pixels, composed, composed_region, region_of
from text_replace_engine.client.images import (
    DecodedPicture,
    EncodedPicture,
    encode_picture,
    read_grey,
    read_picture,
    read_where,
)
from text_replace_engine.client.report import UNPAINTED, PairReport, Report
from text_replace_engine.client.source_file import OpenFile, read_source
from text_replace_engine.client.wanted import Wanted
from text_replace_wire.api import Edited, EngineApi, IsCancelled, OnProgress, ignore
from text_replace_wire.building import edit_request, find_request
from text_replace_wire.messages import Edit
from text_replace_wire.pairs import check_apart, place_of
from text_replace_wire.where import Where


class Replacing:
    """A step is a method, and each needs those before it; whichever thread calls it. Raise the TextReplaceError that
    they fail with.

    reports: of each variation; one, of how far it came, until it is painted.
    """

    def __init__(
        self, wanted: Wanted, on_report: Callable[[Report], None] = ignore, open_file: OpenFile = read_source
    ) -> None:
        """on_report: told of every newer one of the first variation."""
        self.wanted = wanted
        self.reports = [_unread(wanted)]
        self.places: Sequence[Where] = ()
        #: One of each pair: the request and its answer.
        self.answers: list[tuple[Edit, Edited]] = []
        self._on_report = on_report
        self._open_file = open_file
        self._file: DecodedPicture | None = None
        self._picture: PictureInMemory | None = None

    @property
    def file(self) -> DecodedPicture:
        assert self._file is not None
        return self._file

    @property
    def picture(self) -> PictureInMemory:
        assert self._picture is not None
        return self._picture

    def read(self) -> None:
        """The picture file, and those of `where` or `region`."""
        wanted, open_file = self.wanted, self._open_file
        self._file = read_picture(wanted.source, wanted.page, open_file)
        self._now(dataclasses.replace(self.reports[0], size=self.file.size))
        region = None if wanted.region is None else read_grey(wanted.region, self.file.size, "--region", open_file)
        where = read_where(wanted.where, self.file.size, open_file)
        self._picture = PictureInMemory(self.file.pixels, where if region is None else region)

    def find(self, engine: EngineApi, on_progress: OnProgress, cancelled: IsCancelled) -> None:
        """Where each pair's object is. Raises NotFound, and BadSelection where two are the same."""
        wanted = self.wanted
        if wanted.region is not None:
            self.places = [region_of(self.picture)]
            return
        places, at = [], wanted.pointed
        for number, pair in enumerate(wanted.pairs):
            query = find_request(
                self.picture,
                pair.replace,
                wanted.models,
                pair.with_,
                wanted.painting,
                at.points,
                at.box,
                wanted.select,
            )
            found = engine.find(query, on_progress, cancelled)
            self._now(self.reports[0].found(found, wanted.picked or found.chosen, number))
            places.append(place_of(pair, found, wanted.pairs, wanted.picked))
        check_apart(wanted.pairs, places)
        self.places = places

    def paint(self, engine: EngineApi, on_progress: OnProgress, cancelled: IsCancelled) -> None:
        """All variations of every pair, each painted from the picture as it was read."""
        wanted, reports = self.wanted, self.reports * self.wanted.variations
        for number, (pair, place) in enumerate(zip(wanted.pairs, self.places, strict=True)):
            request = edit_request(
                self.picture,
                place,
                pair.replace,
                pair.with_,
                wanted.seed,
                wanted.models,
                wanted.painting,
                wanted.variations,
            )
            edited = engine.edit(request, on_progress, cancelled)
            self.answers.append((request, edited))
            reports = [
                report.edited(variation, number) for report, variation in zip(reports, edited.variations, strict=True)
            ]
            self._now(*reports)

    def composed(self, variation: int, cancelled: IsCancelled) -> Samples:
        """The whole picture with a variation in place, in as many bits as were read."""
        return composed(self.file.samples, self.answers, cancelled, variation)

    def region(self, cancelled: IsCancelled) -> Pixels:
        """How much of the whole picture (h, w) is new in every variation, 0 to 255."""
        return composed_region(self.answers, cancelled)

    def encoded(self, samples: Samples, variation: int, suffix: str) -> EncodedPicture:
        """What `composed` gave, as a file (see `images.WRITABLE`); the variation's report says what it keeps."""
        encoded = encode_picture(samples, self.file, suffix, self.wanted.mark)
        kept = encoded.kept
        reports = self.reports.copy()
        reports[variation] = reports[variation].read_and_written(
            self.file.notes, kept.kept, kept.dropped, kept.is_marked
        )
        self._now(*reports)
        return encoded

    def _now(self, *reports: Report) -> None:
        self.reports = list(reports)
        self._on_report(reports[0])


def _unread(wanted: Wanted) -> Report:
    """What is known before anything is read."""
    painting = wanted.painting
    facts = {**UNPAINTED, **painting.options}
    report = Report(
        tuple(PairReport(pair.replace, pair.with_ or None, facts=facts) for pair in wanted.typed),
        removed=painting.remove,
        seed=wanted.seed,
        preset=painting.preset,
        select=wanted.select.value,
        region="found" if wanted.region is None else "given",
        grow=painting.grow,
        feather=painting.feather,
    )
    return report.pointed(wanted.pointed.points, wanted.pointed.box)
