"""What is pointed at, told apart by colour alone: for model sets without a network that outlines objects.

A point: of the regions that grow from it with ever more tolerance, the one with the strongest edge all along its
outline (average contrast: Hojjatoleslami and Kittler, https://doi.org/10.1109/83.701170). It is one part of most
objects, so the box around it, a little larger, is then looked into, and so on until nothing is added.
A box: whatever in it has colours that are rare around it, by two histograms that are made anew from what they gave
(GrabCut, https://doi.org/10.1145/1015706.1015720, with a blur in place of its graph cut).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from text_replace_engine.boxes import bounding_box
from text_replace_engine.cielab import Floats, cielab
from text_replace_engine.tensors import reduced_size, resample
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Stage

Mask = NDArray[np.bool_]

# Each was chosen among a few values by the objects of the quick set (lab/evaluate/quick): see tests/MEASURED.md.
#: Regions are told apart in at most so many pixels a side: no worse than with 512, in half the time.
_SIDE = 320
#: Tolerances in CIELAB, where 2 can just be seen; brightness counts less, since it changes with the light.
_TOLERANCES = np.geomspace(3, 45, 14)
_WEIGHTS = np.array([0.6, 1, 1], np.float32)
#: The seed's colour is the median this far around it, as a share of the picture's longer side.
_SEED_REACH = 0.006
#: A region with more of the picture than this is its background; one with less than that is taken with less
#: and less trust in its edge.
_MOST, _SMALL = 0.6, 0.002
#: An outline that is fainter on average, in CIELAB a pixel, is none. In the quick set those of clicked objects have
#: at least 3.5; half of those around places of the background have less than 3.3.
_FAINTEST = 3.0
#: What Sobel's kernel makes of a slope of one a pixel.
_SOBEL = 8.0
#: A region becomes a box with so much more on each side, as a share of its longer side, and so again what is found
#: in it, at most so often.
_ROUNDS, _REACH = 4, 0.15
#: What is around a box ends this far from it, as a share of its longer side; where the picture ends before, a strip
#: inside the box counts as around it.
_AROUND, _LEAST_AROUND, _STRIP = 0.2, 0.15, 0.04
#: Values a channel of the histograms, how far they are blurred, in bins, and how often they are made.
_BINS, _BIN_BLUR, _PASSES = 16, 0.7, 6
#: A colour is the object's where it is more often in it than around it, by more than this in natural logarithms: what
#: is as common in both is background. No colour says more than the other number, so that edges stay where they are.
_DOUBT, _SUREST = 0.3, 2.0
#: Stands for a colour that was not seen, as a share.
_RARE = 1e-5
#: Pixels over which neighbours agree on what they are.
_AGREEMENT = 1.0
#: Parts of an object smaller than this share of its largest are specks; an object has more than this share of its box.
_SPECK, _LEAST_OF_BOX = 0.1, 0.02


class ByColour:
    """See `finder.Outliner`. Remembers nothing, and is the same every time."""

    def outline(
        self, image: Tensor, visible: Mask, points: Sequence[tuple[float, float]], box: Box | None
    ) -> Generator[Stage, None, Mask | None]:
        """See `finder.Outliner`. Of a box in which nothing can be told apart, all."""
        yield Stage.SEGMENT
        pixels = _at(image, points) if box is None else _in(image, points, box)
        pixels &= visible
        return pixels if pixels.any() else None


def _at(image: Tensor, points: Sequence[tuple[float, float]]) -> Mask:
    """The object at the points; nothing where it has no outline."""
    height, width = image.shape[-2:]
    part = _stable_region(cielab(_shrunk(image)), [(x / width, y / height) for x, y in points])
    core = _sized(part, (height, width))
    pixels = core
    for _ in range(_ROUNDS if core.any() else 0):
        box = bounding_box(pixels)
        grown = box.grown(max(4, round(_REACH * max(box.size)))).clipped((width, height))
        wider = _set_off(image, grown, core)
        if wider.mean() > _MOST or np.array_equal(wider, pixels):
            break
        pixels = wider
    return pixels


def _in(image: Tensor, points: Sequence[tuple[float, float]], box: Box) -> Mask:
    """The object in the box; all of the box where there is none."""
    whole = np.zeros(image.shape[-2:], bool)
    whole[box.y0 : box.y1, box.x0 : box.x1] = True
    core = np.zeros_like(whole)
    for x, y in points:
        core[min(int(y), core.shape[0] - 1), min(int(x), core.shape[1] - 1)] = True
    # Where the picture was shrunk, its pixels may reach over the edge.
    pixels = _set_off(image, box, core & whole) & whole
    return pixels if pixels.sum() > _LEAST_OF_BOX * whole.sum() else whole


def _stable_region(lab: Floats, points: Sequence[tuple[float, float]]) -> Mask:
    """The region at `points`, shares of width and height, whose outline is the clearest; nothing where it is all of
    the picture. lab: (h, w, 3).
    """
    height, width = lab.shape[:2]
    smooth = np.stack([ndimage.gaussian_filter(channel, 0.8) for channel in np.moveaxis(lab, -1, 0)], -1)
    rows = [min(int(y * height), height - 1) for _, y in points]
    columns = [min(int(x * width), width - 1) for x, _ in points]
    reach = max(1, round(_SEED_REACH * max(height, width)))
    distance = np.full((height, width), np.inf, np.float32)
    for row, column in zip(rows, columns, strict=True):
        seed = (slice(max(0, row - reach), row + reach + 1), slice(max(0, column - reach), column + reach + 1))
        away = smooth - np.median(smooth[seed].reshape(-1, 3), 0)
        distance = np.minimum(distance, np.sqrt((away * away * _WEIGHTS).sum(-1)))
        distance[seed] = 0
    slope = np.hypot(ndimage.sobel(distance, 0), ndimage.sobel(distance, 1)) / _SOBEL
    best, clearest = np.zeros((height, width), bool), _FAINTEST
    for tolerance in _TOLERANCES:
        regions, _ = ndimage.label(distance < tolerance)
        region = ndimage.binary_fill_holes(np.isin(regions, regions[rows, columns]))
        share = region.mean()
        if share > _MOST:
            break
        outline = region & ~ndimage.binary_erosion(region, border_value=1)
        clear = float(slope[outline].mean() * min(1, share / _SMALL) ** 0.5)
        if clear > clearest:
            best, clearest = region, clear
    return best


def _set_off(image: Tensor, box: Box, core: Mask) -> Mask:
    """What in the box has other colours than what is around it. core: part of it in any case (h, w); where there is
    some, only what hangs together with it is taken.
    """
    height, width = image.shape[-2:]
    window = box.grown(max(4, round(_AROUND * max(box.size)))).clipped((width, height))
    place = slice(window.y0, window.y1), slice(window.x0, window.x1)
    bins = _binned(cielab(_shrunk(image[:, :, *place])))
    size = bins.shape
    inside = _inside(box.moved(-window.x0, -window.y0), window.size, size)
    sure = _sized(core[place], size)
    pixels = inside
    for _ in range(_PASSES):
        own, other = _histogram(bins[pixels]), _histogram(bins[~pixels])
        evidence = (np.log((own + _RARE) / (other + _RARE)) - _DOUBT).clip(-_SUREST, _SUREST)
        likelier = (ndimage.gaussian_filter(evidence[bins], _AGREEMENT) > 0) & inside | sure
        if np.array_equal(likelier, pixels):
            break
        pixels = likelier
        if not pixels.any():
            break
    result = np.zeros((height, width), bool)
    result[place] = _sized(_without_specks(pixels, sure), (window.height, window.width))
    return result


def _inside(box: Box, window: tuple[int, int], size: tuple[int, ...]) -> Mask:
    """The box in a window (width, height), seen at `size` (height, width)."""
    scaled = box.scaled(window, (size[1], size[0]))
    inside = np.zeros(size, bool)
    inside[scaled.y0 : scaled.y1, scaled.x0 : scaled.x1] = True
    if (~inside).mean() < _LEAST_AROUND:
        strip = max(1, round(_STRIP * min(scaled.size)))
        inside = ndimage.binary_erosion(inside, iterations=strip)
    return inside


def _without_specks(pixels: Mask, sure: Mask) -> Mask:
    parts, count = ndimage.label(ndimage.binary_opening(pixels) | sure)
    areas = np.bincount(parts.ravel(), minlength=count + 1)
    areas[0] = 0
    kept = np.unique(parts[sure]) if sure.any() else np.flatnonzero(areas >= max(1, _SPECK * areas.max()))
    filled: Mask = ndimage.binary_fill_holes(np.isin(parts, kept))
    return filled


def _histogram(bins: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often each bin occurs, as a share of all."""
    counts = np.bincount(bins, minlength=_BINS**3).reshape(_BINS, _BINS, _BINS).astype(np.float64)
    smooth = ndimage.gaussian_filter(counts, _BIN_BLUR).ravel()
    return np.asarray(smooth / max(smooth.sum(), 1.0))


def _binned(lab: Floats) -> NDArray[np.int64]:
    """The bin (h, w) of every colour (h, w, 3)."""
    least, range_ = np.array([0, -110, -110]), np.array([100, 220, 220])
    places = ((lab - least) * _BINS / range_).astype(np.int64).clip(0, _BINS - 1)
    return np.asarray(places @ np.array([_BINS**2, _BINS, 1]))


def _shrunk(image: Tensor) -> Tensor:
    height, width = image.shape[-2:]
    return resample(image, reduced_size((height, width), _SIDE))


def _sized(mask: Mask, size: tuple[int, ...]) -> Mask:
    """A mask (h, w) at `size` (height, width)."""
    image = torch.from_numpy(mask)[None, None].float()
    sized: Mask = resample(image, (size[0], size[1]))[0, 0].numpy() > 0.5
    return sized
