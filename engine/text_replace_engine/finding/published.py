"""The paper's own choice (section 3.1), to be held against ours: CLIP sees every segment as s_i = m_i ⊙ I, black around
it, and the one with the highest softmax probability of its cosine with the replacement prompt r wins. Nothing is
refused, labels do not count, and r is read as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.finding.finder import Finding, Seen
from text_replace_engine.finding.segment import Segment
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.tensors import resample
from text_replace_wire.messages import Stage

#: (RGB (1, 3, h, w) in [0, 1], the pixels that count (h, w)) -> the segments among which is chosen.
Segments = Callable[[Tensor, NDArray[np.bool_]], Sequence[Segment]]


class PublishedChoice:
    """See `finder.Finder`. A candidate's presence is its probability: the paper has no other."""

    def __init__(self, segments: Segments, clip: Clip) -> None:
        self._segments = segments
        self._clip = clip

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        """See `finder.Finder`."""
        yield Stage.SEGMENT
        segments = self._segments(image, visible)
        yield Stage.CHOOSE
        if not segments:
            return Finding((), (), ())
        with torch.inference_mode():
            vectors = self._clip.encode_image(
                torch.cat([masked(image, one, self._clip.image_size) for one in segments])
            )
            cosines = (vectors @ self._clip.encode_text([phrase]).T)[:, 0].float().cpu()
        probabilities = torch.softmax(self._clip.logit_scale * cosines, 0)
        order = torch.argsort(cosines, descending=True, stable=True).tolist()
        ranked = tuple(
            Seen(segments[index].label, segments[index].pixels, *[float(probabilities[index])] * 2) for index in order
        )
        return Finding(ranked, (0,), ())


def masked(image: Tensor, segment: Segment, size: int) -> Tensor:
    """s_i of a segment of an RGB image (1, 3, h, w) in [0, 1]: all of the picture, black outside the segment, in a
    square (1, 3, size, size).
    """
    pixels = torch.from_numpy(segment.pixels)[None, None].to(image)
    height, width = image.shape[-2:]
    side = max(height, width)
    left, top = (side - width) // 2, (side - height) // 2
    square = F.pad(image * pixels, (left, side - width - left, top, side - height - top))
    return resample(square, (size, size))
