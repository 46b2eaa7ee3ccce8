"""Single objects with their pixels: what is left of a network's masks when they are tidied up."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from text_replace_engine.finding.cache import Recent
from text_replace_engine.finding.segment import intersection_over_union
from text_replace_wire.messages import Stage

#: A patch apart from the largest one with less than this share of its pixels is a speck, no part of an object that
#: something in front of it divides.
_SPECK = 0.05
#: Fewer pixels are no object that could be replaced.
_SMALLEST = 16
#: Two masks with this intersection over union are of the same object.
_SAME = 0.8
#: Of the last phrases, and their bytes: at most 40 MB for one.
_MOST_PHRASES = 64
_MOST_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Instance:
    """pixels: bool (h, w), not all False. score: for ranking, 0 to 1. presence: what the network that found it alone
    would say, 0 to 1.
    """

    pixels: NDArray[np.bool_]
    score: float
    presence: float


class InstanceSource(Protocol):
    """A way to find all instances of a phrase.

    floor: from which presence on they count as found. stands_alone: whether that presence is to be trusted, or CLIP has
    to agree.
    """

    floor: float
    stands_alone: bool

    def instances(
        self, image: Tensor, visible: NDArray[np.bool_], phrase: str, most: int
    ) -> Generator[Stage, None, Sequence[Instance]]:
        """At most `most` instances of a phrase that names one thing, cut to the pixels `visible` (h, w) of an RGB image
        (1, 3, h, w) in [0, 1], best first. Yields each stage as it begins. Raises OutOfMemory.
        """


def recent_instances() -> Recent[list[Instance]]:
    """For the instances of the last phrases, by whatever decides about them."""
    return Recent(_MOST_PHRASES, _MOST_BYTES, lambda found: sum(instance.pixels.nbytes for instance in found))


def cleaned(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask (h, w) without specks, its holes filled."""
    patches, count = ndimage.label(mask)
    if not count:
        return mask
    areas = np.bincount(patches.ravel())[1:]
    large = np.flatnonzero(areas >= _SPECK * areas.max()) + 1
    filled: NDArray[np.bool_] = ndimage.binary_fill_holes(np.isin(patches, large))
    return filled


def tidied(instances: Iterable[Instance], visible: NDArray[np.bool_], most: int) -> list[Instance]:
    """At most `most` of the instances, which come best first: cleaned, cut to the pixels `visible` (h, w), each object
    once.
    """
    kept: list[Instance] = []
    for instance in instances:
        pixels = cleaned(instance.pixels) & visible
        if pixels.sum() >= _SMALLEST and all(intersection_over_union(pixels, other.pixels) < _SAME for other in kept):
            kept.append(replace(instance, pixels=pixels))
        if len(kept) == most:
            break
    return kept
