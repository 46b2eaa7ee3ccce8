"""What a user may ask of an edit instead of the preset's own."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Optional

from text_replace_wire.errors import UserError

#: Pixels of the picture.
MAX_GROWTH = 4096
#: Where the paper's sweep ends (its Figure 7).
MAX_LAMBDA = 10**6
MAX_CUTOUTS = 64


@dataclass(frozen=True)
class Adjustments:
    """What a request asks for instead of the preset's own; None: as the preset has it.

    strength: share of the schedule that runs, above 0 up to 1: 1 starts from pure noise, less from the noised picture.
    grow, feather: pixels of the picture by which the object grows all around, and over which its edge then fades. A
    growth of 0 is exactly the object; a feather of None reaches no farther than a given growth.
    lambda_clip, lambda_lpips, lambda_l2: the paper's λ's, 0 to 1,000,000.
    cutouts: views of CLIP in the last guided step, 1 to 64; half as many in the first.
    keep_at: end after this many steps of the whole request, 1 or more, as if the user had said Keep then.
    """

    strength: Optional[float] = None
    grow: Optional[float] = None
    feather: Optional[float] = None
    lambda_clip: Optional[float] = None
    lambda_lpips: Optional[float] = None
    lambda_l2: Optional[float] = None
    cutouts: Optional[int] = None
    keep_at: Optional[int] = None

    def __post_init__(self) -> None:
        if self.strength is not None and not 0 < self.strength <= 1:
            raise UserError(f"The strength is {self.strength:g}; it must be above 0 and at most 1.")
        for name, value, most in (
            ("growth", self.grow, MAX_GROWTH),
            ("feather", self.feather, MAX_GROWTH),
            ("λ of CLIP", self.lambda_clip, MAX_LAMBDA),
            ("λ of LPIPS", self.lambda_lpips, MAX_LAMBDA),
            ("λ of L2", self.lambda_l2, MAX_LAMBDA),
        ):
            if value is not None and not 0 <= value <= most:
                raise UserError(f"The {name} is {value:g}; it must be from 0 to {most}.")
        if self.cutouts is not None and not 1 <= self.cutouts <= MAX_CUTOUTS:
            raise UserError(f"The number of views is {self.cutouts}; it must be from 1 to {MAX_CUTOUTS}.")
        if self.keep_at is not None and self.keep_at < 1:
            raise UserError(f"The step to keep is {self.keep_at}; the first one is 1.")

    def recorded(self) -> dict[str, Optional[float]]:
        """For a report, which has `kept_at` instead of `keep_at`."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "keep_at"}

    @property
    def reshapes(self) -> bool:
        """Whether growth or feather change the region that was chosen."""
        return bool(self.grow or self.feather)

    @property
    def margin(self) -> int:
        """Pixels on every side that an edit needs beyond a candidate's `edit_box`, surroundings included."""
        return math.ceil(1.5 * ((self.grow or 0) + (self.feather or 0)))
