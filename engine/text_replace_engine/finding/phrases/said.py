"""What one part of a prompt says, while it is parsed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from text_replace_engine.finding.phrases.asked import Group


@dataclass(frozen=True)
class Said:
    """group: its noun is empty where none was said. pronoun: whether “one” stands for it. everything: whatever there
    is. text: its words.
    """

    group: Group
    text: str
    pronoun: bool = False
    everything: bool = False


def changed(said: Said, **changes: object) -> Said:
    """It, with other values of its group."""
    return dataclasses.replace(said, group=dataclasses.replace(said.group, **changes))  # type: ignore[arg-type]


def naming(said: Said, noun: str) -> Said:
    """It, of a noun that another said."""
    colour = said.group.colour
    return changed(said, noun=noun, phrase=f"{colour} {noun}" if colour and noun else "")


def is_enough(said: Said) -> bool:
    """Whether what names nothing says which one: “the biggest”, “the left one”, but not “top”."""
    group = said.group
    says = group.every or group.ordinal is not None or (group.size is not None and not group.loose)
    return said.pronoun or says or bool(group.relation)
