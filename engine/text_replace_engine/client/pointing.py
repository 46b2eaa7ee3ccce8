"""What `--point`, `--box` and `--pick` say: where the object is, in IN's pixels, or which of the candidates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from text_replace_wire.choosing import Select
from text_replace_wire.errors import UserError
from text_replace_wire.geometry import Box
from text_replace_wire.prompts import shown

#: More digits than any picture needs; Python refuses to read thousands of them.
_NUMBER = re.compile(r"\s*-?[0-9]{1,9}\s*")


@dataclass(frozen=True)
class Pointed:
    """points (x, y) that are all in one object, and a box around it."""

    points: tuple[tuple[int, int], ...] = ()
    box: Box | None = None

    def __bool__(self) -> bool:
        return bool(self.points) or self.box is not None


def pointed(points: Sequence[str], box: str | None) -> Pointed:
    """Raises UserError for what is not numbers; whether they are in the picture is seen when it has been read."""
    return Pointed(tuple(_point(text) for text in points), None if box is None else _box(box))


def picked(text: str) -> tuple[int, ...]:
    """The ranks of `--pick`, each once. Raises UserError."""
    try:
        return tuple(dict.fromkeys(int(part) for part in text.replace(",", " ").split()))
    except ValueError as error:
        raise UserError(f"--pick “{shown(text)}” is not a list of ranks: write for example --pick 0,2.") from error


def check_select(select: Select, told: bool) -> None:
    """Raises UserError where there is nothing to choose. told: it was said where the object is."""
    if select is not Select.OURS and told:
        raise UserError("--select says how the object is chosen: leave it out, or --point, --box and --region.")


def _point(text: str) -> tuple[int, int]:
    numbers = _numbers(text, 2)
    if numbers is None:
        raise UserError(f"--point “{shown(text)}” is not a place: write for example --point 120,80.")
    return numbers[0], numbers[1]


def _box(text: str) -> Box:
    numbers = _numbers(text, 4)
    if numbers is None:
        raise UserError(f"--box “{shown(text)}” is not a box: write for example --box 100,60,180,140.")
    return Box(*numbers)


def _numbers(text: str, count: int) -> list[int] | None:
    parts = text.split(",")
    return [int(part) for part in parts] if len(parts) == count and all(map(_NUMBER.fullmatch, parts)) else None
