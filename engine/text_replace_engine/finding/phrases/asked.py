"""What a person said of which objects they mean: the parser's answer, and what is selected by."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Objects of one noun. noun: in the normal form of prompts, without its `colour` (`colour_words`); empty: whatever
    there is. phrase: the noun with its colour, in the order in which they were said; empty where none was.

    every: all of them. count: so many; exact: and there are no others. ordinal: the n-th, from 1, of `places` or
    `size`; −1: the last. places: “left” and the like, of a language's data. size: “biggest” and the like; loose: of one
    object alone it says nothing. relation: how it lies to objects of `others`. but: all but those.
    """

    noun: str
    phrase: str = ""
    every: bool = False
    count: int | None = None
    exact: bool = False
    ordinal: int | None = None
    places: tuple[str, ...] = ()
    size: str | None = None
    loose: bool = False
    colour: str | None = None
    relation: str | None = None
    others: tuple[Group, ...] = ()
    but: tuple[Group, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether it is no more than its noun."""
        return self == Group(self.noun) and bool(self.noun)


@dataclass(frozen=True)
class Asked:
    """groups: all that is meant, in the order in which it was said."""

    groups: tuple[Group, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it says nothing of which ones."""
        return all(group.is_plain for group in self.groups)

    @property
    def is_related(self) -> bool:
        """Whether it says what something is beside."""
        return any(group.relation for group in every_group(self.groups))


def every_group(groups: Iterable[Group]) -> Iterator[Group]:
    """The groups, and those that they refer to."""
    for group in groups:
        yield group
        yield from every_group((*group.others, *group.but))


def with_nouns(groups: Iterable[Group], told: Mapping[str, tuple[str, str | None]]) -> tuple[Group, ...]:
    """The groups with other nouns, and the colours that these had, in place of those in `told`."""
    return tuple(
        dataclasses.replace(
            group,
            noun=told[group.noun][0] if group.noun else "",
            colour=group.colour or (told[group.noun][1] if group.noun else None),
            others=with_nouns(group.others, told),
            but=with_nouns(group.but, told),
        )
        for group in groups
    )
