"""What is painted, and what came of it: the flow's values between finding an object and putting it into the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from text_replace_plugin.settings import Settings
from text_replace_wire.messages import MAX_BATCH, Edit, Variation
from text_replace_wire.options import MAX_VARIATIONS
from text_replace_wire.planes import Plane
from text_replace_wire.where import Where


@dataclass(frozen=True)
class Batch:
    """How one result was painted: `size` samples at once, as one of so many `variations`, at this `place` from 0.

    Samples that are painted at once may differ in the last bits from the same ones painted alone.
    """

    size: int = 1
    variations: int = 1
    place: int = 0

    def __post_init__(self) -> None:
        if not all(type(number) is int for number in (self.size, self.variations, self.place)):
            raise ValueError("not whole numbers")
        if not (1 <= self.size <= MAX_BATCH and 0 <= self.place < self.variations <= MAX_VARIATIONS):
            raise ValueError("no such batch")


@dataclass(frozen=True)
class Job:
    """One pair to paint. settings: of this pair alone. batch: how the one result that is repeated was painted."""

    settings: Settings
    where: Where
    batch: Optional[Batch] = None


@dataclass(frozen=True)
class Result:
    """One painted variation. region, object_mask: one channel, the size of the edit's box: see `messages.EditDone`.

    score: by the scorer of the models (today's: the cosine of CLIP to the edit prompt); higher is better; 0: none.
    """

    job: Job
    edit: Edit
    variation: Variation
    region: Plane
    object_mask: Plane

    @property
    def seed(self) -> int:
        return int(self.variation.report["seed"])

    @property
    def score(self) -> float:
        samples = self.variation.report.get("samples") or [{}]
        # Beside the seed, under the scorer's name.
        return next((float(value) for name, value in samples[0].items() if name != "seed"), 0.0)


@dataclass(frozen=True)
class Applied:
    """What was added, pair by pair, of each best first, as the editor's own objects. group: holds the layers where
    there are several.
    """

    layers: tuple[Any, ...]
    scores: tuple[float, ...]
    group: Any = None
