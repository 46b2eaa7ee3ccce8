"""The one table of what can be asked of a replacement. GIMP's arguments, dialogs and recipe are made from it, and tests
hold the command line against it.
"""

from __future__ import annotations

import keyword
import secrets
from dataclasses import dataclass
from enum import Enum
from typing import Any, Optional, Union

from text_replace_wire.errors import UserError

MAX_SEED = 2**31 - 1
#: Pixels of the picture.
MAX_GROWTH = 4096
MAX_VARIATIONS = 8
AUTO = "auto"


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
    unset: of a number, the value by which a procedure, which has no None, says None; None: it cannot be left out.
    """

    name: str
    kind: Kind
    default: Any
    label: str
    explanation: str
    least: float = 0
    most: float = 0
    above_least: bool = False
    unset: Optional[float] = None
    noun: str = ""
    entries: tuple[Entry, ...] = ()
    owner: Owner = Owner.REQUEST

    @property
    def field(self) -> str:
        name = self.name.replace("-", "_")
        return f"{name}_" if keyword.iskeyword(name) else name

    def check(self, value: Union[int, float, None]) -> None:
        """Raises UserError where a number is out of range; None is always allowed."""
        if value is None:
            return
        if type(value) is bool or not isinstance(value, (int, float)):
            raise UserError(f"The {self.noun} is “{value}”; it must be a number.")
        # Written so that NaN is refused as well.
        enough = value > self.least if self.above_least else value >= self.least
        if not (enough and value <= self.most):
            must = f"above {self.least:g} and at most" if self.above_least else f"from {self.least:g} to"
            raise UserError(f"The {self.noun} is {value:g}; it must be {must} {self.most:.10g}.")
        if self.kind is Kind.INTEGER and value != int(value):
            raise UserError(f"The {self.noun} is {value:g}; it must be a whole number.")

    def given(self, value: Any) -> Any:
        """A procedure's value, None where it says so."""
        return None if self.unset is not None and value == self.unset else value

    def spoken(self, value: Any) -> Any:
        """The value by which a procedure says `value`."""
        return self.unset if value is None else value


def translatable(text: str) -> str:
    """Marks a text for the catalogues of translations; the plug-in translates it where it is shown."""
    return text


_ = translatable

REPLACE = Option("replace", Kind.TEXT, "", _("Re_place"), _("What is in the picture"), noun=_("Replace"))
WITH = Option("with", Kind.TEXT, "", _("_With"), _("What to paint instead"), noun=_("With"))
SEED = Option(
    "seed",
    Kind.INTEGER,
    -1,
    _("S_eed (−1 = random)"),
    _("The same seed gives the same picture"),
    most=MAX_SEED,
    unset=-1,
    noun="seed",
)
PRESET = Option(
    "preset",
    Kind.CHOICE,
    "standard",
    _("Prese_t"),
    _("How to paint"),
    noun="preset",
    entries=(
        Entry("standard", _("Standard"), _("Blended at every step; the usual choice")),
        Entry("fast", _("Fast"), _("Cheaper and weaker guidance")),
        Entry("best", _("Best of four"), _("Four seeds, ranked; four times the time")),
        Entry("paper", _("Paper"), _("As published: slow, and not blended while sampling")),
    ),
)
#: Its values are the identifiers of model sets, which only an engine knows.
MODELS = Option("models", Kind.TEXT, AUTO, _("_Models"), _("Which models to use"), noun="models")
STRENGTH = Option(
    "strength",
    Kind.NUMBER,
    0.0,
    _("Stre_ngth (0 = the preset's own)"),
    _("Share of the schedule that runs: less keeps more of the picture; 0: as the preset has it"),
    most=1,
    above_least=True,
    unset=0.0,
    noun="strength",
    owner=Owner.PAINTER,
)
VARIATIONS = Option(
    "variations",
    Kind.INTEGER,
    1,
    _("_Variations"),
    _("How many results, from as many seeds"),
    least=1,
    most=MAX_VARIATIONS,
    noun="number of variations",
)
GROW = Option(
    "grow",
    Kind.NUMBER,
    -1.0,
    _("_Grow (−1 = automatic)"),
    _("Pixels by which the object grows before it is painted over; −1: automatic"),
    most=MAX_GROWTH,
    unset=-1.0,
    noun="growth",
)
FEATHER = Option(
    "feather",
    Kind.NUMBER,
    -1.0,
    _("Fe_ather (−1 = automatic)"),
    _("Pixels over which the edge fades; −1: automatic"),
    most=MAX_GROWTH,
    unset=-1.0,
    noun="feather",
)
USE_SELECTION = Option(
    "use-selection",
    Kind.FLAG,
    False,
    _("_Use my selection instead"),
    _("Replace what is selected; look for nothing"),
)
KEEP_SELECTION = Option(
    "keep-selection",
    Kind.FLAG,
    False,
    _("_Keep the old selection as a channel"),
    _("Else it is lost"),
    owner=Owner.EDITOR,
)
AS_LAYER_MASK = Option(
    "as-layer-mask",
    Kind.FLAG,
    False,
    _("Result as la_yer with mask"),
    _("A whole layer, cut out by a mask to edit"),
    owner=Owner.EDITOR,
)
RECORD_RECIPE = Option(
    "record-recipe",
    Kind.FLAG,
    True,
    _("Record the rec_ipe"),
    _("In the layer, for Edit Again; it has the descriptions"),
    owner=Owner.EDITOR,
)
MARK = Option(
    "mark",
    Kind.FLAG,
    True,
    _("Mark the image as AI-e_dited"),
    _("In its metadata, for exported files; without the descriptions"),
    owner=Owner.EDITOR,
)
REMOVE = Option(
    "remove",
    Kind.FLAG,
    False,
    _("_Just remove it"),
    _("Put nothing in its place; photo models only"),
)

#: In the order of a procedure's arguments. The letters underlined in dialogs are all different, and not those of GIMP's
#: own buttons.
OPTIONS = (
    REPLACE,
    WITH,
    SEED,
    PRESET,
    MODELS,
    STRENGTH,
    VARIATIONS,
    GROW,
    FEATHER,
    USE_SELECTION,
    KEEP_SELECTION,
    AS_LAYER_MASK,
    RECORD_RECIPE,
    MARK,
    REMOVE,
)


def seeds_from(first: int, count: int) -> list[int]:
    """`count` seeds from `first` on, wrapped at 2³¹."""
    return [(first + number) % (MAX_SEED + 1) for number in range(count)]


def random_seed() -> int:
    """0 … 2³¹ − 1."""
    return secrets.randbelow(MAX_SEED + 1)
