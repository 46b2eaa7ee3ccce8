"""Whether CLIP agrees that a phrase names what is seen, measured against everyday nouns, and which nouns it would say.

Bare cosines are mistrusted everywhere: on photographs ViT-B/32 gives 0.25 to 0.33 for a matching text and 0.19 to 0.22
for weak or wrong words (tests/MEASURED.md, Photographs). What tells them apart is whether another word fits better.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.nouns import Nouns, sentences


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


class Agreement:
    """CLIP's second opinion on what something else has found."""

    def __init__(
        self,
        clip: Clip,
        nouns: Nouns,
        vectors: Tensor,
        bounds: Bounds = Bounds(),  # noqa: B008 (frozen)
        written: Callable[[Iterable[str]], list[str]] = sentences,
    ) -> None:
        """vectors: CLIP's unit vectors (n, d) of `nouns.names`, as `written` for it."""
        self._clip = clip
        self._nouns = nouns
        self._vectors = vectors.float().cpu()
        self._bounds = bounds
        self._written = written

    def agrees(self, seen: Tensor, phrase: str) -> Tensor:
        """For CLIP's unit vectors (n, d) of pictures: whether each shows what a normalised `phrase` names, bool (n,).

        A noun that fits better speaks against it, unless it is alike, a kind of it (a cat is an animal) or a part of
        it (a car has wheels).
        """
        with torch.inference_mode():
            text = self._clip.encode_text(self._written([phrase])).float().cpu()
        seen = seen.float().cpu()
        rivals = torch.tensor(self._unexcused(phrase))
        rivals &= self._vectors @ text[0] < self._bounds.alike
        others = (seen @ self._vectors.T).masked_fill(~rivals, -1.0)
        return self._supported(seen @ text[0], others.amax(1))

    def fitting(self, seen: Tensor, most: int) -> tuple[str, ...]:
        """At most `most` nouns that it would agree with for any of the pictures of CLIP's unit vectors (n, d), best
        first; of a noun and a more general one only the first.
        """
        if not len(seen):
            return ()
        cosines = seen.float().cpu() @ self._vectors.T
        others = cosines[:, None].masked_fill(~self._rivals, -1.0).amax(2)
        best = cosines.masked_fill(~self._supported(cosines, others), -1.0).amax(0)
        found: list[str] = []
        for place in torch.argsort(best, descending=True, stable=True).tolist():
            name = self._nouns.names[place]
            if best[place] < self._bounds.least or len(found) == most:
                break
            if not any(self._related(name, other) for other in found):
                found.append(name)
        return tuple(found)

    def _supported(self, cosine: Tensor, others: Tensor) -> Tensor:
        bounds = self._bounds
        beats = cosine >= others + bounds.margin
        return (cosine >= bounds.least) & (beats | (cosine >= bounds.sure))

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
