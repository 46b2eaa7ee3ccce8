"""What the rows of the suites come to that measure one thing alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from text_replace_engine.lab.estimates import mean, ratio, share
from text_replace_engine.lab.evaluate.cutouts import VARIANTS, Looked
from text_replace_engine.lab.evaluate.figures import Bar, Figure
from text_replace_engine.lab.evaluate.judge import SURE
from text_replace_engine.lab.evaluate.parts import PAPER, STANDARD, Bought
from text_replace_engine.lab.evaluate.parts import VARIANTS as BUYING
from text_replace_engine.lab.evaluate.remnants import Left
from text_replace_engine.lab.evaluate.seeds import Seeds

#: A region that grew by more than this share of the object's area where nothing belongs to it.
_GREW = 0.01


def of_remnants(rows: Sequence[Left]) -> list[Figure]:
    """Areas are shares of what could be seen, in all scenes together, an object's area in each counting as one."""
    found = [row for row in rows if row.found]
    figures = [Figure("found", share([row.found for row in rows]))]
    kinds = {
        "shadows and strings": [
            (row.shadow + row.string, row.shadow_left + row.string_left, row.shadow_before + row.string_before)
            for row in found
        ],
        "shadows": [(row.shadow, row.shadow_left, row.shadow_before) for row in found],
        "strings": [(row.string, row.string_left, row.string_before) for row in found],
    }
    for kind, areas in kinds.items():
        there = [each for each in areas if each[0] > 0]
        if there:
            whole, left, before = zip(*there, strict=True)
            figures.append(Figure(f"left of {kind}, by area", ratio(left, whole), Bar(most=0.05)))
            figures.append(Figure(f"left of {kind} without looking for them", ratio(before, whole)))
    bare = [row for row in found if not row.shadow + row.string]
    if bare:
        figures.append(Figure("grown where there is none, of the object's area", mean([row.grown for row in bare])))
        figures.append(Figure("grew where there is none", share([row.grown > _GREW for row in bare])))
    if found:
        figures.append(Figure("taken of other objects, of the object's area", mean([row.eaten for row in found])))
    return figures


def of_cutouts(rows: Sequence[Mapping[str, Looked]]) -> list[Figure]:
    """By variant: how often the guiding CLIP sees the prompt, and how often those agree then that did not guide."""
    figures = []
    for variant in VARIANTS:
        seen = [row[variant] for row in rows]
        taken = [looked for looked in seen if looked.guided]
        figures.append(Figure(f"cosine by the guiding CLIP, {variant}", mean([looked.cosine for looked in seen])))
        figures.append(Figure(f"the guiding CLIP sees it, {variant}", share([looked.guided for looked in seen])))
        if taken:
            figures.append(Figure(f"the judge agrees then, {variant}", share([one.judged >= SURE for one in taken])))
            read = [looked.read for looked in taken if looked.read is not None]
            if read:
                figures.append(Figure(f"the second judge agrees then, {variant}", share([one >= SURE for one in read])))
    return figures


def of_parts(rows: Sequence[Mapping[str, Bought]]) -> list[Figure]:
    """By variant what it comes to, and beside the standard preset, of the same edits; then what `standard` must have
    of `paper`: more recognised edits and less error around them, in at most a quarter of its time.
    """
    figures = []
    for variant in BUYING:
        own = [row[variant] for row in rows]
        reads = [one.read for one in own if one.read is not None]
        seams = [one.seam for one in own if one.seam is not None]
        figures.append(Figure(f"recognised, {variant}", share([one.probability >= SURE for one in own])))
        if reads:
            figures.append(Figure(f"second judge is sure, {variant}", share([edit >= SURE for edit, _ in reads])))
        figures.append(Figure(f"background MSE, {variant}", mean([one.mse for one in own])))
        figures.append(Figure(f"background LPIPS, {variant}", mean([one.lpips for one in own])))
        if seams:
            figures.append(Figure(f"seam, edits : real, {variant}", ratio(*zip(*seams, strict=True))))
        if variant != STANDARD:
            figures += _beside_standard(variant, rows)
    return [*figures, *_against_paper(rows)]


def _beside_standard(variant: str, rows: Sequence[Mapping[str, Bought]]) -> list[Figure]:
    more = [_sure(row[variant]) - _sure(row[STANDARD]) for row in rows]
    seconds = ratio([row[variant].seconds for row in rows], [row[STANDARD].seconds for row in rows])
    return [
        Figure(f"recognised, {variant} − standard", mean(more)),
        Figure(f"seconds, {variant} : standard", seconds),
    ]


def _against_paper(rows: Sequence[Mapping[str, Bought]]) -> list[Figure]:
    pairs = [(row[PAPER], row[STANDARD]) for row in rows]
    seconds = ratio([standard.seconds for _, standard in pairs], [paper.seconds for paper, _ in pairs])
    return [
        Figure("recognised, standard − paper", mean([_sure(s) - _sure(p) for p, s in pairs]), above=0.0),
        Figure("background MSE, paper − standard", mean([p.mse - s.mse for p, s in pairs]), above=0.0),
        Figure("background LPIPS, paper − standard", mean([p.lpips - s.lpips for p, s in pairs]), above=0.0),
        Figure("seconds, standard : paper", seconds, Bar(most=0.25)),
    ]


def _sure(one: Bought) -> float:
    return float(one.probability >= SURE)


def of_seeds(rows: Sequence[Seeds]) -> list[Figure]:
    """How much the seeds of one edit differ; no bar of its own, versions are compared by it."""
    distances = [row.distance for row in rows if row.distance is not None]
    return [Figure("LPIPS between seeds of one edit", mean(distances))] if distances else []
