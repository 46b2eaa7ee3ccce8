"""What is typed, through the pipeline with the starter models: the same object, the same pixels, or “not found”."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from tests.engine.cli.conftest import CLONE
from text_replace_engine.client.exchange import PictureInMemory
from text_replace_engine.lab.evaluate.cases import QUICK
from text_replace_engine.lab.train.words import plural
from text_replace_engine.local import LocalEngine
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.vocabulary import read_vocabulary
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.api import ignore, never
from text_replace_wire.building import edit_request, find_request
from text_replace_wire.messages import Found
from text_replace_wire.painting import Painting
from text_replace_wire.where import chosen

pytestmark = pytest.mark.slow

VOCABULARY = read_vocabulary(STARTER / "vocabulary.json")
EMOJI = {name: symbol for symbol, name in VOCABULARY.emoji.items()}
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
#: Round a name N, a plural P, an emoji E.
SPELLINGS = (
    '"N"', "'N'", "“N”", "„N“", "«N»", "`N`", "「N」", "(N)", "[N]", "<N>", "**N**", "N.", "N!", "N?", "N;", "N,",
    "...N…", "  N\t", "N\n", "\u00a0N\u3000", "\u200bN\ufeff", "\u202eN\u202c", "\u2066N\u2069", "the N", "an N",
    "my N", "The “N”.", "some P", "P", "E", "E\ufe0f", "N E", "please N", "a big shiny N, please",
)  # fmt: skip
NONSENSE = (
    "a" * 1000, "aaa", "aa", "e" * 20, "y" * 60, "p" * 200, "v" * 30, "abc" * 30, "x", "qwertyuiop", "asdf", "zxcvbnm",
    "hjkl", "%%%", "???", "+", "\\", "/", "=", "-", "&", "12345", "0", "3.14", "lorem ipsum", "blah blah", "wibble",
    "florp", "xyzzy", "a1b2c3", "sdfgsdfgsdfg", "🚀", "💩", "\u200b%\u200b",
)  # fmt: skip


def spellings(name: str) -> Iterator[str]:
    yield from (name.upper(), name.title(), name.translate(WIDE), name[0] + "\u200b" + name[1:], name.replace(" ", "-"))
    values = {"N": name, "P": name if name.endswith(("s", "sh")) else plural(name), "E": EMOJI[name]}
    for spelling in SPELLINGS:
        yield "".join(values.get(character, character) for character in spelling)


def pictures() -> dict[str, tuple[str, ...]]:
    """The bundled pictures, and what is in them."""
    scenes = json.loads((QUICK / "scenes.json").read_text())
    sample = {str(CLONE / "install" / "sample" / "sample.png"): ("apple", "cat", "tree")}
    return sample | {str(QUICK / scene["picture"]): tuple(scene["objects"]) for scene in scenes}


PICTURES = pictures()
#: The sample and two scenes are always tried, the others where all is run.
EVERY = [
    pytest.param(
        path,
        marks=pytest.mark.thorough if place > 2 else (),
        id=path.rsplit("/", 1)[1],
    )
    for place, path in enumerate(PICTURES)
]


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine(Pipeline())


def in_memory(path: str) -> PictureInMemory:
    return PictureInMemory(np.asarray(Image.open(path).convert("RGB")))


def found(engine: LocalEngine, picture: PictureInMemory, replace: str) -> Found:
    return engine.find(find_request(picture, replace, "starter"), ignore, never)


@pytest.mark.parametrize("path", EVERY)
def test_spelling_changes_no_choice(engine: LocalEngine, path: str) -> None:
    """Every present name, in 39 spellings: the same candidates, presences and choice, and only words are warned of."""
    picture = in_memory(path)
    for name in PICTURES[path]:
        plain = found(engine, picture, name)
        assert plain.chosen
        for typed in spellings(name):
            other = found(engine, picture, typed)
            assert (other.candidates, other.chosen) == (plain.candidates, plain.chosen), ascii(typed)
            assert bool(other.report["warnings"]) == ("please" in typed), ascii(typed)


@pytest.mark.parametrize("path", EVERY)
def test_nonsense_is_not_found(engine: LocalEngine, path: str) -> None:
    """What names nothing is in no picture, and what was seen is said."""
    picture = in_memory(path)
    for typed in NONSENSE:
        answer = found(engine, picture, typed)
        assert not answer.chosen, ascii(typed)
        assert all(candidate.label in answer.explanation for candidate in answer.candidates)


def test_several_objects_are_still_several(engine: LocalEngine) -> None:
    """Commas, “and” and “&” separate objects in every form, and words beside them are left out with a warning."""
    picture = in_memory(str(CLONE / "install" / "sample" / "sample.png"))
    plain = found(engine, picture, "apple and cat")
    assert len(plain.chosen) == 2
    for typed in ("apple, cat", "the “apple” & the cats.", "🍎，🐱", "Apple；CAT", "apple and cat and umbrella"):
        answer = found(engine, picture, typed)
        assert (answer.candidates, answer.chosen) == (plain.candidates, plain.chosen)
        assert len(answer.report["warnings"]) == ("umbrella" in typed)


def test_what_is_missing_is_said_with_what_was_left_out(engine: LocalEngine) -> None:
    """“Not found” repeats what was typed, on one line, and names the words that were not looked for."""
    answer = found(engine, in_memory(str(CLONE / "install" / "sample" / "sample.png")), "please\nthe “banana”")
    assert not answer.chosen
    assert "I looked for “please the “banana””" in answer.explanation
    assert "Left out of “Replace”" in answer.explanation and "“please the”" in answer.explanation


@pytest.mark.parametrize("nth", [5, pytest.param(1, marks=pytest.mark.thorough)])
def test_spelling_changes_no_pixel(engine: LocalEngine, nth: int) -> None:
    """The same seed paints the same for every spelling of “with”, or every nth and the last; a word left out is warned
    of, in report and progress.
    """
    picture = in_memory(str(CLONE / "install" / "sample" / "sample.png"))
    place = chosen(found(engine, picture, "apple"))
    painting = Painting().with_options(strength=0.04)

    def painted(with_: str) -> tuple[object, list[str], set[str]]:
        notes: set[str] = set()
        request = edit_request(picture, place, "apple", with_, 1, "starter", painting)
        edited = engine.edit(request, lambda progress: notes.add(progress.note), never)
        (variation,) = edited.variations
        return variation.pixels, variation.report["warnings"], notes

    plain, warnings, notes = painted("orange")
    assert (warnings, notes) == ([], {""})
    assert painted("lemon")[0] != plain
    every = list(spellings("orange"))
    for typed in [*every[::nth], every[-1]]:
        pixels, warnings, notes = painted(typed)
        assert pixels == plain, ascii(typed)
        assert bool(warnings) == ("please" in typed)
        assert set(warnings) <= notes
