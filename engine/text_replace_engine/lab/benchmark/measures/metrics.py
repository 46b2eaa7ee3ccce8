"""What is measured of a result, by name: the columns of every row and every table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import cached_property
from statistics import fmean

import numpy as np
import torch
from torch import Tensor
from torchmetrics.functional.classification import binary_jaccard_index

from text_replace_engine.lab.benchmark.case import Case, Result
from text_replace_engine.lab.benchmark.measures.background import LONGEST, MOST_PSNR, Change, Distance, change, image_of
from text_replace_engine.lab.benchmark.measures.instruments import Instrument, clip_for, perceptual_for
from text_replace_engine.lab.benchmark.measures.matchers import Matcher
from text_replace_engine.lab.benchmark.metric import Better, Metric
from text_replace_engine.lab.quality import Mask, Pixels, changed_outside, ring_around, sobel
from text_replace_engine.models.networks.perceptual import Perceptual
from text_replace_engine.models.store import read_role
from text_replace_engine.sets.registry import resolved

_MEGABYTE = 10**6
#: What Sobel's kernel makes of an edge of one step a pixel.
_SOBEL_GAIN = 8
_BACKGROUND = (
    "Outside the reference mask, or where there is none outside the edit region; of a tool that tells none, that of "
    "the engine's own edit."
)
_BEFORE_PASTE = (
    "Of what guided diffusion paints around the edit region, at the network's own size: larger, the blur of enlarging "
    "would outweigh it. Of other ways to paint it is not known."
)
_SEAM = (
    "How much steeper luma is along the edit region's edge than it was; the new object's outline counts, too, and what "
    "is blurred is below 0."
)
_OUTSIDE = "Outside the edit region; of a tool that tells none, outside what the background is measured by."


class Meter:
    """Measures results of one model set, and of whatever is compared with it, by the same networks. On the processor,
    in float32.
    """

    def __init__(self, models: str) -> None:
        """models: the id of the set that paints, or “auto”. Loads no network yet.

        Raises UserError for a set that there is not, ModelMissing and ModelDamaged.
        """
        painted_by = resolved(models).id
        self._clip, self._perceptual = clip_for(painted_by), perceptual_for(painted_by)
        self.metrics = _metrics(self._clip, self._perceptual)

    def values(self, case: Case, before: Pixels, result: Result, reference: Pixels | None) -> dict[str, float | None]:
        """By key of `metrics`, None where it says nothing of this result. before: RGB (h, w, 3); reference: see
        `Case`, None where there is none.

        Raises ModelMissing and ModelDamaged when the networks are first needed.
        """
        edited = _edited(result, reference)
        background = None if edited is None else _shown(result, edited.shape) & ~edited
        after = image_of(result.after)
        pasted = self._change(before, result.after, background)
        unpasted = [self._change(area.picture, area.painted, area.region == 0) for area in result.unpasted]
        measured = {
            "mask_iou": _iou(result.object_mask, reference),
            "clip_whole": self._matcher.whole(case, after),
            "clip_part": self._of_part(case, after, _wanted(result, reference)),
            **_of_changes("background", [pasted]),
            **_of_changes("unpasted", unpasted),
            "seam": _seam(before, result),
            "changed_outside": _changed(before, result, reference),
            "seconds": result.seconds,
            "peak_memory": None if result.peak_memory is None else result.peak_memory / _MEGABYTE,
        }
        return {key: result.known.get(key) if value is None else value for key, value in measured.items()}

    def _of_part(self, case: Case, after: Tensor, wanted: Mask | None) -> float | None:
        return None if wanted is None or not wanted.any() else self._matcher.part(case, after, wanted)

    def _change(self, before: Pixels, after: Pixels, background: Mask | None) -> Change | None:
        return None if background is None else change(before, after, background, self._distance)

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher.load(self._clip)

    @cached_property
    def _distance(self) -> Distance:
        return Perceptual.load(read_role(self._perceptual.folder, self._perceptual.role)).requires_grad_(False).distance


def _metrics(clip: Instrument, perceptual: Instrument) -> tuple[Metric, ...]:
    matched, seen = _note(clip), _note(perceptual)
    higher, lower = Better.HIGHER, Better.LOWER
    return (
        Metric("mask_iou", "mask IoU", higher, note="Of the object mask, before it is grown, with the reference mask."),
        Metric("clip_whole", "CLIP, whole picture", higher, note=f"With the target prompt, else the name.\n{matched}"),
        Metric("clip_part", "CLIP, edited part", higher, note=f"With the name of what was to be put.\n{matched}"),
        *_background_metrics("background", "", _BACKGROUND, seen),
        *_background_metrics("unpasted", " before the paste", _BEFORE_PASTE, seen),
        Metric("seam", "seam", Better.NEITHER, "8-bit steps a pixel", 2, _SEAM),
        Metric("changed_outside", "pixels changed outside", lower, "pixels", 0, _OUTSIDE),
        Metric("seconds", "time", lower, "s", 2),
        Metric("peak_memory", "peak memory", lower, "MB", 0),
    )


def _background_metrics(key: str, when: str, note: str, seen: str) -> tuple[Metric, ...]:
    shrunk = f"Pictures of more than {LONGEST} pixels a side are shrunk to that."
    return (
        Metric(f"{key}_psnr", f"background PSNR{when}", Better.HIGHER, "dB", 1, f"{note}\nAt most {MOST_PSNR:g} dB."),
        Metric(f"{key}_mse", f"background MSE{when}", Better.LOWER, "", 6, note),
        Metric(f"{key}_ssim", f"background SSIM{when}", Better.HIGHER, "", 4, f"{note}\n{shrunk}"),
        Metric(f"{key}_lpips", f"background LPIPS{when}", Better.LOWER, "", 4, f"{note}\n{shrunk}\n{seen}"),
    )


def _note(instrument: Instrument) -> str:
    flatters = ", which also guided the painting: it flatters" if instrument.guided else ""
    return f"By {instrument.title} ({instrument.weights[:12]}){flatters}."


def _edited(result: Result, reference: Pixels | None) -> Mask | None:
    """What may change (h, w): the reference, for it is the same for every method, else the edit region."""
    if reference is not None:
        return reference > 0
    return None if result.region is None else result.region > 0


def _wanted(result: Result, reference: Pixels | None) -> Mask | None:
    """Where the new object should be (h, w): what counts as neither could be far from there, as a frame around all."""
    return _edited(result, None) if reference is None else reference == 255


def _shown(result: Result, shape: tuple[int, ...]) -> Mask:
    """Where the method's own pixels are (h, w)."""
    box = result.covers
    shown = np.full(shape, box is None)
    if box is not None:
        shown[box.y0 : box.y1, box.x0 : box.x1] = True
    return shown


def _iou(found: Pixels | None, reference: Pixels | None) -> float | None:
    if found is None or reference is None or not (reference == 255).any():
        return None
    said = (reference == 0) | (reference == 255)
    return float(binary_jaccard_index(torch.from_numpy(found[said] > 127), torch.from_numpy(reference[said] > 127)))


def _of_changes(key: str, found: Sequence[Change | None]) -> dict[str, float | None]:
    """The means over those that say something."""
    names = [field.name for field in fields(Change)]
    columns = {name: [getattr(each, name) for each in found if each is not None] for name in names}
    known = {name: [value for value in values if value is not None] for name, values in columns.items()}
    return {f"{key}_{name}": fmean(values) if values else None for name, values in known.items()}


def _seam(before: Pixels, result: Result) -> float | None:
    if result.region is None or not (result.region > 127).any():
        return None
    box, ring = ring_around(result.region)
    if not ring.any():
        return None
    edited, original = (float(sobel(pixels, box)[ring].mean()) for pixels in (result.after, before))
    return (edited - original) / _SOBEL_GAIN


def _changed(before: Pixels, result: Result, reference: Pixels | None) -> float | None:
    allowed = reference if result.region is None else result.region
    return None if allowed is None else changed_outside(before, result.after, allowed)
