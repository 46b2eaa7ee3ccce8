"""From what was asked to the candidates that are meant, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from text_replace_engine.finding.finder import Seen
from text_replace_engine.finding.phrases.asked import Asked, Group, every_group
from text_replace_engine.finding.phrases.language import Language
from text_replace_engine.finding.phrases.objects import Object, objects
from text_replace_engine.finding.phrases.saying import counted, understood
from text_replace_engine.finding.phrases.selecting import selected

#: An object has a colour where at least this share of it does.
_COLOURED = 0.25


@dataclass(frozen=True)
class Chosen:
    """places: of the candidates that are meant, in their ranking; none: not found. understood: what they are of how
    many. problem: why there are none, as a sentence has it behind “I looked for … and saw”; empty where a noun names
    nothing at all. unnamed: whether there are none because a noun names nothing.
    """

    places: tuple[int, ...]
    understood: str = ""
    problem: str = ""
    unnamed: bool = False


class _Missing(Exception):
    """What is asked for is not there."""


class _Unnamed(_Missing):
    """There is nothing of a noun."""


class Chooser:
    """Chooses among the candidates of one picture."""

    def __init__(
        self,
        ranked: Sequence[Seen],
        named: Callable[[Group], Sequence[int]],
        share: Callable[[Seen, str], float],
        language: Language,
        is_colour_sure: bool = True,
    ) -> None:
        """named: the places in `ranked` of the candidates that a group's noun names, best first.
        share: how much of a candidate has a colour, 0 to 1. is_colour_sure: False: where none has it, all may be meant.
        """
        self._ranked = ranked
        self._named = named
        self._share = share
        self._language = language
        self._is_colour_sure = is_colour_sure

    def chosen(self, asked: Asked) -> Chosen:
        """What is meant."""
        if not any(self._named(group) for group in every_group(asked.groups)):
            return Chosen((), unnamed=True)
        meant: dict[int, None] = {}
        said = []
        try:
            for group in asked.groups:
                if len(asked.groups) > 1 and (group.is_plain or group.every) and not self._named(group):
                    said.append(f"no {counted(group, 1 if group.is_plain else 2, self._language)}")
                    continue
                own, words = self._of(group)
                meant |= dict.fromkeys(own)
                said.append(words)
        except _Missing as problem:
            return Chosen((), problem=str(problem), unnamed=isinstance(problem, _Unnamed))
        return Chosen(tuple(sorted(meant)), "; ".join(said)) if meant else Chosen(())

    def _of(self, group: Group) -> tuple[list[int], str]:
        pool = self._coloured(group)
        excepted = {each.place for other in group.but for each in self._excepted(other)}
        left = [each for each in self._meant(group, pool) if each.place not in excepted]
        if not left and not group.every:
            # “the apple but not the left one”: the next best.
            left = selected(group, [each for each in pool if each.place not in excepted], self._others(group))
        if not left:
            raise _Missing(f"{self._how_many(group, pool)} only: say which one, or select the object.")
        return [each.place for each in left], understood(group, pool, left, self._language)

    def _excepted(self, group: Group) -> list[Object]:
        """What an exception means; nothing where none of its noun or colour is there."""
        try:
            pool = self._coloured(group)
        except _Missing:
            return []
        return self._meant(group, pool)

    def _others(self, group: Group) -> list[list[Object]]:
        others = []
        for other in group.others:
            there = self._coloured(other)
            others.append(there if other == Group(other.noun) else self._meant(other, there))
        return others

    def _meant(self, group: Group, pool: Sequence[Object]) -> list[Object]:
        meant = selected(group, pool, self._others(group))
        if not meant:
            raise _Missing(f"{self._how_many(group, pool)} only: say which one, or select the object.")
        return meant

    def _coloured(self, group: Group) -> list[Object]:
        """The objects of a group's noun that have its colour, the more of it the better."""
        pool = objects(self._ranked, self._named(group))
        colour = group.colour
        if not pool:
            raise _Unnamed(self._no(group))
        if colour is None:
            return pool
        shares = {each.place: self._share(self._ranked[each.place], colour) for each in pool}
        own = [each for each in pool if shares[each.place] >= _COLOURED]
        if own:
            return sorted(own, key=lambda each: -shares[each.place])
        if not self._is_colour_sure:
            return pool
        without = Group(group.noun)
        nouns = self._how_many(without, pool)
        not_so = f"it is not {colour}" if len(pool) == 1 else f"none of them is {colour}"
        raise _Missing(f"{nouns}, but {not_so}: leave out the colour, or select the object.")

    def _no(self, group: Group) -> str:
        return f"no {counted(Group(group.noun), 1, self._language)}: say it in other words, or select the object."

    def _how_many(self, group: Group, pool: Sequence[Object]) -> str:
        return f"{len(pool)} {counted(group, len(pool), self._language)}"
