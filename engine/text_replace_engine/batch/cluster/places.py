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
    """size: how many engines; cpus, gpus: of each. An engine computes with a thread for each of its processors."""

    size: int
    cpus: int
    gpus: int


def pool_on(machines: Sequence[Machine], threads: int | None, on_cards: bool, workers: int | None) -> Pool:
    """An engine for every card where there are any and `on_cards`; else for every `threads` processors of one machine.
    threads: None: so many that every machine has one engine at least. workers: how many engines at most; None: as many
    as there is room for. Raises UserError where there is not room for these.
    """
    gpus = int(on_cards and any(machine.gpus >= 1 for machine in machines))
    able = [machine for machine in machines if machine.cpus >= 1 and machine.gpus >= gpus]
    if not able:
        raise UserError("No machine of the cluster offers a processor: start Ray there with --num-cpus.")
    cpus = threads or min(int(machine.cpus / (machine.gpus if gpus else 1)) or 1 for machine in able)
    room = sum(_room(machine, cpus, gpus) for machine in able)
    if room == 0:
        most = int(max(machine.cpus for machine in able))
        raise UserError(f"No machine of the cluster has {cpus} processors: set --threads to {most} or less.")
    if workers is not None and workers > room:
        raise UserError(
            f"The cluster has room for {room} worker{'s' * (room > 1)} of {cpus} thread{'s' * (cpus > 1)}"
            f"{' and a graphics card' * gpus}: set --workers or --threads to less."
        )
    return Pool(workers or room, cpus, gpus)


def _room(machine: Machine, cpus: int, gpus: int) -> int:
    by_cpus = int(machine.cpus / cpus)
    return min(by_cpus, int(machine.gpus)) if gpus else by_cpus
