"""A model set: everything that one way to find and to paint needs. What registers one is in `registry`."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from text_replace_engine.models.fetching.fetched import FetchedModels
from text_replace_engine.models.vocabulary import Reading
from text_replace_wire.geometry import Box, edit_box
from text_replace_wire.model_messages import PainterEntry
from text_replace_wire.painting import Painting

if TYPE_CHECKING:
    import torch

    from text_replace_engine.finding.finder import Finder, Outliner
    from text_replace_engine.models.files import ModelFile
    from text_replace_engine.painting.painter import Painter
    from text_replace_engine.painting.scorer import Scorer


@dataclass(frozen=True)
class LoadedSet:
    """A model set, ready to use. files: which weights it uses, for the report. dtype: of its largest network. threads:
    of the processor, with which it is the fastest; None: as many as there are.

    outliner: None: what is pointed at is told apart by its colours alone. edit_box: what of a layer an edit sees, by
    the object's box in the layer and the layer's size (width, height). reads_sentences: the painter is told prompts as
    they were typed, with their articles, capitals and marks; else what `ModelSet.reading` makes of them.
    """

    finder: Finder
    painter: Painter[Any, Any]
    scorer: Scorer
    files: tuple[ModelFile, ...]
    dtype: str
    outliner: Outliner | None = None
    edit_box: Callable[[Box, tuple[int, int]], Box] = edit_box
    reads_sentences: bool = False
    threads: int | None = None


class ModelSet(Protocol):
    """Importing it is cheap: no torch before `load`."""

    @property
    def id(self) -> str:
        """What requests call it: ASCII letters, digits, “-” and “_”; not “auto”."""

    @property
    def title(self) -> str:
        """What users call it."""

    @property
    def purpose(self) -> str:
        """What it is for, one sentence."""

    def licences(self) -> tuple[str, ...]:
        """A sentence for each of its parts that has terms."""

    def is_installed(self) -> bool:
        """Whether `load` would find its files."""

    def vocabulary(self) -> tuple[str, ...]:
        """The names that it can paint; empty: it takes any text. Raises ModelError."""

    def reading(self, prompt: str) -> Reading:
        """What its models are told of a normalised prompt (`text_replace_wire.prompts`), and what is left out because
        they do not know it. Raises ModelError.
        """

    def check(self, with_: str, painting: Painting) -> None:
        """Raises CannotPaint for a normalised prompt, UserError for a preset or option that its painter does not take,
        and ModelError; loads no network.
        """

    def stamp(self) -> Hashable:
        """Changes when other files are installed: a set that was loaded before is then loaded again."""

    def load(self, device: torch.device, dtype: torch.dtype | None) -> LoadedSet:
        """The set on `device`, its networks in `dtype` (None: as it is fastest there). Raises ModelError."""


@runtime_checkable
class DescribedSet(ModelSet, Protocol):
    """A model set that says what can be asked of it: dialogs offer that alone. Of any other they offer everything, and
    its `check` refuses what it does not take.
    """

    def painters(self) -> tuple[PainterEntry, ...]:
        """Those to choose from, at least one."""

    def erasers(self) -> tuple[PainterEntry, ...]:
        """Those that remove (`Painting.remove`); empty: nothing can be removed."""


@runtime_checkable
class RemovingSet(ModelSet, Protocol):
    """A model set that can also remove (`Painting.remove`); its painter is given an empty prompt then."""

    def check_removal(self, painting: Painting) -> None:
        """As `check`, where nothing is painted instead."""


@runtime_checkable
class PullableSet(ModelSet, Protocol):
    """A model set that can be fetched: `text-replace models` and GIMP's dialog list and fetch it then."""

    @property
    def fetched(self) -> FetchedModels:
        """What there is to fetch, and what is installed of it."""

    def terms(self) -> str:
        """What its licences allow, one sentence."""

    def fits(self) -> str:
        """How it will run on this machine, one sentence of what was measured; imports no torch."""
