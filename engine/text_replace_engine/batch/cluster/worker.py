"""An engine on a machine of the cluster: an actor, which loads its models once and makes whole pictures."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ray

from text_replace_engine.batch.cluster.parcel import Parcel, by_name
from text_replace_engine.batch.cluster.rows import Row, packed, unpacked
from text_replace_engine.batch.entry import Made
from text_replace_engine.batch.identity import Identity, Probe, differences
from text_replace_engine.batch.job import Job
from text_replace_engine.batch.making import Settings, made
from text_replace_engine.failures import failure_of
from text_replace_wire.api import EngineApi
from text_replace_wire.errors import ModelError, TextReplaceError, UserError, from_kind


@dataclass(frozen=True)
class Order:
    """How every worker works. open_engine: makes an engine in the process that calls it. facts: what `probe` must find
    it to be. folder: on shared storage, in which the names of jobs mean what they mean to the command; None: the files
    are sent.
    """

    open_engine: Callable[[], EngineApi]
    probe: Probe
    facts: Identity
    folder: Path | None = None


class Worker:
    """What Ray Data calls with one row at a time: a `Parcel`, or a `Job` that says where its files are, or why there is
    none. The answer is a `Made`, or the error for which the run must end: Ray would tell of what is raised in its own
    way.
    """

    def __init__(self, order: Order, settings: Settings) -> None:
        self._order, self._settings = order, settings
        self._engine: EngineApi | None = None

    def __call__(self, row: Row) -> Row:
        return packed(self._answer(unpacked(row)))

    def _answer(self, parcel: Parcel | Job | TextReplaceError) -> Made | TextReplaceError:
        if isinstance(parcel, TextReplaceError):
            return parcel
        try:
            engine = self._checked_engine()
            parcel = by_name(parcel) if isinstance(parcel, Job) else parcel
            return made(parcel.job, parcel.asked, self._settings, engine, open_file=parcel.open_file)
        except Exception as error:
            return from_here(error)

    def _checked_engine(self) -> EngineApi:
        if self._engine is None:
            if self._order.folder is not None:
                _enter(self._order.folder)
            engine = self._order.open_engine()
            different = list(differences(self._order.facts, self._order.probe.facts(engine)))
            if different:
                raise ModelError(
                    f"the engine is another one ({'; '.join(different)}): install the same Text Replace and models on "
                    "every machine of the cluster."
                )
            self._engine = engine
        return self._engine


def _enter(folder: Path) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        raise UserError(f"“{folder}” is not there: leave out --shared, and the pictures are sent.") from error


def facts_here(open_engine: Callable[[], EngineApi], probe: Probe) -> Identity | TextReplaceError:
    """What the engine is that can be made where this is called."""
    try:
        return probe.facts(open_engine())
    except Exception as error:
        return from_here(error)


def from_here(error: Exception) -> TextReplaceError:
    """What `error` is to the user, with this machine's name."""
    failure = failure_of(error)
    machine = f"{socket.gethostname()} ({ray.util.get_node_ip_address()})"
    return from_kind(failure.kind, f"On {machine}: {failure}")
