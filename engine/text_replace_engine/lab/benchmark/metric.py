"""What a value is called, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

#: The unit of what is 1 or 0 in each case.
SHARE = "share"


class Better(Enum):
    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True)
class Metric:
    """key: of `Outcome.values`. note: what it cannot see, or what it was measured with, a line for each of
    these, which several metrics may share.
    """

    key: str
    title: str
    better: Better
    unit: str = ""
    digits: int = 3
    note: str = ""
