"""REPORT: everything that changed the picture, and what came of it, as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from text_replace_wire.errors import NotFound, TextReplaceError
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Candidate, Found, Variation

#: Keys of an answer that a recipe needs, and a report has in another form or not at all.
_NOT_IN_REPORT = {"family", "options", "place", "variations"}

#: The keys that reports have always had, whatever happened.
UNPAINTED: dict[str, Any] = {
    "painter": None,
    "steps": None,
    "taken": None,
    "losses": [],
    "background_error": None,
    "refined": [],
    "checkpointing": None,
    "working_size": None,
    "strength": None,
    "guidance_scale": None,
    "negative_prompt": None,
    "scheduler": None,
    "eta": None,
    "room": None,
    "refine": None,
    "tiled_decoding": None,
    "storage": None,
    "lambda_clip": None,
    "lambda_lpips": None,
    "lambda_l2": None,
    "cutouts": None,
    "objects": None,
}


@dataclass(frozen=True)
class PairReport:
    """What a report says of one pair, under keys of the same names.

    facts: what only the painter knows, under its own keys; while nothing is painted, the options that were asked for.
    """

    replace: str = ""
    with_: str | None = None
    samples: Sequence[Mapping[str, Any]] = ()
    candidates: Sequence[Mapping[str, Any]] = ()
    chosen: tuple[int, ...] = ()
    #: Which of how many objects the words mean; empty where they say no more than what it is called.
    understood: str = ""
    kept_at: int | None = None
    #: Samples painted at once.
    batch: int | None = None
    warnings: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def keys(self) -> dict[str, Any]:
        """As JSON has it."""
        keys = _keys(self)
        facts: Mapping[str, Any] = keys.pop("facts")
        return {**keys, **facts}


@dataclass(frozen=True)
class Report:
    """One run's report (engine/REFERENCE.md, Report): every key, null or empty while it is not known.

    pairs: one at least; what the first one says is at the top level, too.
    """

    pairs: tuple[PairReport, ...] = (PairReport(),)
    status: str = "error"
    removed: bool = False
    seed: int | None = None
    preset: str | None = None
    models: Sequence[Mapping[str, Any]] = ()
    size: tuple[int, int] | None = None
    #: What was pointed at: (x, y) of each place, and (x0, y0, x1, y1).
    points: Sequence[tuple[int, int]] = ()
    box: tuple[int, ...] | None = None
    #: The rule by which it was chosen.
    select: str = "ours"
    region: str = "found"
    seconds: Mapping[str, float] = field(default_factory=dict)
    device: str | None = None
    dtype: str | None = None
    #: Of the processor, on which its results depend.
    threads: int | None = None
    grow: float | None = None
    feather: float | None = None
    #: Whether what belongs to the object was to be painted over too.
    remnants: bool | None = None
    #: What the user was told, of all pairs.
    warnings: Sequence[str] = ()
    #: Names of what OUT keeps of IN's metadata, and of what it does not.
    metadata: Mapping[str, Sequence[str]] = field(default_factory=lambda: {"kept": (), "dropped": ()})
    #: Whether OUT says that generative AI edited it.
    marked: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)
    error: Mapping[str, str] | None = None

    def pointed(self, points: Sequence[tuple[int, int]], box: Box | None) -> Report:
        """With what was pointed at."""
        return dataclasses.replace(self, points=points, box=None if box is None else dataclasses.astuple(box))

    def found(self, found: Found, chosen: tuple[int, ...], number: int = 0) -> Report:
        """With the answer to the first request of the pair of this number."""
        candidates = [_candidate(candidate) for candidate in found.candidates]
        report = self._answered(found.report, found.report.get("warnings", ()), number)
        understood = found.understood if chosen == found.chosen else ""
        return report._with_pair(number, candidates=candidates, chosen=chosen, understood=understood)

    def edited(self, variation: Variation, number: int = 0) -> Report:
        """With a variation of the answer to the pair's second request; done, where all pairs have theirs."""
        answer = dict(variation.report)
        report = self._answered(answer, answer["warnings"], number)
        own = {attribute.name for each in (self, self.pairs[0]) for attribute in dataclasses.fields(each)}
        facts = {key: value for key, value in answer.items() if key not in own | _NOT_IN_REPORT}
        painted = report._with_pair(
            number,
            samples=answer["samples"],
            kept_at=answer["kept_at"],
            batch=answer["batch"],
            facts={**answer.get("options", {}), **facts},
        )
        painted = dataclasses.replace(painted, seed=answer["seed"], remnants=answer["remnants"])
        return dataclasses.replace(painted, status="done") if all(pair.samples for pair in painted.pairs) else painted

    def read_and_written(
        self, notes: Sequence[str], kept: Sequence[str], dropped: Sequence[str], marked: bool
    ) -> Report:
        """With what was said when IN was read, with what OUT keeps of its metadata, and whether it is marked."""
        metadata = {"kept": kept, "dropped": dropped}
        return dataclasses.replace(self, warnings=[*notes, *self.warnings], metadata=metadata, marked=marked)

    def failed(self, error: TextReplaceError) -> Report:
        """Ended by `error`."""
        status = "not_found" if isinstance(error, NotFound) else "error"
        return dataclasses.replace(self, status=status, error={"kind": error.kind, "message": str(error)})

    def json(self) -> bytes:
        """The report as a JSON object."""
        own = _keys(self)
        pairs = [pair.keys() for pair in own.pop("pairs")]
        keys = {"status": self.status, **pairs[0], **own, "pairs": pairs}
        # A file name that is no text: JSON writes its bytes just as Python escapes them.
        return (json.dumps(keys, indent=2, ensure_ascii=False) + "\n").encode(errors="backslashreplace")

    def _with_pair(self, number: int, **changes: Any) -> Report:
        pair = dataclasses.replace(self.pairs[number], **changes)
        return dataclasses.replace(self, pairs=(*self.pairs[:number], pair, *self.pairs[number + 1 :]))

    def _answered(self, answer: Mapping[str, Any], warnings: Sequence[str], number: int) -> Report:
        """What every answer says; seconds add up, a role's model is listed once, and a sentence is said once."""
        roles = {model["role"]: model for model in (*self.models, *answer["models"])}
        seconds = dict(self.seconds)
        for stage, taken in answer["seconds"].items():
            seconds[stage] = round(seconds.get(stage, 0.0) + taken, 3)
        report = dataclasses.replace(
            self,
            models=list(roles.values()),
            seconds=seconds,
            device=answer["device"],
            dtype=answer["dtype"],
            threads=answer["threads"],
            warnings=list(dict.fromkeys((*self.warnings, *warnings))),
            versions=answer["versions"],
        )
        return report._with_pair(number, warnings=[*self.pairs[number].warnings, *warnings])


def _keys(report: Report | PairReport) -> dict[str, Any]:
    return {
        attribute.name.removesuffix("_"): getattr(report, attribute.name) for attribute in dataclasses.fields(report)
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "rank": candidate.rank,
        "label": candidate.label,
        "probability": candidate.probability,
        "presence": candidate.presence,
        "box": dataclasses.astuple(candidate.box),
        "area": candidate.area,
    }
