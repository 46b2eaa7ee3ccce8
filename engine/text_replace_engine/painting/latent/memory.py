"""The ways to paint by latents, best first, and what memory all of them take besides."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from text_replace_engine.painting.options import check_working_size
from text_replace_engine.painting.painter import Plan

#: What every size needs besides; bfloat16 takes more than half of what float32 does.
WORKSPACE = 160 * 2**20
#: What the machine keeps for everything else, and how far a measurement on another machine may be off.
RESERVE = 256 * 2**20
MARGIN = 1.1
#: Sizes to fall back to, as shares of the first.
_SMALLER = (1.0, 0.75, 0.5)


@dataclass(frozen=True, kw_only=True)
class LatentPlan(Plan):
    """working_size: side of the square with as many pixels as are painted; tiled: the autoencoder sees quarters of it,
    one after another; once: nothing is painted a second time, finer.
    """

    working_size: int
    tiled: bool = False
    once: bool = False

    def instead_of(self, best: LatentPlan) -> LatentPlan:
        """With what the user is told where this plan, taken for want of memory instead of `best`, changes the
        picture.
        """
        warnings = []
        if self.working_size != best.working_size:
            warnings.append(f"Painted at {self.working_size} instead of {best.working_size} pixels: memory is short.")
        elif self.tiled and not best.tiled:
            warnings.append("Decoded in tiles, which may differ in colour: memory is short.")
        if self.once and not best.once:
            warnings.append("Large objects are painted once, less sharp: memory is short.")
        return dataclasses.replace(self, warnings=tuple(warnings))

    @property
    def tile(self) -> int:
        """Side in pixels of what the autoencoder sees, where it is tiled."""
        return self.working_size // 2


def plans(
    learnt: int,
    multiple: int,
    size: int | None,
    tiled: bool | None,
    batches: Sequence[int],
    once: Sequence[bool] = (False,),
) -> Iterator[LatentPlan]:
    """The ways to paint, best first, whatever memory there is.

    learnt: the size that the network has learnt from; multiple: of which its sides are multiples; size: the working
    size where it was asked for: no other is then tried; tiled: whether the autoencoder sees tiles, where that was asked
    for; batches: how many samples may be painted at once, most first; once: whether everything is painted once, in the
    order to be tried.
    Raises UserError for a size that the network does not take.
    """
    if size is not None:
        check_working_size(size, multiple)
    for share in _SMALLER if size is None else (1.0,):
        side = size or max(multiple, round(learnt * share / multiple) * multiple)
        for each in once:
            if not tiled:
                for batch in dict.fromkeys(batches):
                    yield LatentPlan(batch=batch, working_size=side, once=each)
            if tiled is not False:
                for batch in dict.fromkeys(batches if tiled else batches[-1:]):
                    yield LatentPlan(batch=batch, working_size=side, tiled=True, once=each)


def halved(most: int) -> tuple[int, ...]:
    """So many, and ever half as many down to one."""
    return (most, *halved(most // 2)) if most > 1 else (1,)
