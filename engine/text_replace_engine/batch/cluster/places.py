"""How many engines a cluster has room for, and what each of them takes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from text_replace_wire.errors import UserError


@dataclass(frozen=True)
class Machine:
    """What one node offers: processors and graphics cards, as Ray counts them."""

    cpus: float
    gpus: float


@dataclass(frozen=True)
class Pool:
    """size: how many engines; cpus, gpus: of each. An engine's threads are its processors."""

    size: int
    cpus: int
    gpus: int


def pool_on(machines: Sequence[Machine], threads: int, on_cards: bool, workers: int | None) -> Pool:
    """An engine for every card where there are any and `on_cards`; else for every `threads` processors of one machine.
    workers: how many at most; None: as many as there is room for. Raises UserError where there is not room for those.
    """
    gpus = int(on_cards and any(machine.gpus >= 1 for machine in machines))
    room = sum(_room(machine, threads, gpus) for machine in machines)
    if workers is not None and workers <= room:
        return Pool(workers, threads, gpus)
    if workers is None and room > 0:
        return Pool(room, threads, gpus)
    most = int(max((machine.cpus for machine in machines), default=0))
    if room == 0:
        raise UserError(f"No machine of the cluster has {threads} processors: set --threads to {most} or less.")
    of = "a graphics card each" if gpus else f"{threads} thread{'s' * (threads > 1)} each"
    raise UserError(
        f"The cluster has room for {room} worker{'s' * (room > 1)} with {of}: set --workers or --threads to less."
    )


def _room(machine: Machine, threads: int, gpus: int) -> int:
    by_cpus = int(machine.cpus // threads)
    return min(by_cpus, int(machine.gpus)) if gpus else by_cpus
