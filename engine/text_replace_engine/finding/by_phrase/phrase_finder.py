"""The finder for any phrase: instances from one of several networks, and an honest answer whether there is any."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.finding.agreement import BELOW, MOST_NOUNS, Agreement
from text_replace_engine.finding.by_phrase.instances import Instance, InstanceSource
from text_replace_engine.finding.cache import Recent, digest, picture_key
from text_replace_engine.finding.finder import Finding, Seen
from text_replace_engine.finding.match import embedded, split_prompt
from text_replace_engine.finding.segment import Segment
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.tensors import as_square, resample
from text_replace_wire.messages import Stage

#: Not more candidates than a user could look at.
_MOST_CANDIDATES = 24
#: A smaller picture shows nothing.
_SMALLEST_SIDE = 32
#: CLIP's vectors are 2 KB each.
_MOST_REMEMBERED = 64
_MOST_BYTES = 16 * 2**20


@dataclass(frozen=True)
class _Candidate:
    """part: what of the phrase it is an instance of, by number."""

    part: int
    instance: Instance
    presence: float


class PhraseFinder:
    """See `finder.Finder`. Its floor is the one of what it finds instances with."""

    def __init__(self, source: InstanceSource, clip: Clip, agreement: Agreement) -> None:
        self._source = source
        self._clip = clip
        self._agreement = agreement
        self._vectors = Recent[Tensor](_MOST_REMEMBERED, _MOST_BYTES, lambda vectors: vectors.nbytes)

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        """See `finder.Finder`. The parts of a phrase (“… and …”, commas) are sought one by one."""
        if max(image.shape[-2:]) < _SMALLEST_SIDE or not visible.any():
            return Finding((), (), ())
        parts = list(dict.fromkeys(split_prompt(phrase)))[:_MOST_CANDIDATES]
        most = _MOST_CANDIDATES // len(parts)
        found = []
        for part in parts:
            found.append((yield from self._source.instances(image, visible, part, most)))
        yield Stage.CHOOSE
        key = (picture_key(image), digest(visible), most)
        vectors = [
            self._vectors.get((*key, part), partial(self._seen, image, part, own))
            for part, own in zip(parts, found, strict=True)
        ]
        candidates = [
            _Candidate(number, instance, presence)
            for number, part in enumerate(parts)
            for instance, presence in zip(
                found[number], self._presences(found[number], vectors[number], part), strict=True
            )
        ]
        finding = _ranked(candidates, parts, self._source.floor)
        if finding.chosen:
            return finding
        whole = self._vectors.get(key, lambda: self._whole(image))
        seen = self._agreement.fitting(torch.cat([*(each for each in vectors if len(each)), whole]), MOST_NOUNS)
        return dataclasses.replace(finding, seen=seen)

    def _presences(self, instances: Sequence[Instance], vectors: Tensor, part: str) -> list[float]:
        """What is there by the source alone is held below the floor where CLIP disagrees."""
        own = [instance.presence for instance in instances]
        if self._source.stands_alone or not instances:
            return own
        agreed = self._agreement.agrees(vectors, part).tolist()
        held = self._source.floor - BELOW
        return [presence if agrees else min(presence, held) for presence, agrees in zip(own, agreed, strict=True)]

    def _seen(self, image: Tensor, part: str, instances: Sequence[Instance]) -> Tensor:
        segments = [Segment(part, instance.pixels) for instance in instances]
        return embedded(image, segments, self._clip).cpu()

    @torch.inference_mode()
    def _whole(self, image: Tensor) -> Tensor:
        size = self._clip.image_size
        return self._clip.encode_image(resample(as_square(image), (size, size))).cpu()


def _ranked(candidates: Sequence[_Candidate], parts: Sequence[str], floor: float) -> Finding:
    """Best first; named is every part's whose presence reaches the floor, and chosen the best of these."""
    ranked = sorted(candidates, key=lambda each: (-each.presence, -each.instance.score))
    total = sum(each.instance.score for each in ranked)
    there = [
        [place for place, each in enumerate(ranked) if each.part == part and each.presence >= floor]
        for part in range(len(parts))
    ]
    # A presence may be the whole picture's: of those behind the best one the score has to reach the floor, too.
    named = tuple(
        tuple(place for place in places if place == places[0] or ranked[place].instance.score >= floor)
        for places in there
    )
    seen = tuple(
        Seen(parts[each.part], each.instance.pixels, each.instance.score / total, each.presence) for each in ranked
    )
    return Finding(seen, tuple(sorted({places[0] for places in named if places})), (), named=named)
