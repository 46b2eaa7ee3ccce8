"""Which edits an ablation asks for: each λ at each value, the other two at 1000."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from text_replace_engine.painting.guided.options import LAMBDA_CLIP, LAMBDA_L2, LAMBDA_LPIPS
from text_replace_wire.errors import UserError
from text_replace_wire.painting import Painting
from text_replace_wire.prompts import shown

#: What the paper found best (its Figure 7), for all three.
OTHERS = 1000.0


class Weight(StrEnum):
    """The λ's of the paper."""

    CLIP = "clip"
    L2 = "l2"
    LPIPS = "lpips"

    @property
    def symbol(self) -> str:
        return "λ_2" if self is Weight.L2 else f"λ_{self.value}"


_OPTIONS = {Weight.CLIP: LAMBDA_CLIP, Weight.L2: LAMBDA_L2, Weight.LPIPS: LAMBDA_LPIPS}


@dataclass(frozen=True)
class Setting:
    """One edit."""

    clip: float
    l2: float
    lpips: float
    seed: int

    @property
    def id(self) -> str:
        """Fit for a file name."""
        return f"clip-{number(self.clip)}_l2-{number(self.l2)}_lpips-{number(self.lpips)}_seed-{self.seed}"

    @property
    def spoken(self) -> str:
        return ", ".join(f"{weight.symbol} {number(getattr(self, weight))}" for weight in Weight)

    def of(self, painting: Painting) -> Painting:
        """A painting with these weights."""
        return painting.with_options(**{option.field: getattr(self, weight) for weight, option in _OPTIONS.items()})


@dataclass(frozen=True)
class Cell:
    """One place in the figure; the setting in which every λ is 1000 has one in every row."""

    over: Weight
    value: float
    setting: Setting


@dataclass(frozen=True)
class Sweep:
    """over, values, seeds: one at least of each, none twice."""

    over: tuple[Weight, ...]
    values: tuple[float, ...]
    seeds: tuple[int, ...]

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Seed by seed, λ by λ, in the order of the values."""
        return tuple(
            Cell(over, value, _setting(over, value, seed))
            for seed in self.seeds
            for over in self.over
            for value in self.values
        )

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Every edit once."""
        return tuple(dict.fromkeys(cell.setting for cell in self.cells))


def sweep_of(over: str, values: str, seeds: Sequence[int]) -> Sweep:
    """What a command line asks for: names of λ's and numbers, with commas between. Raises UserError."""
    names, numbers = _listed(over), _listed(values)
    known = tuple(Weight)
    for name in names:
        if name not in known:
            raise UserError(f"--over has no λ “{shown(name)}”: write one or more of {','.join(known)}.")
    found = Sweep(tuple(map(Weight, names)), tuple(map(_value, numbers)), tuple(seeds))
    if not found.over or not found.values:
        raise UserError("--over and --values each need one at least: write for example --over clip --values 0,1000.")
    _check_once("--over", found.over)
    _check_once("--values", map(number, found.values))
    _check_once("--seed", map(str, found.seeds))
    return found


def number(value: float) -> str:
    """A weight without exponents, as file names and tables have it."""
    return f"{value:.10g}"


def _setting(over: Weight, value: float, seed: int) -> Setting:
    weights = {weight.value: value if weight is over else OTHERS for weight in Weight}
    return Setting(**weights, seed=seed)


def _value(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= LAMBDA_CLIP.most:
        raise UserError(f"--values “{shown(text)}” is no weight: each is a number from 0 to {LAMBDA_CLIP.most:.10g}.")
    return value


def _listed(text: str) -> list[str]:
    return [part for part in (part.strip() for part in text.split(",")) if part]


def _check_once(option: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise UserError(f"{option} has {value} twice: leave one out.")
        seen.add(value)
