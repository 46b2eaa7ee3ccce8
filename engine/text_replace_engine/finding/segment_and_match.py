"""The paper's finder: segment the picture, then match every segment with the phrase (paper, section 3.1)."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.finding.agreement import Agreement
from text_replace_engine.finding.cache import SegmentCache
from text_replace_engine.finding.finder import Finding
from text_replace_engine.finding.match import embedded, matched
from text_replace_engine.finding.segment import segment, within
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.segmenter import Segmenter
from text_replace_engine.models.vocabulary import Vocabulary, names_something
from text_replace_wire.messages import Stage

#: Not more candidates than a user could look at.
_MOST_CANDIDATES = 24


class SegmentAndMatch:
    """See `finder.Finder`. Its floor is the one that was calibrated with CLIP's presence."""

    def __init__(
        self,
        segmenter: Segmenter,
        clip: Clip,
        vocabulary: Vocabulary | None = None,
        agreement: Agreement | None = None,
    ) -> None:
        """vocabulary: all that `clip` has learnt. What it cannot have met (`Clip.reads`) is not there then. agreement:
        for a CLIP whose presence was never calibrated.
        """
        self._segmenter = segmenter
        self._clip = clip
        self._vocabulary = vocabulary
        self._agreement = agreement
        self._cache = SegmentCache()

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        """See `finder.Finder`."""
        yield Stage.SEGMENT
        cached = self._cache.picture(image, lambda: segment(image, self._segmenter))
        segments = within(cached.segments, visible)[:_MOST_CANDIDATES]
        yield Stage.CHOOSE
        vectors = cached.vectors_of(visible, lambda: embedded(image, segments, self._clip))
        return matched(
            image, segments, phrase, self._clip, vectors=vectors, is_read=self._is_read, agreement=self._agreement
        )

    def _is_read(self, part: str) -> bool:
        vocabulary = self._vocabulary
        return vocabulary is None or names_something(part, vocabulary) or self._clip.reads(part)
