"""What the rows come to: a figure with its interval for every bar of the starter models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from text_replace_engine.lab.estimates import Estimate, mean, median, ratio, share
from text_replace_engine.lab.evaluate.ablations import OWN, VARIANTS, Ablated
from text_replace_engine.lab.evaluate.asked import ColouredEdit, SeveralEdit
from text_replace_engine.lab.evaluate.asked_cases import COLOURS
from text_replace_engine.lab.evaluate.choices import RIGHT, Choice
from text_replace_engine.lab.evaluate.edits import JudgedEdit
from text_replace_engine.lab.evaluate.fidelity import Features, frechet_ratio
from text_replace_engine.lab.evaluate.judge import SURE
from text_replace_engine.lab.evaluate.styles import OutsidePicture, WornScene

_MEGABYTE, _MEBIBYTE = 10**6, 2**20
#: A Fréchet distance of fewer edits says nothing.
_FEWEST_FOR_FRECHET = 10


@dataclass(frozen=True)
class Bar:
    """The least and the most that a figure may be; None: no limit on that side."""

    least: float | None = None
    most: float | None = None

    def met(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        if self.least is not None and self.most is not None:
            return f"{self.least:g} – {self.most:g}"
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"


@dataclass(frozen=True)
class Figure:
    """One row of the table. `passed` is None where there is no bar."""

    name: str
    estimate: Estimate
    bar: Bar | None = None
    #: Where the interval decides, not the value: its lower end must be above this.
    above: float | None = None

    @property
    def passed(self) -> bool | None:
        if self.above is not None:
            return self.estimate.low > self.above
        return None if self.bar is None else self.bar.met(self.estimate.value)

    @property
    def needs(self) -> str:
        if self.above is not None:
            return f"interval > {self.above:g}"
        return "" if self.bar is None else str(self.bar)

    def document(self) -> dict[str, Any]:
        """As results keep it."""
        return {"name": self.name, **asdict(self.estimate), "needs": self.needs, "passed": self.passed}


def of_choices(rows: Sequence[Choice]) -> list[Figure]:
    """An object that was not found counts as IoU 0."""
    ious = [row.iou for row in rows]
    right = [iou for iou in ious if iou >= RIGHT]
    grey = [row.iou >= RIGHT for row in rows if row.grey]
    figures = [
        Figure("right object", share([iou >= RIGHT for iou in ious]), Bar(least=0.98)),
        Figure("right object, labels hidden", share([row.pixels_iou >= RIGHT for row in rows]), Bar(least=0.90)),
        Figure("mean IoU", mean(ious), Bar(least=0.90)),
        Figure("honest not found", share([not row.alarm for row in rows]), Bar(least=0.95)),
        Figure("present but not found", share([not row.found for row in rows]), Bar(most=0.02)),
        *_shares("right object, grey pictures", grey),
        *_shares("right object, colour pictures", [row.iou >= RIGHT for row in rows if not row.grey]),
        *_shares("honest not found, vocabulary words", [not row.alarm for row in rows if row.listed]),
        *_shares("honest not found, outside words", [not row.alarm for row in rows if not row.listed]),
    ]
    return [*figures, Figure("mean IoU where right", mean(right))] if right else figures


def of_edits(rows: Sequence[JudgedEdit], real: Callable[[], tuple[Features, Features]]) -> list[Figure]:
    """`real` gives the features of two real crops for every row that was painted."""
    painted = [row for row in rows if row.found]
    figures = [Figure("recognised, standard", share([row.recognised for row in rows]), Bar(least=0.95))]
    figures += _shares("recognised, of those found", [row.recognised for row in painted])
    if not painted:
        return figures
    if len(painted) >= _FEWEST_FOR_FRECHET:
        edited = np.asarray([row.features for row in painted], np.float32)
        figures.append(Figure("Fréchet distance, edits : real", frechet_ratio(edited, *real()), Bar(most=3)))
    sharp = [row.sharpness for row in painted if row.sharpness is not None]
    if sharp:
        figures.append(Figure("sharpness, edits : real", _paired(sharp), Bar(0.7, 1.3)))
    figures.append(Figure("pixels changed outside", mean([row.changed for row in painted]), Bar(most=0)))
    seams = [row.seam for row in painted if row.seam is not None]
    if seams:
        figures.append(Figure("seam, edits : real", _paired(seams), Bar(most=1.25)))
    figures += [*_of_second_judge(painted), *_of_crispness(painted)]
    warm = [row.seconds for row in painted[1:]]
    return [*figures, Figure("warm standard edit, seconds", mean(warm), Bar(most=6))] if warm else figures


def _of_second_judge(painted: Sequence[JudgedEdit]) -> list[Figure]:
    found = []
    for name, grey, least in (("colour", False, 0.97), ("grey", True, 0.90)):
        read = [row.read for row in painted if row.read is not None and row.grey == grey]
        sure = [(float(edited >= SURE), float(real >= SURE)) for edited, real in read]
        if any(real for _, real in sure):
            found.append(Figure(f"second judge, edits : real, {name}", _paired(sure), Bar(least=least)))
    return found


def _of_crispness(painted: Sequence[JudgedEdit]) -> list[Figure]:
    strengths = [row.strengths[0] / row.strengths[1] for row in painted if row.strengths and row.strengths[1] > 0]
    edges = [row.edges[0] / row.edges[1] for row in painted if row.edges and row.edges[1] > 0]
    widths = [row.widths[0] / row.widths[1] for row in painted if row.widths and row.widths[1] > 0]
    found = [Figure("edge strength, after : before", median(strengths), Bar(least=0.85))] if strengths else []
    if edges:
        found.append(Figure("edge strength, edits : real", median(edges)))
    if widths:
        found.append(Figure("edge width, edits : real", median(widths), Bar(most=1.3)))
    for kind, most in (("plain", 3), ("patterned", 8)):
        errors = [row.ground[0] for row in painted if row.ground and row.ground[1] == (kind == "patterned")]
        if errors:
            found.append(Figure(f"ground error, {kind}, 8-bit steps", mean(errors), Bar(most=most)))
    return found


def of_coloured(rows: Sequence[ColouredEdit]) -> list[Figure]:
    """Of the edits in which the object to replace was found; what has a hue and what has none also by itself."""
    painted = [row for row in rows if row.found and not row.grey]
    hues = [row.right for row in painted if COLOURS[row.with_.split()[0]] is not None]
    others = [row.right for row in painted if COLOURS[row.with_.split()[0]] is None]
    figures = [Figure("the colour asked for", share([row.right for row in painted]), Bar(least=0.9))] if painted else []
    figures += [*_shares("within 30° of hue", hues), *_shares("black, white or grey", others)]
    grey = [row.colourless for row in rows if row.found and row.grey]
    return [*figures, Figure("grey in, grey out", share(grey), Bar(least=1))] if grey else figures


def of_several(rows: Sequence[SeveralEdit]) -> list[Figure]:
    """Of the edits in which the object to replace was found."""
    painted = [row for row in rows if row.found]
    figures = [Figure("both recognised", share([row.recognised for row in painted]), Bar(least=0.8))] if painted else []
    sure = [probability >= SURE for row in painted for probability in row.probabilities]
    return [*figures, *_shares("each recognised", sure)]


def of_best(rows: Sequence[JudgedEdit]) -> list[Figure]:
    """Best of four."""
    return [Figure("recognised, best of 4", share([row.recognised for row in rows]), Bar(least=59 / 60))]


def of_ablations(rows: Sequence[Mapping[str, Ablated]]) -> list[Figure]:
    """A loss earns its place where its own quantity is larger without it, relative to with it."""
    figures = []
    for variant, loss in OWN.items():
        worse = [getattr(row[variant], loss) - getattr(row["nothing"], loss) for row in rows]
        base = float(np.mean([getattr(row["nothing"], loss) for row in rows]))
        figures.append(Figure(f"L_{loss} without {variant}, rise", mean([rise / base for rise in worse]), above=0.0))
    for variant in VARIANTS:
        recognised = share([row[variant].probability >= SURE for row in rows])
        figures.append(Figure(f"recognised without {variant}", recognised))
    return figures


def of_pairs(whole: Estimate | None, ground: Estimate | None) -> list[Figure]:
    """How often a network tells paintings from real pictures; None: there were too few to teach it."""
    asked = (("told from real, whole", whole, 0.70), ("told from real, ground only", ground, 0.60))
    return [Figure(name, estimate, Bar(most=most)) for name, estimate, most in asked if estimate is not None]


def of_scene_styles(rows: Sequence[WornScene]) -> list[Figure]:
    """By kind of wear, how many scenes are taken for another style."""
    return [
        Figure(f"taken for another style, {kind}", share([row.mistaken[kind] for row in rows]), Bar(most=0.01))
        for kind in rows[0].mistaken
    ]


def of_outside(rows: Sequence[OutsidePicture]) -> list[Figure]:
    """How many pictures in another style are told to be, of all and of every source."""
    sources = sorted({row.source for row in rows})
    return [
        Figure("another style told", share([row.told for row in rows]), Bar(least=0.95)),
        *(Figure(f"told, {source}", share([row.told for row in rows if row.source == source])) for source in sources),
    ]


def of_weights(folder: Path) -> list[Figure]:
    """The sizes of the starter models' files."""
    sizes = [path.stat().st_size for path in sorted(folder.glob("*.safetensors"))]
    whole, largest = sum(sizes) / _MEGABYTE, max(sizes) / _MEBIBYTE
    return [
        Figure("weights, MB", Estimate(whole, whole, whole, len(sizes)), Bar(most=40)),
        Figure("largest file, MiB", Estimate(largest, largest, largest, 1), Bar(most=15)),
    ]


def of_judge(right: Sequence[bool], rejected: Mapping[str, Sequence[bool]]) -> list[Figure]:
    """How far the judge itself can be trusted."""
    figures = [Figure("judge: right on real crops", share(right))]
    return figures + [Figure(f"judge: rejects {kind}", share(answers)) for kind, answers in rejected.items()]


def of_second_judge(
    right: Sequence[bool], rejected: Mapping[str, Sequence[bool]], errors: Mapping[float, float]
) -> list[Figure]:
    """The same of the second, with its calibration error by blur."""
    figures = [Figure("second judge: right on real crops", share(right), Bar(least=0.92))]
    for kind, answers in rejected.items():
        figures.append(Figure(f"second judge: rejects {kind}", share(answers), Bar(least=0.90)))
    for sigma, error in errors.items():
        figures.append(
            Figure(f"second judge: miscalibrated, blur {sigma:g}", Estimate(error, error, error, len(right)))
        )
    return figures


def _paired(pairs: Sequence[tuple[float, float]]) -> Estimate:
    return ratio([pair[0] for pair in pairs], [pair[1] for pair in pairs])


def _shares(name: str, hits: Sequence[bool]) -> list[Figure]:
    return [Figure(name, share(hits))] if hits else []
