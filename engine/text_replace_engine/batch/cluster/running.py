"""The pictures of a batch, made by Ray Data on an actor pool of engines.

Ray Data gives a worker no more than it can begin with, and reads and keeps no more than its store of objects allows:
that is the back-pressure. An actor whose process or machine is lost is started again by Ray where there is room, and
makes again what it had begun; where there is none it waits until others, which go on, have nothing left to do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import ray
import ray.data
from ray.data.exceptions import ExecutionTimeoutError, SystemException

from text_replace_engine.batch.cluster.joining import gist
from text_replace_engine.batch.cluster.parcel import by_contents
from text_replace_engine.batch.cluster.places import Machine, Pool
from text_replace_engine.batch.cluster.rows import Row, contents, item, packed, unpacked
from text_replace_engine.batch.cluster.worker import Order, Worker, facts_here, from_here
from text_replace_engine.batch.entry import Entry, Made
from text_replace_engine.batch.flow import Keep
from text_replace_engine.batch.identity import Identity, Probe
from text_replace_engine.batch.job import Job
from text_replace_engine.batch.making import Settings
from text_replace_wire.api import EngineApi
from text_replace_wire.errors import EngineLost, TextReplaceError

#: Jobs whose files are read at a time, on this machine.
_READING = 2


def machines() -> list[Machine]:
    """Those of the cluster that answer."""
    resources = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return [Machine(each.get("CPU", 0), each.get("GPU", 0)) for each in resources]


def facts_on_cluster(pool: Pool, open_engine: Callable[[], EngineApi], probe: Probe) -> Identity:
    """What an engine is that has what each of `pool` has, wherever there is room for it. Raises what `Probe.facts`
    does, and EngineLost.
    """
    # The process ends with the call, and its engine with it.
    task = ray.remote(num_cpus=pool.cpus, num_gpus=pool.gpus, max_calls=1)(facts_here)
    with _lost_explained():
        facts: Identity | TextReplaceError = ray.get(task.remote(open_engine, probe))
    if isinstance(facts, TextReplaceError):
        raise facts
    return facts


def on_cluster(
    pool: Pool, order: Order, jobs: Iterable[Job], settings: Settings, keep: Keep
) -> Generator[Entry, None, None]:
    """See `flow.Way`. Raises EngineLost besides, where Ray gives up."""
    todo = list(jobs)
    if not todo:
        return
    for answer in _answers(pool, order, todo, settings):
        if isinstance(answer, TextReplaceError):
            raise answer
        keep(answer)
        yield answer.entry


def _answers(pool: Pool, order: Order, jobs: Sequence[Job], settings: Settings) -> Iterator[Made | TextReplaceError]:
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False
    with _lost_explained():
        made = _made(pool, order, jobs, settings)
        for batch in made.iter_batches(batch_size=None, batch_format="numpy", prefetch_batches=0):
            yield from contents(batch)


@contextmanager
def _lost_explained() -> Iterator[None]:
    try:
        yield
    except (ray.exceptions.RayError, ExecutionTimeoutError, SystemException) as error:
        raise EngineLost(
            f"The cluster's workers were lost ({gist(error)}): see that every machine has this version of Text "
            "Replace, and enough memory; then the same command goes on from here."
        ) from error


def _made(pool: Pool, order: Order, jobs: Sequence[Job], settings: Settings) -> ray.data.Dataset:
    # A block each: what is in one block comes back together.
    rows = ray.data.from_items(list(map(item, jobs)), override_num_blocks=len(jobs))
    if order.folder is None:
        rows = rows.map_batches(
            _with_files,
            fn_args=[Path.cwd()],
            batch_size=1,
            batch_format="numpy",
            compute=ray.data.TaskPoolStrategy(size=_READING),
            label_selector={"ray.io/node-id": ray.get_runtime_context().get_node_id()},
            # With the same needs as the workers', Ray Data would make one step of both, all of it on this machine.
            num_cpus=0,
        )
    return rows.map_batches(
        Worker,
        fn_constructor_args=[order, settings],
        batch_size=1,
        batch_format="numpy",
        compute=ray.data.ActorPoolStrategy(size=pool.size),
        num_cpus=pool.cpus,
        num_gpus=pool.gpus,
    )


def _with_files(row: Row, folder: Path) -> Row:
    try:
        os.chdir(folder)
        return packed(by_contents(unpacked(row)))
    except Exception as error:
        return packed(from_here(error))
