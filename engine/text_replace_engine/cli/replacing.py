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
from text_replace_engine.cli.progress import progress_bar
from text_replace_engine.client.wanted import Wanted
from text_replace_wire.api import EngineApi
from text_replace_wire.errors import UserError


@dataclasses.dataclass(frozen=True)
class Asked:
    """The command line, checked as far as it can be without reading a file."""

    wanted: Wanted
    out: Path
    mask: Path | None
    object_mask: Path | None

    def check(self, json: Path | None) -> None:
        """Raises UserError for what cannot be together, and OutputError for outputs that cannot be written."""
        self.wanted.check()
        one_object = {"--mask": self.mask, "--object-mask": self.object_mask}
        given = [option for option, path in one_object.items() if path is not None]
        if given and len(self.wanted.pairs) > 1:
            raise UserError(f"{given[0]} is of one object: leave it out, or replace one object at a time.")
        self._check_files(json)

    def _check_files(self, json: Path | None) -> None:
        from text_replace_engine.client.images import WRITABLE

        wanted = self.wanted
        if _suffix(self.out) not in WRITABLE:
            raise UserError(f"-o “{self.out}” must end in .png or .tif.")
        for option, path in (("--mask", self.mask), ("--object-mask", self.object_mask)):
            if path is not None and path.suffix.lower() != ".png":
                raise UserError(f"{option} “{path}” must end in .png.")
        if wanted.region is not None and self.object_mask is not None:
            raise UserError("--region is the whole edit region: leave out --object-mask.")
        outputs: Mapping[str, Path | None] = {
            "-o": self.out,
            "--mask": self.mask,
            "--object-mask": self.object_mask,
            "--json": json,
        }
        check_outputs(outputs, [wanted.source, wanted.where, wanted.region])


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
    from text_replace_engine.client.replacing import Replacing

    replacing = Replacing(asked.wanted, journal.keep)
    replacing.read()
    with engine_opened() as engine, progress_bar() as on_progress:
        replacing.find(engine, on_progress, interrupt.is_set)
        replacing.paint(engine, on_progress, interrupt.is_set)
    encoded = replacing.encoded(replacing.composed(0, interrupt.is_set), 0, _suffix(asked.out))
    contents = {asked.out: encoded.data}
    request, edited = replacing.answers[0]
    if asked.mask is not None:
        contents[asked.mask] = images.encode_grey(exchange.whole(edited.region, request))
    if asked.object_mask is not None:
        contents[asked.object_mask] = images.encode_grey(exchange.whole(edited.object_mask, request))
    write_outputs(contents | journal.files(), {asked.out: encoded.check})


def _suffix(out: Path) -> str:
    """What OUT is written as; an open pipe has a name that nobody chose, and gets a PNG."""
    return out.suffix.lower() if meant_by(out) is None else ".png"
