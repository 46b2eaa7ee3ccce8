"""Edits end to end: found, painted, and judged."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.client.composite import array
from text_replace_engine.client.exchange import PictureInMemory, Replaced
from text_replace_engine.lab.benchmark.methods.editing import Settings, answers
from text_replace_engine.lab.evaluate.crispness import edge_strength, edge_width, ground_error
from text_replace_engine.lab.evaluate.edit_cases import EditCase
from text_replace_engine.lab.evaluate.judge import SURE, Judge
from text_replace_engine.lab.evaluate.second_judge import SecondJudge
from text_replace_engine.lab.quality import Mask, changed_outside, ring_around, sharpness, sobel
from text_replace_engine.painting.guided.sampling.presets import Preset
from text_replace_engine.sets.paper import STARTER_SET
from text_replace_wire.api import EngineApi, IsCancelled, ignore
from text_replace_wire.building import find_request
from text_replace_wire.errors import NotFound
from text_replace_wire.painting import Painting

#: Sides of the objects whose sharpness counts, in pixels.
_SHARP_FROM, _SHARP_TO = 200, 400

Pixels = NDArray[np.uint8]
Alike = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Judges:
    """alike: names that look the same in grey."""

    first: Judge
    second: SecondJudge
    alike: Alike

    def right_answers(self, case: EditCase) -> list[str]:
        """What the new object may be called: in a grey picture also by what looks the same there."""
        return sorted({case.with_, *(self.alike.get(case.with_, ()) if case.grey else ())})


@dataclass(frozen=True)
class JudgedEdit:
    """One edit. Where r was not found everything from `probability` on is empty.

    probability: of e, or in a grey picture of e and what looks the same. seam, sharpness: (in the edited picture, in
    its twin), None where there is no twin or nothing to measure; so are edges, their strength in the edit region,
    widths, of the object's outline, and read, the second judge's probability of e. strengths: as edges, but (after the
    edit, before it). ground: its error, and whether it has a pattern (`crispness`). seconds: from the request to the
    result, both parts.
    """

    replace: str
    with_: str
    grey: bool
    found: bool
    probability: float = 0.0
    answer: str = ""
    features: tuple[float, ...] = ()
    changed: int = 0
    seam: tuple[float, float] | None = None
    sharpness: tuple[float, float] | None = None
    read: tuple[float, float] | None = None
    strengths: tuple[float, float] | None = None
    edges: tuple[float, float] | None = None
    widths: tuple[float, float] | None = None
    ground: tuple[float, bool] | None = None
    seconds: float = 0.0

    @property
    def recognised(self) -> bool:
        return self.probability >= SURE


def run(engine: EngineApi, judges: Judges, case: EditCase, preset: Preset, cancelled: IsCancelled) -> JudgedEdit:
    """Replace r by e as a user would, and judge the result."""
    started = time.perf_counter()
    result = paint(engine, case, preset, cancelled)
    seconds = time.perf_counter() - started
    if result is None:
        return JudgedEdit(case.replace, case.with_, case.grey, found=False)
    return judged(engine, judges, case, result, seconds, cancelled)


def judged(
    engine: EngineApi, judges: Judges, case: EditCase, result: Replaced, seconds: float, cancelled: IsCancelled
) -> JudgedEdit:
    """What the judges say of an edit, and what is measured of it."""
    verdict = judges.first.verdict(result.pixels, result.region)
    names = judges.right_answers(case)
    inside = result.region > 127
    shown = inside if case.twin is None else new_object(engine, case, result, cancelled)
    return JudgedEdit(
        replace=case.replace,
        with_=case.with_,
        grey=case.grey,
        found=True,
        probability=round(sum(verdict.probabilities[name] for name in names), 4),
        answer=verdict.answer,
        features=verdict.features,
        changed=changed_outside(case.pixels, result.pixels, result.region),
        seam=seam_beside_twin(case, result),
        sharpness=_sharpness(engine, case, result, shown, cancelled),
        read=read_beside_twin(judges.second, case, result, names),
        edges=_edges(case, result),
        strengths=(edge_strength(result.pixels, inside), edge_strength(case.pixels, inside)) if inside.any() else None,
        widths=_widths(case, result, shown),
        ground=_ground(case, result, shown),
        seconds=round(seconds, 3),
    )


def paint(engine: EngineApi, case: EditCase, preset: Preset, cancelled: IsCancelled) -> Replaced | None:
    """The picture RGB after the edit; None where r was not found. A grey picture is edited as one of one channel."""
    picture, painting = PictureInMemory(case.given), Painting(preset)
    settings = Settings(STARTER_SET.id, painting)
    try:
        done = answers(engine, picture, case.replace, case.with_, case.seed, settings, cancelled)
    except NotFound:
        return None
    result = done.replaced(picture)
    return dataclasses.replace(result, pixels=np.broadcast_to(result.pixels, case.pixels.shape))


def new_object(engine: EngineApi, case: EditCase, result: Replaced, cancelled: IsCancelled) -> Mask:
    """Where the new object is: the candidate that fills most of the edit region, without what is outside it."""
    region = result.region > 127
    query = find_request(PictureInMemory(result.pixels), case.with_, STARTER_SET.id)
    found = engine.find(query, ignore, cancelled)
    masks = [_enlarged(array(candidate.mask)[:, :, 0], region.shape) & region for candidate in found.candidates]
    return max(masks, key=lambda mask: int(mask.sum()), default=region)


def seam_beside_twin(case: EditCase, result: Replaced) -> tuple[float, float] | None:
    if case.twin is None or not (result.region > 127).any():
        return None
    box, ring = ring_around(result.region)
    edited, twin = (float(sobel(pixels, box)[ring].mean()) for pixels in (result.pixels, case.twin.pixels))
    return edited, twin


def _sharpness(
    engine: EngineApi, case: EditCase, result: Replaced, shown: Mask, cancelled: IsCancelled
) -> tuple[float, float] | None:
    if case.twin is None or not _SHARP_FROM <= case.longest <= _SHARP_TO:
        return None
    real = dataclasses.replace(result, pixels=case.twin.pixels)
    edited = sharpness(result.pixels, shown)
    # Found in the same way: the finder's masks reach over outlines, true ones do not.
    twin = sharpness(real.pixels, new_object(engine, case, real, cancelled))
    return None if edited is None or twin is None else (edited, twin)


def read_beside_twin(
    judge: SecondJudge, case: EditCase, result: Replaced, names: Sequence[str]
) -> tuple[float, float] | None:
    if case.twin is None or not (result.region > 127).any():
        return None
    edited, twin = (judge.probability(pixels, result.region, names) for pixels in (result.pixels, case.twin.pixels))
    return edited, twin


def _edges(case: EditCase, result: Replaced) -> tuple[float, float] | None:
    inside = result.region > 127
    if case.twin is None or not inside.any():
        return None
    return edge_strength(result.pixels, inside), edge_strength(case.twin.pixels, inside)


def _widths(case: EditCase, result: Replaced, shown: Mask) -> tuple[float, float] | None:
    if case.twin is None or not shown.any() or not (case.twin.alpha > 0.5).any():
        return None
    edited, twin = edge_width(result.pixels, shown), edge_width(case.twin.pixels, case.twin.alpha > 0.5)
    return None if edited is None or twin is None else (edited, twin)


def _ground(case: EditCase, result: Replaced, shown: Mask) -> tuple[float, bool] | None:
    inside = result.region > 127
    if case.twin is None or not inside.any():
        return None
    found = ground_error(result.pixels, case.twin.ground, inside, shown)
    return None if found is None else (found.error, found.patterned)


def _enlarged(mask: Pixels, shape: tuple[int, ...]) -> Mask:
    enlarged = Image.fromarray(mask).resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    whole: Mask = np.asarray(enlarged) > 127
    return whole
