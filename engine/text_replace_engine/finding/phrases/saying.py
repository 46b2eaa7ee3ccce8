"""What was understood, and why nothing is meant, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from text_replace_engine.finding.phrases.asked import Group
from text_replace_engine.finding.phrases.language import Language
from text_replace_engine.finding.phrases.objects import Object
from text_replace_engine.finding.phrases.selecting import in_order, is_row

_SIDES = {2: ("left", "right"), 3: ("left", "middle", "right")}
_HEIGHTS = {2: ("top", "bottom"), 3: ("top", "middle", "bottom")}


def understood(group: Group, pool: Sequence[Object], meant: Sequence[Object], language: Language) -> str:
    """Which of the objects `pool` are meant: “2 of 3 apples: left, middle”."""
    nouns = counted(group, len(pool), language)
    if len(meant) == len(pool):
        return f"the only {nouns}" if len(pool) == 1 else f"all {len(pool)} {nouns}"
    ordered = in_order(pool)
    where = ", ".join(_place(ordered, number) for number, each in enumerate(ordered) if each in meant)
    return f"{len(meant)} of {len(pool)} {nouns}: {where}"


def counted(group: Group, count: int, language: Language) -> str:
    """Its noun, as one says it of so many, with its colour."""
    noun = group.noun or language.anything
    named = language.singular_of(noun) if count == 1 else language.plural(noun)
    return named if group.colour is None else f"{group.colour} {named}"


def _place(ordered: Sequence[Object], number: int) -> str:
    is_beside = is_row(ordered)
    names = (_SIDES if is_beside else _HEIGHTS).get(len(ordered))
    return names[number] if names else f"{number + 1} from the {'left' if is_beside else 'top'}"
