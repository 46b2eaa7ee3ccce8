"""What is asked of one picture file, checked as far as it can be without reading one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from text_replace_engine.client.pointing import Pointed, check_select
from text_replace_wire.choosing import Select
from text_replace_wire.errors import UserError
from text_replace_wire.messages import MaskKind, check_prompt, check_shape, check_wanted
from text_replace_wire.options import AUTO
from text_replace_wire.painting import Painting
from text_replace_wire.pairs import Pair, check_number


@dataclass(frozen=True)
class Wanted:
    """See the options of `text-replace edit` (engine/REFERENCE.md), which have these names. typed: one pair at least,
    as reports have it. variations: how many results, with `seed` and those after it.
    """

    source: Path
    typed: tuple[Pair, ...]
    seed: int
    where: Path | None = None
    region: Path | None = None
    page: int | None = None
    picked: tuple[int, ...] = ()
    select: Select = Select.OURS
    pointed: Pointed = Pointed()
    models: str = AUTO
    painting: Painting = Painting()
    mark: bool = True
    variations: int = 1

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """As engines are asked."""
        return tuple(Pair(pair.replace.strip(), pair.with_.strip()) for pair in self.typed)

    def check(self) -> None:
        """Raises UserError for what cannot be together."""
        check_shape(self.painting, MaskKind.OBJECT if self.region is None else MaskKind.REGION)
        check_number(len(self.pairs))
        if len(self.pairs) > 1:
            self._check_pairs()
        if self.region is not None and self.where is not None:
            raise UserError("--region is the whole edit region: leave out --where.")
        if self.pointed and (self.region is not None or self.picked):
            raise UserError("--point and --box say where the object is: leave out --region and --pick.")
        check_select(self.select, self.region is not None or bool(self.pointed))

    def _check_pairs(self) -> None:
        of_one_object = {
            "--pick": self.picked,
            "--point": self.pointed.points,
            "--box": self.pointed.box,
            "--region": self.region,
        }
        given = [option for option, value in of_one_object.items() if value]
        if given:
            raise UserError(f"{given[0]} is of one object: leave it out, or replace one object at a time.")


def pairs_of(replace: Sequence[str], wanted: Sequence[str], painting: Painting) -> tuple[Pair, ...]:
    """What `--replace` and `--with` say, as typed. Raises BadPrompt, and UserError where something is left over."""
    if painting.remove and wanted:
        raise UserError("--remove puts nothing in the object's place: leave it out, or --with.")
    if len(replace) != len(wanted) and not painting.remove:
        raise UserError(f"There are {len(replace)} --replace and {len(wanted)} --with: each needs the other.")
    wanted = wanted or [""] * len(replace)
    pairs = tuple(map(Pair, replace, wanted))
    for pair in pairs:
        check_prompt(pair.replace, "Replace")
        check_wanted(pair.with_, painting)
    return pairs
