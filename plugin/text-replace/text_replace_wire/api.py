"""What an engine does for a program, whoever does it: the running engine's link, or the pipeline in this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Protocol

from text_replace_wire.messages import Edit, Find, Found, Progress, Variation
from text_replace_wire.model_messages import ModelSets
from text_replace_wire.options import AUTO
from text_replace_wire.planes import Plane

OnProgress = Callable[[Progress], None]
OnVariation = Callable[[Variation], None]
#: True once the user wants that.
IsCancelled = Callable[[], bool]
IsKept = Callable[[], bool]


def never() -> bool:
    """For work that nobody cancels."""
    return False


def ignore(_news: object) -> None:
    """For news that nobody wants."""


@dataclass(frozen=True)
class Edited:
    """The answer to an Edit. variations: in the order of their seeds, fewer where the user kept what there was.

    region, object_mask: one channel, the box's size; see `messages.EditDone`.
    """

    variations: tuple[Variation, ...]
    region: Plane
    object_mask: Plane


class EngineApi(Protocol):
    """Every method raises the TextReplaceError that it fails with; those that take `cancelled` raise Cancelled within
    one step of it being true.
    """

    def find(self, request: Find, on_progress: OnProgress, cancelled: IsCancelled) -> Found:
        """The ranked candidates, and which of them is meant."""

    def edit(
        self,
        request: Edit,
        on_progress: OnProgress,
        cancelled: IsCancelled,
        kept: IsKept = never,
        on_variation: OnVariation = ignore,
    ) -> Edited:
        """The painted variations. Once `kept()` is true it ends early with the best so far; `cancelled` still works
        then. on_variation: told of each as soon as it is painted.
        """

    def warm(self, models: str = AUTO) -> None:
        """Load a model set now."""

    def model_sets(self) -> ModelSets:
        """The model sets that there are."""
