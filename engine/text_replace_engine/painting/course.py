"""How far a painting is, and the one place that decides whether it ends early."""

from __future__ import annotations

from collections.abc import Callable

from text_replace_wire.api import never


class Course:
    """Steps so far (`done`) of `total`, over all samples and parts of one painting.

    enough: the user keeps what there is, or `keep_at` steps are done. A painter looks at it whenever all of its parts
    are equally far, and calls `cut_short` where that saved it something.
    """

    def __init__(self, kept: Callable[[], bool] = never, keep_at: int | None = None) -> None:
        self._kept = kept
        self._keep_at = keep_at
        self.done = 0
        self.total = 0
        self.enough = False
        self._is_cut = False

    def step(self, count: int = 1) -> None:
        """`count` more steps are done."""
        self.done += count

    def look(self) -> bool:
        """Whether it is enough now; once it was, it stays so."""
        self.enough = self.enough or self._kept() or (self._keep_at is not None and self.done >= self._keep_at)
        return self.enough

    def cut_short(self) -> None:
        """Something was left out because it was enough."""
        self._is_cut = True

    @property
    def kept_at(self) -> int | None:
        """The step after which it was ended early; None where nothing was left out."""
        return self.done if self._is_cut else None
