"""The messages about models: which sets there are, loading one beforehand, and fetching one."""

from __future__ import annotations

from dataclasses import dataclass

from text_replace_wire.errors import UserError
from text_replace_wire.messages import check_models
from text_replace_wire.options import AUTO

#: The set that requests without one mean.
FULL = "full"


@dataclass(frozen=True)
class SetsRequest:
    """Ask which model sets there are; answered by ModelSets."""


@dataclass(frozen=True)
class PainterEntry:
    """One that paints for a set. id: the value of the option `painter` that means it. presets: those that it takes;
    options: the names of the `Painting.options` that it takes.
    """

    id: str
    presets: tuple[str, ...]
    options: tuple[str, ...]


@dataclass(frozen=True)
class SetEntry:
    """One model set. id: what requests call it. purpose: one sentence. vocabulary: the names that it can paint; empty:
    it takes any text. licences: one sentence for each of its parts that has terms.

    pullable: ModelsRequest and Pull know it. size: bytes of all that a Pull without choices fetches, whatever is there.
    terms: one sentence on what its licences allow. fits: one sentence on how it will run on this machine.
    painters: those to choose from, empty: it does not say; erasers: those that remove, where it says, empty: none.
    """

    id: str
    title: str
    purpose: str
    installed: bool
    vocabulary: tuple[str, ...]
    licences: tuple[str, ...]
    pullable: bool = False
    size: int = 0
    terms: str = ""
    fits: str = ""
    painters: tuple[PainterEntry, ...] = ()
    erasers: tuple[PainterEntry, ...] = ()


@dataclass(frozen=True)
class ModelSets:
    """Every model set that the engine knows, in the order to show them; auto: the id that “auto” means now."""

    sets: tuple[SetEntry, ...]
    auto: str


@dataclass(frozen=True)
class Warm:
    """Load a model set now, so that the next request need not wait for that; answered by Warmed."""

    models: str = AUTO

    def __post_init__(self) -> None:
        check_models(self.models)


@dataclass(frozen=True)
class Warmed:
    """The models are loaded."""


@dataclass(frozen=True)
class ModelsRequest:
    """Ask which models a pullable set consists of; answered by ModelList."""

    models: str = FULL

    def __post_init__(self) -> None:
        check_models(self.models)


@dataclass(frozen=True)
class ModelEntry:
    """One model. size: bytes to fetch. licence: one sentence; terms: the URL of its text.

    chosen: a Pull without choices would use it. verified: its SHA-256 is published, or was when it was installed.
    """

    role: str
    variant: str
    title: str
    size: int
    licence: str
    terms: str
    chosen: bool
    installed: bool
    verified: bool


@dataclass(frozen=True)
class ModelList:
    """Every model of the set `set`, whether it can be used (`complete`), and what a Pull without choices would fetch.

    to_fetch and free (on the disk of `folder`) in bytes.
    """

    models: tuple[ModelEntry, ...]
    complete: bool
    to_fetch: int
    free: int
    folder: str
    set: str = FULL


@dataclass(frozen=True)
class Pull:
    """Fetch and install a model set; answered by ModelList. `choices`: (role, variant), where not the chosen one.

    accepted: the user has seen sizes and licences, and agrees.
    """

    accepted: bool
    choices: tuple[tuple[str, str], ...] = ()
    models: str = FULL

    def __post_init__(self) -> None:
        check_models(self.models)
        if not self.accepted:
            raise UserError("The models were not fetched: their licences have to be accepted first.")
