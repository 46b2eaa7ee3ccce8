"""`--ray` and what goes with it: a batch on a cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from text_replace_engine.batch.cluster.joining import LOCAL, joined
from text_replace_engine.cli.engine_use import Dtype, EngineFactory, EngineUse
from text_replace_engine.local import in_process
from text_replace_wire.errors import UserError

if TYPE_CHECKING:
    from text_replace_engine.batch.flow import Way
    from text_replace_engine.batch.identity import Identity, Probe

_OPTION = "--ray"
_ADDRESS = re.compile(r"auto|local|\w+://\S*|[^\s/\\:]+:\d+|\[[\da-fA-F:]+\]:\d+")

RayOption = Annotated[
    str | None,
    typer.Option(
        _OPTION,
        metavar="[ADDRESS]",
        help="On a cluster of Ray to which this machine belongs: auto, or HOST:PORT; alone: on this machine.",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Engines of --ray; else one for each graphics card, or --threads."),
]
SharedOption = Annotated[
    bool, typer.Option("--shared", help="The machines of --ray read the pictures themselves, under the same names.")
]


class TakingAddress(TyperCommand):
    """A command whose --ray may stand alone, which Typer's options cannot: what follows is its value where that looks
    like an address.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See `TyperCommand`."""
        return super().parse_args(ctx, with_address(args))


def with_address(arguments: list[str]) -> list[str]:
    """A command line in which --ray has a value."""
    return [
        f"{_OPTION}={LOCAL}" if argument == _OPTION and not _ADDRESS.fullmatch(after) else argument
        for argument, after in pairwise([*arguments, ""])
    ]


def check(address: str | None, workers: int | None, shared: bool, use: EngineUse, dry_run: bool) -> None:
    """Raises UserError for what cannot be together."""
    if address is None and (workers is not None or shared):
        raise UserError("--workers and --shared say how --ray works: leave them out, or add --ray.")
    if address is not None and use is EngineUse.REQUIRE:
        raise UserError("--ray sets up engines of its own: leave it out, or --engine require.")
    if address is not None and dry_run:
        raise UserError("--dry-run looks for the objects on this machine alone: leave out --ray.")


@contextmanager
def engines(
    context: typer.Context,
    address: str,
    workers: int | None,
    shared: bool,
    device: str | None,
    dtype: Dtype | None,
    threads: int | None,
    probe: Probe,
) -> Iterator[tuple[Identity, Way]]:
    """What each engine of the cluster is, and the way to make pictures by them. Raises UserError, EngineError, and what
    the engines do where they can make no picture.
    """
    with joined(address):
        from text_replace_engine.batch.cluster import running
        from text_replace_engine.batch.cluster.places import pool_on
        from text_replace_engine.batch.cluster.worker import Order

        pool = pool_on(running.machines(), threads, device is None or device.startswith("cuda"), workers)
        build: EngineFactory = context.obj or in_process
        open_engine = partial(build, device, dtype.value if dtype else None, pool.cpus)
        facts = running.facts_on_cluster(pool, open_engine, probe)
        order = Order(open_engine, probe, facts, Path.cwd() if shared else None)
        yield facts, partial(running.on_cluster, pool, order)
