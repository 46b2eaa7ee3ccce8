"""Typing errors in names: one slip of the keyboard away from a name, and no other English word.

What is taken for an error is little, since any word may be one that the models do not know: a letter too many, too few
or wrong, or two that changed places, in names of five letters or more, behind the right first letter. `no_typos.json`
has the English words that this would be true of with the starter's names; they were looked up in SCOWL's list of
American English (http://wordlist.aspell.net/, Debian's wamerican 2020.12.07).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).with_name("no_typos.json")
#: In shorter names one slip makes too many other words.
_SHORTEST = 5


def meant(word: str, names: Iterable[str], forms: Callable[[str], set[str]]) -> list[str]:
    """Which forms of the names, words in small letters, a word that is none may be a typing error of, in alphabetical
    order. forms: a word in the singular and the plural.
    """
    if forms(word) & _no_typos():
        return []
    targets = {form for name in names if len(name) >= _SHORTEST for form in forms(name)}
    return sorted(target for target in targets if _is_one_slip(word, target))


def _is_one_slip(typed: str, name: str) -> bool:
    if typed[:1] != name[:1] or typed == name:
        return False
    start = next((place for place in range(len(name)) if typed[place : place + 1] != name[place]), len(name))
    left, right = typed[start:], name[start:]
    is_swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return is_swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]


@lru_cache(maxsize=1)
def _no_typos() -> frozenset[str]:
    return frozenset(json.loads(_FILE.read_text(encoding="utf-8")))
