"""The paper's finder: segment the picture, then match every segment with the phrase (paper, section 3.1)."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.finding.agreement import Agreement
from text_replace_engine.finding.cache import CachedPicture, Cut, SegmentCache
from text_replace_engine.finding.finder import Finding
from text_replace_engine.finding.match import MOST_CANDIDATES, embedded, matched, with_touching
from text_replace_engine.finding.published import PublishedChoice
from text_replace_engine.finding.segment import Segment, is_too_small, segment, segments_of, within
from text_replace_engine.finding.touching import parted
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.segmenter import Segmenter
from text_replace_engine.models.networks.style import Style
from text_replace_engine.models.vocabulary import Vocabulary, names_something
from text_replace_wire.messages import Stage

_OTHER_STYLE = (
    "The picture is not in the style that the starter models know (drawn objects): for photographs get the photo "
    "models, with “text-replace models pull photo” or “Get…” in GIMP 3."
)


class SegmentAndMatch:
    """See `finder.Finder`. Its floor is the one that was calibrated with CLIP's presence."""

    def __init__(
        self,
        segmenter: Segmenter,
        clip: Clip,
        vocabulary: Vocabulary | None = None,
        agreement: Agreement | None = None,
        style: Style | None = None,
    ) -> None:
        """vocabulary: all that `clip` has learnt. What it cannot have met (`Clip.reads`) is not there then. agreement:
        for a CLIP whose presence was never calibrated. style: that of the pictures which the networks have learnt; in
        others nothing is found, whatever the presence.
        """
        self._segmenter = segmenter
        self._clip = clip
        self._vocabulary = vocabulary
        self._agreement = agreement
        self._style = style
        self._cache = SegmentCache()

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        """See `finder.Finder`."""
        yield Stage.SEGMENT
        cached = self._cached(image)
        yield Stage.CHOOSE
        seen = cached.cut_to(visible, lambda: self._cut(image, cached.segments, visible))
        single = len(seen.segments)
        finding = matched(
            image,
            seen.segments,
            phrase,
            self._clip,
            vectors=seen.vectors[:single],
            is_read=self._is_read,
            agreement=self._agreement,
        )
        if not cached.in_style:
            return dataclasses.replace(finding, chosen=(), seen=(), explanation=_OTHER_STYLE, named=())
        if not seen.touching:
            return finding
        vectors = seen.vectors[single:]
        return with_touching(finding, image, seen.touching, phrase, self._clip, vectors, self._is_read, self._agreement)

    def _cut(self, image: Tensor, segments: Sequence[Segment], visible: NDArray[np.bool_]) -> Cut:
        own = _limited(segments, visible)
        cut = [[dataclasses.replace(whole, pixels=part) for part in parted(whole.pixels)] for whole in own]
        touching = [parts for parts in cut if len(parts) > 1]
        everything = [*own, *(part for parts in touching for part in parts)]
        return Cut(own, touching, embedded(image, everything, self._clip))

    def as_published(self) -> PublishedChoice:
        """See `finder.ComparableFinder`."""
        return PublishedChoice(lambda image, visible: _limited(self._cached(image).segments, visible), self._clip)

    def anew(self) -> SegmentAndMatch:
        """See `finder.RememberingFinder`."""
        return SegmentAndMatch(self._segmenter, self._clip, self._vocabulary, self._agreement, self._style)

    def _cached(self, image: Tensor) -> CachedPicture:
        return self._cache.picture(image, lambda: self._look(image))

    def _look(self, image: Tensor) -> CachedPicture:
        if self._style is None or is_too_small(image):
            return CachedPicture(segment(image, self._segmenter))
        with torch.inference_mode():
            look = self._segmenter.look(image)
        return CachedPicture(segments_of(image, look.labelling, self._segmenter), self._style.shows(look.features))

    def _is_read(self, part: str) -> bool:
        vocabulary = self._vocabulary
        return vocabulary is None or names_something(part, vocabulary) or self._clip.reads(part)


def _limited(segments: Sequence[Segment], visible: NDArray[np.bool_]) -> list[Segment]:
    """The candidates among a picture's segments, cut to the pixels `visible` (h, w)."""
    return within(segments, visible)[:MOST_CANDIDATES]
