"""Anyone's pictures: a folder with `cases.jsonl`, one JSON object a line (engine/REFERENCE.md)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from text_replace_engine.identifiers import is_id
from text_replace_engine.lab.benchmark.case import Broken, Case, Pixels, Result
from text_replace_engine.lab.benchmark.files import read_mask, read_opaque, stamp
from text_replace_engine.lab.benchmark.metric import Metric
from text_replace_engine.lines import object_on
from text_replace_wire.errors import BadImage, UserError
from text_replace_wire.messages import check_prompt, check_text
from text_replace_wire.options import MAX_SEED

NAME = "cases.jsonl"
_NEEDED = ("picture", "replace", "with")
_WORDS = ("source_prompt", "target_prompt", "category")
_TEXTS = (*_NEEDED, "id", "mask", *_WORDS)
_KNOWN = (*_TEXTS, "seed")


class JsonLines:
    """See `case.Source`."""

    left_out: Mapping[str, int] = {}
    metrics: tuple[Metric, ...] = ()

    def __init__(self, folder: Path, seed: int) -> None:
        """seed: of cases that say none."""
        self._folder, self._seed = folder, seed

    @property
    def name(self) -> str:
        """See `case.Source`."""
        return self._folder.resolve().name

    @cached_property
    def entries(self) -> tuple[Case | Broken, ...]:
        """See `case.Source`. Raises OSError."""
        found: list[Case | Broken] = []
        lines: dict[str, int] = {}
        for number, line in enumerate((self._folder / NAME).read_bytes().splitlines(), 1):
            if not line.strip():
                continue
            place = f"“{NAME}”, line {number}"
            try:
                case = self._case(_fields(line), f"{number:04}", place)
                # Some file systems take names that differ in capitals for one.
                first = lines.setdefault(case.id.lower(), number)
                if first != number:
                    raise UserError(f"the id “{case.id}” is that of line {first}: give every case its own.")
                found.append(case)
            except UserError as error:
                found.append(Broken(f"{NAME}:{number}", f"{place}: {error}"))
        return tuple(found)

    def judged(self, case: Case, result: Result) -> Mapping[str, float | None]:
        """See `case.Source`."""
        return {}

    def _case(self, fields: Mapping[str, Any], number: str, place: str) -> Case:
        identifier = fields.get("id", number)
        if not is_id(identifier):
            raise UserError(f"the id “{identifier}” is no name for files: use letters, digits, “-”, “_” and “.”.")
        named = [fields[key] for key in ("picture", "mask") if key in fields]
        for name in named:
            if not (self._folder / name).is_file():
                raise UserError(f"there is no file “{name}”: put it beside {NAME}, or name another one.")
        picture, *masks = (self._folder / name for name in named)
        return Case(
            identifier,
            check_prompt(fields["replace"], "replace"),
            check_prompt(fields["with"], "with"),
            fields.get("seed", self._seed),
            partial(read_opaque, picture),
            partial(_reference, masks[0], picture) if masks else None,
            fields.get("source_prompt", ""),
            fields.get("target_prompt", ""),
            fields.get("category", ""),
            partial(stamp, [picture, *masks]),
            place,
            picture.stem,
        )


def _reference(mask: Path, picture: Path) -> Pixels:
    """See `case.Case`. Raises BadImage, also where nothing is white, as in a mask of 0 and 1, and TooLarge."""
    reference = read_mask(mask, picture)
    if reference.max() < 255:
        raise BadImage(
            f"the mask “{mask}” has no white (255), its lightest pixel is {reference.max()}: make the object, or what "
            "may change, white."
        )
    return reference


def _fields(line: bytes) -> Mapping[str, Any]:
    """The object on a line. Raises UserError where it is none, or not as documented."""
    fields = object_on(line)
    unknown = [key for key in fields if key not in _KNOWN]
    if unknown:
        raise UserError(f"there is no key “{unknown[0]}”: use {', '.join(_KNOWN)}.")
    missing = [key for key in _NEEDED if key not in fields]
    if missing:
        raise UserError(f"“{missing[0]}” is missing: every case needs {', '.join(_NEEDED)}.")
    wrong = [key for key in _TEXTS if not isinstance(fields.get(key, ""), str)]
    if wrong:
        raise UserError(f"“{wrong[0]}” is no text: put it in quotes.")
    for key in _WORDS:
        check_text(fields.get(key, ""), key)
    seed = fields.get("seed", 0)
    if type(seed) is not int or not 0 <= seed <= MAX_SEED:
        raise UserError(f"the seed {seed!r} is no whole number from 0 to {MAX_SEED}.")
    return fields
