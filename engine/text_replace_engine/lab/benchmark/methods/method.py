"""What gives a result for a case: this engine with some settings, or another tool's pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from text_replace_engine.lab.benchmark.case import Case, Pixels, Result
from text_replace_wire.api import IsCancelled


class Method(Protocol):
    """One of those that are compared."""

    @property
    def name(self) -> str:
        """For tables; fit for a file name."""

    def identity(self) -> Mapping[str, Any]:
        """What decides about all of its results, as JSON has it. Raises whatever `result` raises."""

    def stamp(self, case: Case) -> str:
        """A text that changes with what else its result of this case is made of; empty: with nothing."""

    def result(self, case: Case, before: Pixels, cancelled: IsCancelled) -> Result:
        """before: the case's picture, as `Case.read` gives it. Raises NotFound, NoPicture, OutOfMemory, and UserError
        where it has none for this case; anything else ends the run.
        """
