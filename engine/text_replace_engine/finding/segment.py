"""Segmentation: the picture's segments m_1 … m_k, one per instance of a label (paper, section 3.1).

A network that has learnt to refines every segment: it sees the square around it, since at the size of the whole picture
a small object has few pixels for an outline and a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from text_replace_engine.boxes import bounding_box
from text_replace_engine.finding.label_map import SMALLEST, Window, best_labels, object_labels
from text_replace_engine.models.networks.segmenter import Labelling, Segmenter
from text_replace_engine.tensors import crop, square_around
from text_replace_wire.geometry import Box

BACKGROUND = "background"
#: Refinement sees the square around a segment's box, this many times its longer side; no more segments than this are
#: refined, and what it finds is the same object from this intersection over union on. A segment that has this share of
#: itself in another is a part of it.
_REFINEMENT_VIEW = 1.5
_MOST_REFINED = 12
_SAME = 0.5
_INSIDE = 0.7
#: The segmenter sees at least this many pixels on the longer side, so that a tiny picture still gives a label map.
_SMALLEST_INPUT = 32


@dataclass(frozen=True)
class Segment:
    """One instance: its label and the pixels it covers, bool (h, w), not all False.

    share: of the touching segments that it is a part of; 1 where it touches none, or no background parts them.
    """

    label: str
    pixels: NDArray[np.bool_]
    share: float = 1.0

    @property
    def box(self) -> Box:
        """The bounding box of its pixels."""
        return bounding_box(self.pixels)


def segment(image: Tensor, segmenter: Segmenter) -> list[Segment]:
    """The instances in an RGB image (1, 3, h, w) in [0, 1], largest first; none in a picture too small to hold any."""
    if is_too_small(image):
        return []
    with torch.inference_mode():
        labelling = segmenter.labelling(image)
    return segments_of(image, labelling, segmenter)


def is_too_small(image: Tensor) -> bool:
    """Whether an image (1, c, h, w) has too few pixels for a segmenter."""
    return max(image.shape[-2:]) < _SMALLEST_INPUT


def segments_of(image: Tensor, labelling: Labelling, segmenter: Segmenter) -> list[Segment]:
    """See `segment`. labelling: what the segmenter says of the whole image."""
    segments = _instances(labelling, segmenter.labels)
    if segmenter.refinement_size is not None:
        segments = _without_twins(_refined(image, _largest_first(_large_enough(segments))[:_MOST_REFINED], segmenter))
    if BACKGROUND in segmenter.labels:
        segments = _with_whole_blobs(segments)
    return _largest_first(_large_enough(segments))


def _large_enough(segments: Sequence[Segment]) -> list[Segment]:
    return [instance for instance in segments if instance.pixels.sum() >= max(16, SMALLEST * instance.pixels.size)]


def _largest_first(segments: Sequence[Segment]) -> list[Segment]:
    return sorted(segments, key=lambda instance: -int(instance.pixels.sum()))


def _blobs(segments: Sequence[Segment]) -> NDArray[np.int32]:
    """The groups of touching segments, numbered from 1, on 0; of no segments, an empty plane."""
    everything = np.any([instance.pixels for instance in segments], axis=0) if segments else np.zeros((0, 0), bool)
    numbered: NDArray[np.int32] = ndimage.label(everything)[0]
    return numbered


def _nearest_blob(segments: Sequence[Segment]) -> NDArray[np.int32]:
    """For every pixel the number of the nearest group of touching segments."""
    blobs = _blobs(segments)
    rows, columns = ndimage.distance_transform_edt(blobs == 0, return_distances=False, return_indices=True)
    nearest: NDArray[np.int32] = blobs[rows, columns]
    return nearest


def _refined(image: Tensor, segments: Sequence[Segment], segmenter: Segmenter) -> list[Segment]:
    """The instances that refinement finds in place of these; a segment itself where it finds nothing like it."""
    if not segments:
        return []
    whose = _nearest_blob(segments)
    squares = [square_around(coarse.box, _REFINEMENT_VIEW) for coarse in segments]
    with torch.inference_mode():
        looks = segmenter.refinements([crop(image, square) for square in squares])
        return [
            _finer(coarse, square, look, whose, segmenter.labels)
            for coarse, square, look in zip(segments, squares, looks, strict=True)
        ]


def _finer(coarse: Segment, square: Box, look: Labelling, whose: NDArray[np.int32], labels: tuple[str, ...]) -> Segment:
    """What a look at the square around it finds in place of a segment.

    The view of a large object may show half of a small one near it, which is taken for a part: what is nearer to
    another group of segments in `whose` is not its.
    """
    height, width = coarse.pixels.shape
    inside = square.clipped((width, height))
    rows, columns = slice(inside.y0, inside.y1), slice(inside.x0, inside.x1)
    seen = inside.moved(-square.x0, -square.y0)
    known = coarse.pixels[rows, columns]
    own = whose[rows, columns] == whose[coarse.pixels][0]
    instances = within(_instances(look, labels, (slice(seen.y0, seen.y1), slice(seen.x0, seen.x1))), own)
    found = max(instances, key=lambda instance: intersection_over_union(instance.pixels, known), default=None)
    if found is None or intersection_over_union(found.pixels, known) < _SAME:
        return coarse
    pixels = np.zeros_like(coarse.pixels)
    pixels[rows, columns] = found.pixels
    return Segment(found.label, pixels)


def _without_twins(segments: Sequence[Segment]) -> list[Segment]:
    """Without those that lie inside a larger one, once refinement has seen the whole object."""
    kept: list[Segment] = []
    for instance in _largest_first(segments):
        if all((instance.pixels & other.pixels).sum() < _INSIDE * instance.pixels.sum() for other in kept):
            kept.append(instance)
    return kept


def intersection_over_union(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Of two masks (h, w), 0 to 1; 0 where both are empty."""
    return float((first & second).sum() / max(1, (first | second).sum()))


def within(segments: Sequence[Segment], allowed: NDArray[np.bool_]) -> list[Segment]:
    """The segments cut to the pixels `allowed` (h, w), without those that have none of them."""
    cut = (replace(instance, pixels=instance.pixels & allowed) for instance in segments)
    return [instance for instance in cut if instance.pixels.any()]


def _instances(
    labelling: Labelling, labels: tuple[str, ...], window: Window = (slice(None), slice(None))
) -> list[Segment]:
    """Those in a window of the picture."""
    if BACKGROUND in labels:
        winner = object_labels(labelling, labels.index(BACKGROUND), window)
    else:
        winner = best_labels(labelling, window)
    found = []
    for label in np.unique(winner):
        if labels[label] == BACKGROUND:
            continue
        components, count = ndimage.label(winner == label)
        boxes = ndimage.find_objects(components)
        for number in range(1, count + 1):
            pixels = np.zeros(winner.shape, bool)
            place = boxes[number - 1]
            pixels[place] = ndimage.binary_fill_holes(components[place] == number)
            found.append(Segment(labels[label], pixels))
    return found


def _with_whole_blobs(segments: list[Segment]) -> list[Segment]:
    """The segments with their shares, and the union of every group of touching ones, under its largest part's label:
    one object may have two labels.
    """
    blobs = _blobs(segments)
    areas = np.bincount(blobs.ravel())
    groups: dict[int, list[Segment]] = {}
    for instance in segments:
        blob = int(blobs[instance.pixels][0])
        share = float(instance.pixels.sum() / areas[blob])
        groups.setdefault(blob, []).append(Segment(instance.label, instance.pixels, share))
    largest = ((blob, max(group, key=lambda part: part.share)) for blob, group in groups.items())
    wholes = [Segment(part.label, blobs == blob) for blob, part in largest if len(groups[blob]) > 1]
    return [part for group in groups.values() for part in group] + wholes
