"""When CLIP agrees that a phrase names what is seen, branch by branch, and which nouns it would say instead."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.engine.finding.planted_clip import PlantedClip, agreement
from text_replace_engine.finding.match import matched
from text_replace_engine.finding.segment import Segment
from text_replace_engine.models.nouns import Nouns, sentences

#: As in the list that comes with the engine, but few.
NOUNS = Nouns(
    ("animal", "cat", "dog", "wolf", "car", "wheel", "moon"),
    {"animal": (), "cat": ("animal",), "dog": ("animal",), "wolf": ("animal",), "car": (), "wheel": (), "moon": ()},
    {"animal": (), "cat": (), "dog": (), "wolf": (), "car": (), "wheel": ("car",), "moon": ()},
)


@pytest.fixture
def clip() -> PlantedClip:
    """“wolf” is nearly “dog”; “lynx” and “red car” are in no list."""
    return PlantedClip([*NOUNS.names, "lynx", "red car"], near={"wolf": ("dog", 0.95)})


def agrees(clip: PlantedClip, phrase: str, *pictures: Tensor) -> list[bool]:
    found: list[bool] = agreement(clip, NOUNS).agrees(torch.stack(pictures), phrase).tolist()
    return found


def test_below_the_least_cosine_nothing_agrees(clip: PlantedClip) -> None:
    """A phrase that beats every noun but hardly fits itself is not there."""
    assert agrees(clip, "lynx", clip.picture(lynx=0.199), clip.picture(lynx=0.201)) == [False, True]


def test_a_phrase_has_to_beat_every_noun_by_the_margin(clip: PlantedClip) -> None:
    """A noun that fits as well, or nearly, speaks against the phrase; whichever noun that is."""
    close = clip.picture(lynx=0.25, cat=0.245)
    beaten = clip.picture(lynx=0.25, cat=0.238)
    better = clip.picture(lynx=0.22, moon=0.26)
    assert agrees(clip, "lynx", close, beaten, better) == [False, True, False]


def test_a_high_cosine_is_enough(clip: PlantedClip) -> None:
    """From the upper bound on no noun speaks against a phrase."""
    assert agrees(clip, "lynx", clip.picture(lynx=0.271, cat=0.3), clip.picture(lynx=0.269, cat=0.3)) == [True, False]


def test_a_noun_that_says_the_same_does_not_count(clip: PlantedClip) -> None:
    """“dog” and “wolf” are nearly one text: neither can beat the other. What is a little less alike can."""
    seen = clip.picture(dog=0.22, wolf=0.24)
    assert agrees(clip, "dog", seen) == [True]
    apart = PlantedClip(NOUNS.names, near={"wolf": ("dog", 0.85)})
    assert agrees(apart, "dog", apart.picture(dog=0.22, wolf=0.24)) == [False]


def test_a_kind_does_not_speak_against_the_general_noun(clip: PlantedClip) -> None:
    """A cat is an animal: “animal” stays there however well “cat” fits. The other way round “animal” counts."""
    seen = clip.picture(animal=0.21, cat=0.29)
    assert agrees(clip, "animal", seen) == [True]
    plural = PlantedClip(["animals", *NOUNS.names])
    assert agrees(plural, "animals", plural.picture(animals=0.21, cat=0.29)) == [True]
    assert agrees(clip, "cat", clip.picture(animal=0.26, cat=0.25)) == [False]


def test_a_part_does_not_speak_against_the_whole(clip: PlantedClip) -> None:
    """A car has wheels, also a red one: they count neither against “car” nor against “red car”, but against others."""
    assert agrees(clip, "car", clip.picture(car=0.21, wheel=0.29)) == [True]
    assert agrees(clip, "red car", clip.picture(red_car=0.21, wheel=0.29)) == [True]
    assert agrees(clip, "wheel", clip.picture(car=0.26, wheel=0.21)) == [False]
    assert agrees(clip, "moon", clip.picture(moon=0.21, wheel=0.26)) == [False]


def test_nouns_that_fit_are_those_it_would_agree_with(clip: PlantedClip) -> None:
    """Of all pictures, best first, at most as many as asked for; none that another beats, and none that hardly fits."""
    pictures = torch.stack([clip.picture(moon=0.28), clip.picture(cat=0.25, car=0.246), clip.picture(dog=0.19)])
    told = agreement(clip, NOUNS)
    assert told.fitting(pictures, 3) == ("moon",)
    assert told.fitting(torch.stack([clip.picture(moon=0.25), clip.picture(car=0.26)]), 3) == ("car", "moon")
    assert told.fitting(torch.stack([clip.picture(moon=0.25), clip.picture(car=0.26)]), 1) == ("car",)
    assert told.fitting(torch.zeros(0, 9), 3) == ()


def test_of_a_noun_and_a_more_general_one_only_the_better_is_named(clip: PlantedClip) -> None:
    """“I saw cat, animal” would say one thing twice."""
    assert agreement(clip, NOUNS).fitting(clip.picture(cat=0.3, animal=0.28)[None], 3) == ("cat",)


class UncalibratedClip(PlantedClip):
    """Its floor is a guess, so is its presence. Words alone are put to it too."""

    guess = 0.0

    def encode_text(self, texts: list[str]) -> Tensor:
        return super().encode_text([text if text in self._axes else sentences([text])[0] for text in texts])

    def presence(self, cosine: Tensor) -> Tensor:
        return torch.full_like(cosine, self.guess)


@pytest.mark.parametrize(("guess", "cosine", "presence"), [(0.3, 0.25, 0.5), (0.9, 0.15, 0.49), (0.8, 0.25, 0.8)])
def test_agreement_decides_where_presence_was_never_calibrated(guess: float, cosine: float, presence: float) -> None:
    """What CLIP agrees with reaches the floor, else it is held below it; told is what CLIP would say, no labels."""
    clip = UncalibratedClip([*NOUNS.names, "wall"])
    clip.guess = guess
    pixels = np.zeros((40, 40), bool)
    pixels[10:30, 10:30] = True
    vectors = clip.picture(cat=cosine, moon=0.1)[None]
    segments = [Segment("wall", pixels)]
    told = agreement(clip, NOUNS)
    finding = matched(torch.zeros(1, 3, 40, 40), segments, "cat", clip, vectors=vectors, agreement=told)  # type: ignore[arg-type]
    assert finding.ranked[0].presence == pytest.approx(presence)
    assert finding.chosen == ((0,) if cosine > 0.2 else ())
    assert finding.seen == (("cat",) if cosine > 0.2 else ())
