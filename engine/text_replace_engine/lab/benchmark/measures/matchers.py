"""How well a picture goes with words: CLIP's cosine (Radford et al. 2021, https://arxiv.org/abs/2103.00020)."""

from __future__ import annotations

import torch
from torch import Tensor

from text_replace_engine.boxes import bounding_box
from text_replace_engine.lab.benchmark.case import Case
from text_replace_engine.lab.benchmark.measures.instruments import Instrument
from text_replace_engine.lab.quality import Mask
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.nouns import sentences
from text_replace_engine.models.store import read_role
from text_replace_engine.sets.paper import STARTER_SET
from text_replace_engine.tensors import as_square, crop, resample, square_around
from text_replace_wire.prompts import normalised

#: The side of the square in which an edited part is seen, in units of the part's longer side.
ROOM = 1.1


class Matcher:
    """CLIP's cosines, −1 to 1, of a case's result with what it should show."""

    def __init__(self, clip: Clip, names_only: bool) -> None:
        """names_only: it reads names of objects, not sentences."""
        self._clip, self._names_only = clip, names_only

    @classmethod
    def load(cls, instrument: Instrument) -> Matcher:
        """Raises ModelMissing and ModelDamaged."""
        clip = Clip.load(read_role(instrument.folder, instrument.role), instrument.folder).requires_grad_(False)
        return cls(clip, instrument.of == STARTER_SET.id)

    def whole(self, case: Case, image: Tensor) -> float | None:
        """Of a picture RGB (1, 3, h, w) in [0, 1] with the target prompt; where there is none, or only names are read,
        with what was to be put. None where it cannot read that.
        """
        if self._names_only or not case.target_prompt:
            return self._cosine(image, self._named(case.with_))
        return self._cosine(image, case.target_prompt)

    def part(self, case: Case, image: Tensor, edited: Mask) -> float | None:
        """Of the square around an edited part (h, w) of such a picture, plus a tenth, with what was to be put."""
        return self._cosine(crop(image, square_around(bounding_box(edited), ROOM)), self._named(case.with_))

    def _named(self, phrase: str) -> str:
        name = normalised(phrase)
        return name if self._names_only else sentences([name])[0]

    def _cosine(self, image: Tensor, text: str) -> float | None:
        if not self._clip.reads(text):
            return None
        side = self._clip.image_size
        with torch.inference_mode():
            seen = self._clip.encode_image(resample(as_square(image), (side, side)))
            return float((seen @ self._clip.encode_text([text]).T)[0, 0])
