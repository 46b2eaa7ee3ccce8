"""What `text-replace edit` does, once its command line has been read: find, paint, compose, write."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from text_replace_engine.cli.descriptors import meant_by
from text_replace_engine.cli.failures import Interrupt
from text_replace_engine.cli.journal import Journal
from text_replace_engine.cli.outputs import check_outputs, write_outputs
from text_replace_engine.cli.pointing import Pointed, check_select
from text_replace_engine.cli.progress import progress_bar
from text_replace_wire.api import EngineApi, OnProgress
from text_replace_wire.building import Picture, edit_request, find_request
from text_replace_wire.choosing import Select
from text_replace_wire.errors import UserError
from text_replace_wire.painting import Painting
from text_replace_wire.pairs import Pair, check_apart, check_number, place_of
from text_replace_wire.where import Where


@dataclasses.dataclass(frozen=True)
class Asked:
    """The command line, checked as far as it can be without reading a file. pairs: one at least."""

    source: Path
    pairs: tuple[Pair, ...]
    out: Path
    mask: Path | None
    object_mask: Path | None
    where: Path | None
    region: Path | None
    page: int | None
    picked: tuple[int, ...]
    select: Select
    pointed: Pointed
    seed: int
    models: str
    painting: Painting
    mark: bool

    def check(self, json: Path | None) -> None:
        """Raises UserError for what cannot be together, and OutputError for outputs that cannot be written."""
        check_number(len(self.pairs))
        if len(self.pairs) > 1:
            self._check_pairs()
        self._check_files(json)
        if self.pointed and (self.region is not None or self.picked):
            raise UserError("--point and --box say where the object is: leave out --region and --pick.")
        check_select(self.select, self.region is not None or bool(self.pointed))

    def _check_pairs(self) -> None:
        of_one_object = {
            "--pick": self.picked,
            "--point": self.pointed.points,
            "--box": self.pointed.box,
            "--region": self.region,
            "--mask": self.mask,
            "--object-mask": self.object_mask,
        }
        given = [option for option, value in of_one_object.items() if value]
        if given:
            raise UserError(f"{given[0]} is of one object: leave it out, or replace one object at a time.")

    def _check_files(self, json: Path | None) -> None:
        from text_replace_engine.client.images import WRITABLE

        if _suffix(self.out) not in WRITABLE:
            raise UserError(f"-o “{self.out}” must end in .png or .tif.")
        for option, path in (("--mask", self.mask), ("--object-mask", self.object_mask)):
            if path is not None and path.suffix.lower() != ".png":
                raise UserError(f"{option} “{path}” must end in .png.")
        if self.region is not None and (self.where is not None or self.object_mask is not None):
            raise UserError("--region is the whole edit region: leave out --where and --object-mask.")
        outputs: Mapping[str, Path | None] = {
            "-o": self.out,
            "--mask": self.mask,
            "--object-mask": self.object_mask,
            "--json": json,
        }
        check_outputs(outputs, [self.source, self.where, self.region])


def replace(
    asked: Asked,
    journal: Journal,
    interrupt: Interrupt,
    engine_opened: Callable[[], AbstractContextManager[EngineApi]],
) -> None:
    """Look for every pair's object in IN, paint each from IN, and write all outputs or none.

    Raises the TextReplaceError that it fails with.
    """
    from text_replace_engine.client import exchange, images

    file = images.read_picture(asked.source, asked.page)
    journal.report = dataclasses.replace(journal.report, size=file.size)
    region = None if asked.region is None else images.read_grey(asked.region, file.size, "--region")
    where = images.read_where(asked.where, file.size)
    picture = exchange.PictureInMemory(file.pixels, where if region is None else region)
    answers = []
    with engine_opened() as engine, progress_bar() as on_progress:
        if region is None:
            places = _found(asked, picture, journal, interrupt, engine, on_progress)
        else:
            places = [exchange.region_of(picture)]
        for number, (pair, place) in enumerate(zip(asked.pairs, places, strict=True)):
            request = edit_request(picture, place, pair.replace, pair.with_, asked.seed, asked.models, asked.painting)
            edited = engine.edit(request, on_progress, interrupt.is_set)
            journal.report = journal.report.edited(edited.variations[0], number)
            answers.append((request, edited))
    composed = exchange.composed(file.samples, answers, interrupt.is_set)
    encoded = images.encode_picture(composed, file, _suffix(asked.out), asked.mark)
    kept = encoded.kept
    journal.report = journal.report.read_and_written(file.notes, kept.kept, kept.dropped, kept.is_marked)
    contents = {asked.out: encoded.data}
    request, edited = answers[0]
    if asked.mask is not None:
        contents[asked.mask] = images.encode_grey(exchange.whole(edited.region, request))
    if asked.object_mask is not None:
        contents[asked.object_mask] = images.encode_grey(exchange.whole(edited.object_mask, request))
    write_outputs(contents | journal.files(), {asked.out: encoded.check})


def _found(
    asked: Asked, picture: Picture, journal: Journal, interrupt: Interrupt, engine: EngineApi, on_progress: OnProgress
) -> list[Where]:
    """Where each pair's object is. Raises NotFound, and BadSelection where two are the same."""
    places, at = [], asked.pointed
    for number, pair in enumerate(asked.pairs):
        query = find_request(
            picture, pair.replace, asked.models, pair.with_, asked.painting, at.points, at.box, asked.select
        )
        found = engine.find(query, on_progress, interrupt.is_set)
        journal.report = journal.report.found(found, asked.picked or found.chosen, number)
        places.append(place_of(pair, found, asked.pairs, asked.picked))
    check_apart(asked.pairs, places)
    return places


def _suffix(out: Path) -> str:
    """What OUT is written as; an open pipe has a name that nobody chose, and gets a PNG."""
    return out.suffix.lower() if meant_by(out) is None else ".png"
