"""REPORT: everything that changed the picture, and what came of it, as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from text_replace_wire.adjustments import Adjustments
from text_replace_wire.errors import NotFound, TextReplaceError
from text_replace_wire.messages import Candidate, Edited, Found


@dataclass(frozen=True)
class Report:
    """One request's report; every key of engine/REFERENCE.md, null or empty while it is not known."""

    status: str = "error"
    replace: str = ""
    with_: str | None = None
    seed: int | None = None
    samples: Sequence[Mapping[str, Any]] = ()
    preset: str | None = None
    models: Sequence[Mapping[str, Any]] = ()
    size: tuple[int, int] | None = None
    candidates: Sequence[Mapping[str, Any]] = ()
    chosen: tuple[int, ...] = ()
    region: str = "found"
    steps: int | None = None
    losses: Sequence[Mapping[str, float]] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    device: str | None = None
    dtype: str | None = None
    working_size: int | None = None
    #: Size [w, h] at which each part that was painted a second time, in tiles, was painted.
    refined: Sequence[Sequence[int]] = ()
    adjustments: Adjustments = Adjustments()
    kept_at: int | None = None
    #: How the edit was made to fit into memory: samples painted at once, activations computed twice; and what the user
    #: was told of it.
    batch: int | None = None
    checkpointing: bool | None = None
    warnings: Sequence[str] = ()
    #: Mean squared difference from IN, 0 to 1, around the region, before pasting.
    background_error: float | None = None
    #: What a class-conditional network was told to paint; left out for other networks.
    class_: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    error: Mapping[str, str] | None = None

    def found(self, found: Found, chosen: tuple[int, ...]) -> Report:
        """With the answer to the first request."""
        candidates = [_candidate(each) for each in found.candidates]
        return dataclasses.replace(self._answered(found.report), candidates=candidates, chosen=chosen)

    def edited(self, edited: Edited) -> Report:
        """Done: with the answer to the second request."""
        answer = edited.report
        return dataclasses.replace(
            self._answered(answer),
            status="done",
            samples=answer["samples"],
            steps=answer["steps"],
            losses=answer["losses"],
            working_size=answer["working_size"],
            refined=answer.get("refined", ()),
            kept_at=answer["kept_at"],
            class_=answer.get("class"),
            adjustments=dataclasses.replace(self.adjustments, cutouts=answer.get("cutouts", self.adjustments.cutouts)),
            batch=answer.get("batch"),
            checkpointing=answer.get("checkpointing"),
            warnings=answer.get("warnings", ()),
            background_error=answer.get("background_error"),
        )

    def failed(self, error: TextReplaceError) -> Report:
        """Ended by `error`."""
        status = "not_found" if isinstance(error, NotFound) else "error"
        return dataclasses.replace(self, status=status, error={"kind": error.kind, "message": str(error)})

    def json(self) -> bytes:
        """The report as a JSON object."""
        keys: dict[str, Any] = {}
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Adjustments):
                keys |= value.recorded()
            else:
                keys[each.name.removesuffix("_")] = value
        if self.class_ is None:
            del keys["class"]
        return (json.dumps(keys, indent=2, ensure_ascii=False) + "\n").encode()

    def _answered(self, answer: Mapping[str, Any]) -> Report:
        """What every answer says; seconds add up, and a role's model is listed once."""
        roles = {each["role"]: each for each in (*self.models, *answer["models"])}
        seconds = dict(self.seconds)
        for stage, taken in answer["seconds"].items():
            seconds[stage] = round(seconds.get(stage, 0.0) + taken, 3)
        return dataclasses.replace(
            self,
            models=list(roles.values()),
            seconds=seconds,
            device=answer["device"],
            dtype=answer["dtype"],
            versions=answer["versions"],
        )


def _candidate(candidate: Candidate) -> dict[str, Any]:
    box = candidate.box
    return {
        "rank": candidate.rank,
        "label": candidate.label,
        "probability": candidate.probability,
        "presence": candidate.presence,
        "box": [box.x0, box.y0, box.x1, box.y1],
        "area": candidate.area,
    }
