"""The same object in other words, on both sides: is it the one that the plain word means?

`wordings.json` has 20 ways to say a noun. The 10 that are put aside were written down before anything was tried with
them, and nothing is ever changed for their sake.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from text_replace_engine.client.exchange import PictureInMemory
from text_replace_engine.finding.phrases.language import english
from text_replace_engine.lab.evaluate.choices import chosen_pixels
from text_replace_engine.sets.paper import STARTER_SET
from text_replace_engine.words import plain
from text_replace_wire.api import EngineApi, IsCancelled, ignore
from text_replace_wire.building import find_request
from text_replace_wire.errors import CannotPaint
from text_replace_wire.painting import Painting

if TYPE_CHECKING:
    from text_replace_engine.lab.train.art import Art

#: By whether they are put aside. {noun}, {NOUN}: the name; {nouns}: in the plural.
TEMPLATES: dict[str, list[str]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
PUT_ASIDE, SEEN = "put aside", "seen"
#: The scene of the i-th name is composed by a Generator of this plus i.
_FIRST_SEED = 8_500_000


@dataclass(frozen=True)
class Worded:
    """One name. By kind of template, which of them mean the plain word's object: in “replace”, in “with”."""

    name: str
    replace: dict[str, list[bool]]
    with_: dict[str, list[bool]]


def ask(engine: EngineApi, art: Art, index: int, cancelled: IsCancelled) -> Worded:
    """Say the name of this number in every way, of an object in a scene of three, and as what is to be painted."""
    from text_replace_engine.lab.train.scenes import compose_scene

    rng = np.random.default_rng(_FIRST_SEED + index)
    name = art.names[index]
    others = [str(other) for other in rng.choice([other for other in art.names if other != name], 2, replace=False)]
    picture = PictureInMemory(compose_scene(rng, art, [name, *others]).image)

    def found(typed: str) -> bytes | None:
        pixels = chosen_pixels(engine.find(find_request(picture, typed, STARTER_SET.id), ignore, cancelled))
        return None if pixels is None else pixels.tobytes()

    meant, painted = found(name), _painted(name)
    return Worded(
        name,
        {kind: [found(worded(one, name)) == meant for one in own] for kind, own in TEMPLATES.items()},
        {kind: [_painted(worded(one, name)) == painted for one in own] for kind, own in TEMPLATES.items()},
    )


def worded(template: str, name: str) -> str:
    """A template with a name in it, and the article that goes with it."""
    text = template.format(noun=name, nouns=english().plural(name), NOUN=name.upper())
    return text.replace(f"a {name}", f"an {name}") if name[0] in "aeiou" else text


def _painted(typed: str) -> str | None:
    """What the starter models are told to paint; None: refused."""
    try:
        STARTER_SET.check(plain(typed), Painting())
    except CannotPaint:
        return None
    told = STARTER_SET.reading(plain(typed))
    return told.text if len(told.objects) < 2 else None
