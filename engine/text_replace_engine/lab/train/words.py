"""Texts for training: phrases that name a vocabulary object, and phrases that name nothing in any picture."""

from __future__ import annotations

import zlib

import numpy as np

from text_replace_engine.models.vocabulary import Vocabulary

_TEMPLATES = (
    "{}", "{}", "{}", "{}", "the {}", "the {}", "a {}", "a {}", "an {}", "my {}", "that {}", "one {}", "some {}",
    "a photo of a {}", "a photo of an {}", "a photo of the {}", "a picture of a {}", "an image of a {}",
    "a drawing of a {}", "the {} on the left", "the {} on the right", "a {} on a table", "the {} in the middle",
    "a {adjective} {}", "the {adjective} {}", "{adjective} {}", "a photo of a {adjective} {}", "an {adjective} {}",
)  # fmt: skip
COLOURS = ("red", "orange", "yellow", "blue", "purple", "pink", "brown", "black", "white", "grey", "golden", "green")
_ADJECTIVES = ("small", "big", "large", "little", "nice", "shiny", "fresh", "cute", "new", "old", "round", "bright")
_NOUN_TEXT = (
    "airplane anchor ant antelope armchair backpack bagel bakery bench bicycle blender book bottle bowl box "
    "bracelet brick bridge broom bucket butter cabinet cable cake camel candle carpet castle cathedral ceiling "
    "chair chimney church clock cloud coat coffee comb computer cradle crane crocodile crystal curtain desk "
    "dinosaur dolphin donkey door dragon drawer dress drum eagle earring elephant engine envelope fence fern flag "
    "flute fork fountain giraffe glove goat goose guitar hammer harbour hat helicopter hippo horse hospital island "
    "jacket jar jellyfish kangaroo kettle key keyboard kite knife koala ladder lake lamp laptop leaf lizard lobster "
    "locomotive magnet map mirror motorcycle mountain necklace needle newspaper nest notebook oven oyster paint "
    "pants parrot pen pencil pepper piano pillow plane plate pond printer pumpkin puzzle pyramid radio raft "
    "rhinoceros ring river road robot rocket rope ruler sailboat salad sandwich saxophone scarf scissors scooter "
    "shark sheep ship shirt shoe shovel skirt skull sky snake sofa spider spoon squirrel stone stool submarine "
    "sugar suitcase swan sword table teapot telephone television tent tiger-lily tower toy train trumpet turtle "
    "umbrella vase violin wagon wall wallet watch water whale wheel window wolf yacht zebra zipper "
)


def plural(noun: str) -> str:
    """The regular English plural."""
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith(("potato", "tomato", "mango")):
        return noun + "es"
    return noun + "s"


def phrase(rng: np.random.Generator, noun: str, avoid: tuple[str, ...] = ()) -> str:
    """A random phrase around `noun`, lower case, without the adjectives in `avoid`."""
    if rng.random() < 0.08:
        noun = plural(noun)
    adjective = str(rng.choice([word for word in (*COLOURS, *_ADJECTIVES) if word not in avoid]))
    return str(rng.choice(_TEMPLATES)).format(noun, adjective=adjective)


def inside(rng: np.random.Generator, vocabulary: Vocabulary, name: str) -> str:
    """A phrase that names the vocabulary object `name`, or one of its other words."""
    others = vocabulary.also[name]
    noun = str(rng.choice(others)) if others and rng.random() < 0.4 else name
    # "green apple" is an object of its own, so "the green apple" must not be taught to mean the red one.
    return phrase(rng, noun.lower(), avoid=("green",) if name == "apple" else ())


def held_out(word: str) -> bool:
    """Whether an outside word is kept for measuring: one in five, by a hash of the word."""
    return zlib.crc32(word.encode()) % 5 == 0


def outside_words(emoji_words: tuple[str, ...], measuring: bool) -> tuple[str, ...]:
    """The words outside the vocabulary to train with, or the held-out ones when `measuring`."""
    return tuple(word for word in sorted({*emoji_words, *_NOUN_TEXT.split()}) if held_out(word) == measuring)


def outside(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    """A phrase that names nothing in the vocabulary: one of `words`, or a made-up word."""
    if rng.random() < 0.15:
        letters = ["bcdfghjklmnprstvwz"[rng.integers(18)] + "aeiou"[rng.integers(5)] for _ in range(rng.integers(2, 5))]
        return phrase(rng, "".join(letters) + str(rng.choice(["", "n", "k", "rt", "x"])))
    return phrase(rng, str(rng.choice(words)))
