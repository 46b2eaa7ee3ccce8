"""What became of a case, as a row of a results file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """values: by a metric's key (`metric.Metric`), None where it says nothing of this case. failure: one sentence, why
    there is no result, kind: that of the error (`errors`); both empty where there is one.
    """

    id: str
    values: Mapping[str, float | None] = field(default_factory=dict)
    failure: str = ""
    kind: str = ""
