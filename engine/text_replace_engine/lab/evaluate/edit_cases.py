"""Which object to replace with what in which picture, and the same picture as if the new object had always been in
it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.boxes import bounding_box
from text_replace_engine.lab.evaluate.cases import QUICK, wear
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.vocabulary import read_vocabulary

if TYPE_CHECKING:
    from text_replace_engine.lab.train.art import Art

_FIRST_SEED = 3_000_000
#: A seed's streams: the scene itself, and its twin.
_SCENE, _TWIN = 0, 1

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Twin:
    """A scene RGB (h, w, 3) with e where the edit paints it, never edited, e's alpha (h, w) in [0, 1], and the same
    scene without e.
    """

    pixels: Pixels
    alpha: NDArray[np.floating[Any]]
    ground: Pixels


@dataclass(frozen=True)
class EditCase:
    """Replace r by e in RGB `pixels` (h, w, 3). mask: the object r, bool (h, w). twin: None where no art is at hand."""

    pixels: Pixels
    mask: NDArray[np.bool_]
    replace: str
    with_: str
    seed: int
    grey: bool
    twin: Twin | None

    @property
    def given(self) -> Pixels:
        """The picture as an edit gets it: a grey one has one channel (h, w, 1)."""
        return self.pixels[:, :, :1] if self.grey else self.pixels

    @property
    def longest(self) -> int:
        """The longer side of r's box, in pixels."""
        return max(bounding_box(self.mask).size)


class EditCases(Protocol):
    """A sequence of edits, each made when it is asked for."""

    def __getitem__(self, index: int) -> EditCase: ...


class NamedEdits(EditCases, Protocol):
    """Edits whose names are known before they are made."""

    def names(self, index: int) -> tuple[str, str]:
        """(r, e) of the edit of this number."""


class ComposedEdits:
    """Uniformly random pairs r ≠ e, r in an unseen scene with two other objects."""

    def __init__(self, art: Art) -> None:
        self._art = art

    def __getitem__(self, index: int) -> EditCase:
        from text_replace_engine.lab.train.scenes import compose_scene, random_size

        seed = _FIRST_SEED + index
        rng = np.random.default_rng(seed)
        names = self._drawn(rng)
        grey, jpeg = wear(rng)
        # With a given size a scene draws its background first, so that the twin can draw the same.
        picture = compose_scene(
            np.random.default_rng((seed, _SCENE)), self._art, names[:3], size=random_size(rng), grey=grey, jpeg=jpeg
        )
        wanted = next(item for item in picture.objects if item.name == names[0])
        others = np.any([item.mask for item in picture.objects if item is not wanted] or [wanted.mask & False], axis=0)
        twin = self._twin(seed, names[3], picture.image, wanted.mask, others, grey, jpeg)
        return EditCase(picture.image, wanted.mask, names[0], names[3], index, grey, twin)

    def names(self, index: int) -> tuple[str, str]:
        """See `NamedEdits`."""
        names = self._drawn(np.random.default_rng(_FIRST_SEED + index))
        return names[0], names[3]

    def _drawn(self, rng: np.random.Generator) -> list[str]:
        return [str(name) for name in rng.choice(self._art.names, 4, replace=False)]

    def _twin(
        self,
        seed: int,
        name: str,
        pixels: Pixels,
        mask: NDArray[np.bool_],
        others: NDArray[np.bool_],
        grey: bool,
        jpeg: int | None,
    ) -> Twin:
        from text_replace_engine.lab.train.backgrounds import Window, background
        from text_replace_engine.lab.train.scenes import finish, paste, shadow, sprite_of

        height, width = mask.shape
        canvas = background(np.random.default_rng((seed, _SCENE)), Window(0, 0, width / height, 1, width, height))
        canvas = np.where(others[..., None], pixels.astype(np.float32) / 255, canvas)
        ground = finish(canvas, grey, jpeg)
        rng = np.random.default_rng((seed, _TWIN))
        box = bounding_box(mask)
        sprite = sprite_of(rng, self._art, name, max(box.size))
        x, y = (box.x0 + box.x1 - sprite.width) // 2, (box.y0 + box.y1 - sprite.height) // 2
        if rng.random() < 0.7:
            shadow(canvas, rng, sprite, x, y, rng.uniform(0.15, 0.45))
        alpha = paste(canvas, sprite, x, y)
        return Twin(finish(canvas, grey, jpeg), alpha, ground)


class QuickEdits:
    """The scenes that come with the engine, each with a name to paint."""

    def __init__(self) -> None:
        self._entries: list[Mapping[str, Any]] = json.loads((QUICK / "scenes.json").read_text(encoding="utf-8"))
        names = read_vocabulary(STARTER / "vocabulary.json").names
        rng = np.random.default_rng(_FIRST_SEED)
        self._with = [
            str(rng.choice([name for name in names if name not in entry["objects"]])) for entry in self._entries
        ]

    def __getitem__(self, index: int) -> EditCase:
        entry = self._entries[index]
        pixels = np.asarray(Image.open(QUICK / entry["picture"]).convert("RGB"))
        owner = np.asarray(Image.open(QUICK / entry["masks"]))
        mask = owner == entry["objects"].index(entry["present"]) + 1
        return EditCase(pixels, mask, *self.names(index), index, False, None)

    def names(self, index: int) -> tuple[str, str]:
        """See `NamedEdits`."""
        return self._entries[index]["present"], self._with[index]
