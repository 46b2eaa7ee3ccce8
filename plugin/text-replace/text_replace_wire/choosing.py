"""By which rule one of a picture's segments is chosen."""

from __future__ import annotations

from enum import Enum


class Select(str, Enum):
    """ours: the engine's own rule, which may find that nothing is meant; paper: the paper's (section 3.1), which takes
    the best segment, however bad.
    """

    OURS = "ours"
    PAPER = "paper"
