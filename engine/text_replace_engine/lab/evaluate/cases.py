"""What is asked about which picture: composed scenes with seeds that no training uses, or the committed quick set."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.lab.evaluate.alike import look_alikes
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.vocabulary import read_vocabulary

if TYPE_CHECKING:
    from text_replace_engine.lab.train.art import Art

#: Scene i is composed by a Generator of this plus i; training seeds its Generators with tuples.
FIRST_SEED = 1_000_000
#: Shares of the scenes that are grey, and that have been through JPEG.
GREY, JPEG = 0.1, 0.3
QUICK = Path(__file__).parent / "quick"
OUTSIDE: tuple[str, ...] = tuple(json.loads((Path(__file__).parent / "outside.json").read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Question:
    """Which object of a scene to look for, and a word for something that is not there."""

    present: str
    absent: str
    #: Whether the absent word is in the models' vocabulary.
    listed: bool


@dataclass(frozen=True)
class Case:
    """One picture, RGB (h, w, 3), and the question. masks: the visible part, bool (h, w), of the object to find, and
    of every other that looks the same in this picture.
    """

    pixels: NDArray[np.uint8]
    masks: tuple[NDArray[np.bool_], ...]
    question: Question
    grey: bool = False


class Cases(Protocol):
    """A sequence of cases, each made when it is asked for."""

    def __getitem__(self, index: int) -> Case: ...


class ComposedCases:
    """Unseen scenes of three objects; in every second one the absent word is from the vocabulary."""

    def __init__(self, art: Art) -> None:
        self._art, self._alike = art, look_alikes(art.pictures)

    def __getitem__(self, index: int) -> Case:
        from text_replace_engine.lab.train.scenes import compose_scene

        rng = np.random.default_rng(FIRST_SEED + index)
        grey, jpeg = wear(rng)
        scene = compose_scene(rng, self._art, grey=grey, jpeg=jpeg)
        names = [item.name for item in scene.objects]
        wanted = scene.objects[int(rng.integers(len(names)))]
        same = self._alike[wanted.name] if grey else frozenset()
        masks = (wanted.mask, *(item.mask for item in scene.objects if item.name in same))
        seen = {*names, *(other for name in names for other in self._alike[name])} if grey else set(names)
        return Case(scene.image, masks, ask(rng, sorted(seen), wanted.name, listed=index % 2 == 0), grey)


class QuickCases:
    """The 20 small scenes that come with the engine."""

    def __init__(self) -> None:
        self._entries = json.loads((QUICK / "scenes.json").read_text(encoding="utf-8"))

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Case:
        entry = self._entries[index]
        pixels = np.asarray(Image.open(QUICK / entry["picture"]).convert("RGB"))
        owner = np.asarray(Image.open(QUICK / entry["masks"]))
        number = entry["objects"].index(entry["present"]) + 1
        return Case(pixels, (owner == number,), Question(entry["present"], entry["absent"], entry["listed"]))


def wear(rng: np.random.Generator) -> tuple[bool, int | None]:
    """Whether the next scene is grey, and its JPEG quality, None for no compression."""
    grey = bool(rng.random() < GREY)
    return grey, int(rng.integers(60, 96)) if rng.random() < JPEG else None


def ask(rng: np.random.Generator, names: Sequence[str], present: str, listed: bool) -> Question:
    """Ask for `present`, and for a word that names none of `names`, `listed` in the vocabulary or not."""
    if not listed:
        return Question(present, str(rng.choice(OUTSIDE)), False)
    there = {word for name in names for word in name.split()}
    vocabulary = read_vocabulary(STARTER / "vocabulary.json").names
    # "apple" is not absent where a green apple is.
    absent = [name for name in vocabulary if not there & set(name.split())]
    return Question(present, str(rng.choice(absent)), True)
