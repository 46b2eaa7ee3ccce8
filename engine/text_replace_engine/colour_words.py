"""Words for colours: which a phrase says of its object, and what of CIELAB each of them means. The words are data, in
`colour_words.json`; no network and no pixels here.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from text_replace_engine.noun_phrases import english_noun_phrases as _english

#: From, to; degrees where it is of hues, and then through 0 where the first is larger.
Range = tuple[float, float]

_FILE = Path(__file__).with_suffix(".json")


@dataclass(frozen=True)
class Colour:
    """What a word for a colour means, in CIELAB as lightness (0 to 100), chroma and hue (degrees).

    typical: one that everybody calls so; its hue is None, as `hue` is, for black, white and the like, which have none.
    """

    name: str
    typical: tuple[float, float, float | None]
    lightness: Range
    chroma: Range
    hue: Range | None


@dataclass(frozen=True)
class _Words:
    """colours, shades: by every word for them. of_a_part: what makes the word before it one of a part of the object."""

    colours: dict[str, Colour]
    shades: dict[str, tuple[str, Range]]
    of_a_part: frozenset[str]


def colour_named(words: str) -> Colour | None:
    """The colour that one word, or a shade and a word, such as “dark blue”, say in small letters; else None."""
    known, (*before, last) = _words(), words.split() or [""]
    colour = known.colours.get(last)
    if colour is None or not before:
        return colour
    shade = known.shades.get(before[0])
    return None if shade is None or len(before) > 1 else _shaded(colour, *shade)


def taken_out(phrase: str, is_name: Callable[[Sequence[str]], bool]) -> tuple[str, str | None]:
    """The normalised words of one object without those for its colour, and these; (phrase, None) where it says none.

    is_name: whether words, one after the other, name an object: “green apple” and “orange” do, and a colour is said
    only of what is named beside it. So an “orange cat” is a cat, and an “orange” a fruit; a “house with a red roof” has
    no colour, but one “that is red” has.
    """
    words = phrase.split()
    parts = list(_parts(words, is_name))
    about = next((place for place, part in enumerate(parts) if _any_name(part, is_name)), None)
    if about is None:
        return phrase, None
    before = sum(map(len, parts[:about]))
    for start, length in _places(parts[about], is_name):
        part = parts[about]
        # Of what is a name itself only the name after it can have the colour.
        is_both = is_name(part[start + length - 1 : start + length])
        if _any_name(part[start + length :] if is_both else [*part[:start], *part[start + length :]], is_name):
            first = before + start
            return " ".join(words[:first] + words[first + length :]), " ".join(words[first : first + length])
    behind = [word for part in parts[about + 1 :] for word in part]
    said = [word for word in behind if word not in _english().of_itself | _english().empty]
    if behind[:1] and behind[0] in _english().of_itself and colour_named(" ".join(said)):
        return " ".join(words[: len(words) - len(behind)]), " ".join(said)
    return phrase, None


def begins_with_colour(phrase: str, is_name: Callable[[Sequence[str]], bool]) -> bool:
    """Whether the first normalised words say the colour of what is named behind them; see `taken_out`."""
    words = phrase.split()
    part = next(_parts(words, is_name))
    return any(not start and _any_name(part[length:], is_name) for start, length in _places(part, is_name))


def _parts(words: Sequence[str], is_name: Callable[[Sequence[str]], bool]) -> Iterator[list[str]]:
    """The words up to the first link, those from it to the next, and so on."""
    part: list[str] = []
    while words:
        length = _longer_name(words, is_name) or 1
        if part and length == 1 and words[0] in _english().links:
            yield part
            part = []
        part += words[:length]
        words = words[length:]
    yield part


def _places(words: Sequence[str], is_name: Callable[[Sequence[str]], bool]) -> list[tuple[int, int]]:
    """Where words for colours are, and how many each: not inside longer names, not those of parts, and none that the
    object has not.
    """
    places, start = [], 0
    while start < len(words):
        ahead = words[start:]
        name, colour = _longer_name(ahead, is_name), _colour_first(ahead, is_name)
        if not name and colour:
            if ahead[colour : colour + 1] and ahead[colour] in _words().of_a_part:
                colour += 1
            elif not (start and words[start - 1] in _english().negations):
                places.append((start, colour))
        start += name or colour or 1
    return places


def _colour_first(words: Sequence[str], is_name: Callable[[Sequence[str]], bool]) -> int:
    """How many of the first words say a colour; in “dark green apple” none do, where “green apple” is a name."""
    if len(words) > 1 and colour_named(" ".join(words[:2])) and not _longer_name(words[1:], is_name):
        return 2
    return 1 if colour_named(words[0]) else 0


def _longer_name(words: Sequence[str], is_name: Callable[[Sequence[str]], bool]) -> int:
    """How many of the first words name an object together, where it takes more than one."""
    lengths = range(len(words), 1, -1)
    return next((each for each in lengths if is_name(words[:each]) or _english().is_name(words[:each])), 0)


def _any_name(words: Sequence[str], is_name: Callable[[Sequence[str]], bool]) -> bool:
    return any(is_name(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1))


def _shaded(colour: Colour, shade: str, lightness: Range) -> Colour:
    both = max(colour.lightness[0], lightness[0]), min(colour.lightness[1], lightness[1])
    if both[0] >= both[1]:
        # Dark yellow is no yellow of the list, but it is dark.
        both = lightness
    typical = min(max(colour.typical[0], both[0]), both[1])
    middle = (both[0] + both[1]) / 2
    # Not at the edge, where half of an object would be on the other side.
    lightest = middle if typical in both else typical
    return dataclasses.replace(
        colour, name=f"{shade} {colour.name}", typical=(lightest, *colour.typical[1:]), lightness=both
    )


@lru_cache(maxsize=1)
def _words() -> _Words:
    table = json.loads(_FILE.read_text(encoding="utf-8"))
    colours: dict[str, Colour] = {}
    shades: dict[str, tuple[str, Range]] = {}
    for name, entry in table["colours"].items():
        hue = None if entry["hue"] is None else tuple(entry["hue"])
        ranges = tuple(entry["lightness"]), tuple(entry["chroma"])
        colours |= dict.fromkeys((name, *entry["also"]), Colour(name, tuple(entry["typical"]), *ranges, hue))
    for name, entry in table["shades"].items():
        shades |= dict.fromkeys((name, *entry["also"]), (name, tuple(entry["lightness"])))
    return _Words(colours, shades, frozenset(table["of_a_part"]))
