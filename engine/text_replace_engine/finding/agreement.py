"""Whether CLIP agrees that a phrase names what is seen, measured against everyday nouns, and which nouns it would say.

Bare cosines are mistrusted everywhere: on photographs ViT-B/32 gives 0.25 to 0.33 for a matching text and 0.19 to 0.22
for weak or wrong words (tests/MEASURED.md, Photographs). What tells them apart is whether another word fits better.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from text_replace_engine.models import noun_vectors, nouns
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.nouns import Nouns, sentences

#: How far below its floor a finder holds a presence that CLIP does not bear out.
BELOW = 0.01
#: Of what CLIP would say instead, no more than this many nouns are told.
MOST_NOUNS = 3


@dataclass(frozen=True)
class Bounds:
    """Cosines. Not calibrated: no photograph was ever looked at with these weights here. They were chosen between the
    published figures above.

    least: below it no phrase is agreed with. sure: from it on every one is. margin: by how much a phrase has to beat
    every noun in between. alike: nouns whose text is as near as this to the phrase's say the same.
    """

    least: float = 0.20
    sure: float = 0.27
    margin: float = 0.01
    alike: float = 0.9

    def agree(self, cosine: Tensor, best_noun: Tensor) -> Tensor:
        """Whether a text of these cosines is agreed with, where the nouns that may speak against it reach `best_noun`;
        in their shape.
        """
        beats = cosine >= best_noun + self.margin
        return (cosine >= self.least) & (beats | (cosine >= self.sure))


class Agreement:
    """CLIP's second opinion on what something else has found."""

    def __init__(
        self,
        clip: Clip,
        words: Nouns,
        vectors: Tensor,
        bounds: Bounds = Bounds(),  # noqa: B008 (frozen)
        written: Callable[[Iterable[str]], list[str]] = sentences,
    ) -> None:
        """vectors: CLIP's unit vectors (n, d) of `words.names`, as `written` for it."""
        self._clip = clip
        self._nouns = words
        self._vectors = vectors.float().cpu()
        self._bounds = bounds
        self._written = written

    @classmethod
    def installed(cls, folder: Path, clip: Clip, sha256: str) -> Agreement:
        """By the everyday nouns, whose vectors are in a folder. sha256: of the weights of `clip`, which is there too.

        Raises ModelMissing and ModelDamaged.
        """
        return cls(clip, nouns.everyday(), noun_vectors.read(folder, sha256))

    def agrees(self, seen: Tensor, phrase: str) -> Tensor:
        """Whether each picture shows what a normalised `phrase` names, bool (n,); by CLIP's unit vectors (n, d)."""
        return self._bounds.agree(*self.cosines(seen, phrase))

    def cosines(self, seen: Tensor, phrase: str) -> tuple[Tensor, Tensor]:
        """Of CLIP's unit vectors (n, d) of pictures with a normalised `phrase`, (n,), and with the best of the nouns
        that may speak against it, (n,): those that are neither alike nor a kind of it (a cat is an animal) nor a part
        of it (a car has wheels).
        """
        with torch.inference_mode():
            text = self._clip.encode_text(self._written([phrase])).float().cpu()
        seen = seen.float().cpu()
        rivals = torch.tensor(self._unexcused(phrase))
        rivals &= self._vectors @ text[0] < self._bounds.alike
        others = (seen @ self._vectors.T).masked_fill(~rivals, -1.0)
        return seen @ text[0], others.amax(1)

    def fitting(self, seen: Tensor, most: int) -> tuple[str, ...]:
        """At most `most` nouns that it would agree with for any of the pictures of CLIP's unit vectors (n, d), best
        first; of a noun and a more general one only the first.
        """
        if not len(seen):
            return ()
        cosines = seen.float().cpu() @ self._vectors.T
        others = cosines[:, None].masked_fill(~self._rivals, -1.0).amax(2)
        best = cosines.masked_fill(~self._bounds.agree(cosines, others), -1.0).amax(0)
        found: list[str] = []
        for place in torch.argsort(best, descending=True, stable=True).tolist():
            name = self._nouns.names[place]
            if best[place] < self._bounds.least or len(found) == most:
                break
            if not any(self._related(name, other) for other in found):
                found.append(name)
        return tuple(found)

    def _related(self, first: str, second: str) -> bool:
        return first in self._nouns.more_general(second) or second in self._nouns.more_general(first)

    @cached_property
    def _rivals(self) -> Tensor:
        """(n, n): whether the second noun may speak against the first."""
        rivals = self._vectors @ self._vectors.T < self._bounds.alike
        rivals &= torch.tensor([self._unexcused(name) for name in self._nouns.names])
        return rivals

    def _unexcused(self, phrase: str) -> list[bool]:
        excused = self._nouns.excused(phrase)
        return [name not in excused and name != phrase for name in self._nouns.names]
