"""How long things are, for who paints several beside each other. The lengths, in metres, are data: `lengths.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from text_replace_engine.models.vocabulary import numbers

_FILE = Path(__file__).with_suffix(".json")
#: Lengths differ as the cube root, and no more than this many times: a mouse beside a cow is still to be seen.
_ROOT, _MOST = 3, 1.5


def room_for(texts: Sequence[str]) -> list[float]:
    """How much room each of the things named gets, 1 together; the same for all where one is not known."""
    lengths = [_length(text) for text in texts]
    known = [length for length in lengths if length is not None]
    if len(known) < len(texts):
        return [1 / len(texts)] * len(texts)
    least = min(known)
    weights = [min((length / least) ** (1 / _ROOT), _MOST) for length in known]
    return [weight / sum(weights) for weight in weights]


def _length(text: str) -> float | None:
    """Of what the last words of a text in small letters name, in singular or plural."""
    words, lengths = text.split(), _lengths()
    for start in range(len(words)):
        *before, last = words[start:]
        named = (" ".join([*before, form]) for form in sorted(numbers(last)))
        found = next((lengths[name] for name in named if name in lengths), None)
        if found is not None:
            return found
    return None


@lru_cache(maxsize=1)
def _lengths() -> dict[str, float]:
    table: dict[str, float] = json.loads(_FILE.read_text(encoding="utf-8"))
    return table
