"""What an option is: one thing that can be asked of a replacement, with its range, and its texts in dialogs."""

from __future__ import annotations

import keyword
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Union

from text_replace_wire.errors import UserError
from text_replace_wire.prompts import shown


class Kind(Enum):
    """What a value is."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    FLAG = "flag"


class Owner(Enum):
    """Who makes something of a value: the request itself, the painter, or the editor that shows the result."""

    REQUEST = "request"
    PAINTER = "painter"
    EDITOR = "editor"


@dataclass(frozen=True)
class Entry:
    """One value of a CHOICE, with its label and explanation in English."""

    value: str
    label: str
    explanation: str


@dataclass(frozen=True)
class Option:
    """One thing that can be asked.

    name: as procedures and the command line spell it; `field` is the same as a name in Python. default: where nothing
    is given. label: in a dialog, with the underlined letter after “_”; explanation: one sentence; both in English.
    least, most: of a number, both allowed unless `above_least`. noun: what sentences call it, in English.
    unset: the value by which a procedure, which has no None, says None; None: it cannot be left out.
    unset_label: of a number, what None means, in English; dialogs have a box to tick for it, and begin at `start` when
    the tick is taken off. step: of a number, from one to the next in a dialog.
    """

    name: str
    kind: Kind
    default: Any
    label: str
    explanation: str
    least: float = 0
    most: float = 0
    above_least: bool = False
    unset: Union[float, str, None] = None
    unset_label: str = ""
    start: float = 0
    step: float = 1
    noun: str = ""
    entries: tuple[Entry, ...] = ()
    owner: Owner = Owner.REQUEST

    @property
    def field(self) -> str:
        name = self.name.replace("-", "_")
        return f"{name}_" if keyword.iskeyword(name) else name

    @property
    def lowest(self) -> float:
        """Of a number: the lowest in a dialog, whose steps from there are multiples of `step`."""
        lowest = math.ceil(self.least / self.step) * self.step
        return lowest + self.step if self.above_least and lowest == self.least else lowest

    @property
    def digits(self) -> int:
        """Of a number: so many behind the point in a dialog."""
        return 0 if self.kind is Kind.INTEGER else 2 if self.step < 0.1 else 1

    def check(self, value: Union[int, float, None]) -> None:
        """Raises UserError where a number is out of range; None is always allowed."""
        if value is None:
            return
        if type(value) is bool or not isinstance(value, (int, float)):
            raise UserError(f"The {self.noun} is “{shown(str(value))}”; it must be a number.")
        # Written so that NaN is refused as well.
        enough = value > self.least if self.above_least else value >= self.least
        if not (enough and value <= self.most):
            must = f"above {self.least:g} and at most" if self.above_least else f"from {self.least:g} to"
            # Whole numbers may be larger than those that can be written with a point.
            told = f"{value:g}" if isinstance(value, float) else shown(str(value))
            raise UserError(f"The {self.noun} is {told}; it must be {must} {self.most:.10g}.")
        if self.kind is Kind.INTEGER and value != int(value):
            raise UserError(f"The {self.noun} is {value:g}; it must be a whole number.")

    def given(self, value: Any) -> Any:
        """A procedure's value, None where it says so."""
        return None if self.unset is not None and value == self.unset else value

    def spoken(self, value: Any) -> Any:
        """The value by which a procedure says `value`."""
        return self.unset if value is None else value
