"""How an edit is to be painted: everything that is asked of it besides the picture, the words and the seed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, Optional, Union

from text_replace_wire.errors import UserError
from text_replace_wire.options import FEATHER, GROW, PRESET

OptionValue = Union[bool, int, float, str]

_MOST_OPTIONS = 64
_LONGEST_VALUE = 1000


@dataclass(frozen=True)
class Painting:
    """What a request asks of a painter; None: as the preset has it.

    preset: one of the painter's. options: the painter's own by name, such as `strength`; it refuses those that it does
    not know.
    grow, feather: pixels of the picture by which the object grows all around, and over which its edge then fades. A
    growth of 0 is exactly the object; a feather of None reaches no farther than a given growth.
    keep_at: end after this many steps, 1 or more, as if the user had said Keep then.
    remove: nothing is put in the object's place, but what may be behind it; models that cannot do that refuse.
    remnants: what belongs to the object and its mask misses, such as its shadow, is painted over too, by painters that
    look for it, unless a growth is given.
    """

    preset: str = PRESET.default
    grow: Optional[float] = None
    feather: Optional[float] = None
    keep_at: Optional[int] = None
    options: dict[str, Any] = field(default_factory=dict)
    remove: bool = False
    remnants: bool = True

    def __post_init__(self) -> None:
        GROW.check(self.grow)
        FEATHER.check(self.feather)
        if self.keep_at is not None and self.keep_at < 1:
            raise UserError(f"The step to keep is {self.keep_at}; the first one is 1.")
        if len(self.options) > _MOST_OPTIONS:
            raise UserError(f"{len(self.options)} options were given; at most {_MOST_OPTIONS} are read.")
        for name, value in self.options.items():
            if type(value) not in (bool, int, float, str) or len(str(value)) > _LONGEST_VALUE:
                raise UserError(f"The value of “{name}” is neither a number nor a short text.")

    def with_options(self, **options: Optional[OptionValue]) -> Painting:
        """With these options instead; None takes one away."""
        merged = {**self.options, **options}
        return replace(self, options={name: value for name, value in merged.items() if value is not None})

    @property
    def reshapes(self) -> bool:
        """Whether growth or feather change the region that was chosen."""
        return bool(self.grow or self.feather)

    @property
    def margin(self) -> int:
        """Pixels on every side that an edit needs beyond a candidate's `edit_box`, surroundings included."""
        return math.ceil(1.5 * ((self.grow or 0) + (self.feather or 0)))
