"""A case's edit by the engine, on the way that every user's takes."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from text_replace_engine.client.about import about
from text_replace_engine.client.exchange import PictureInMemory, Replaced, replaced
from text_replace_engine.client.report import PairReport, Report
from text_replace_engine.lab.benchmark.case import Case, Pixels, Result
from text_replace_engine.lab.benchmark.files import rgb
from text_replace_engine.lab.benchmark.methods.peak import Peak
from text_replace_engine.lab.benchmark.methods.unpasted import Watch
from text_replace_engine.local import ResidentEngine
from text_replace_engine.sets.registry import resolved
from text_replace_wire.api import Edited, EngineApi, IsCancelled, ignore
from text_replace_wire.building import edit_request, find_request
from text_replace_wire.choosing import Select
from text_replace_wire.messages import Edit, Found
from text_replace_wire.painting import Painting
from text_replace_wire.where import chosen


@dataclass(frozen=True)
class Settings:
    """How all cases are edited. models: a model set's id. seed: of cases that say none."""

    models: str
    painting: Painting
    select: Select = Select.OURS
    seed: int = 0

    @property
    def name(self) -> str:
        """The preset and what was asked for besides."""
        select = [] if self.select is Select.OURS else [f"select={self.select.value}"]
        asked = [f"{name}={value}" for name, value in sorted(self.painting.options.items())]
        return " ".join([self.painting.preset, *select, *asked])

    def check(self) -> None:
        """Raises UserError for what can be asked of these models in no case, and ModelError."""
        model_set = resolved(self.models)
        model_set.check(next(iter(model_set.vocabulary()), "object"), self.painting)


@dataclass(frozen=True)
class Answers:
    """The engine's two answers to an edit, and the second request."""

    found: Found
    request: Edit
    edited: Edited

    def replaced(self, picture: PictureInMemory) -> Replaced:
        """The picture, of which the requests were made, after the edit."""
        return replaced(picture.pixels, self.request, self.edited)


def answers(
    engine: EngineApi,
    picture: PictureInMemory,
    replace: str,
    with_: str,
    seed: int,
    settings: Settings,
    cancelled: IsCancelled,
) -> Answers:
    """Find the object and paint. Raises NotFound, and whatever the engine raises."""
    models, painting = settings.models, settings.painting
    query = find_request(picture, replace, models, with_, painting, select=settings.select)
    found = engine.find(query, ignore, cancelled)
    request = edit_request(picture, chosen(found), replace, with_, seed, models, painting)
    return Answers(found, request, engine.edit(request, ignore, cancelled))


class Editing:
    """See `method.Method`. The engine is in this process, so that its memory can be measured."""

    def __init__(self, engine: ResidentEngine, settings: Settings) -> None:
        self._engine, self._settings, self._watch = engine, settings, Watch(engine)

    @property
    def name(self) -> str:
        """See `method.Method`."""
        return self._settings.name

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """What the models say of themselves: `models`, `device`, `dtype`, `versions` of the report. Loads them."""
        return about(self._engine, self._settings.models, self._settings.select)

    def identity(self) -> Mapping[str, Any]:
        """See `method.Method`."""
        settings = self._settings
        models = [{"role": model["role"], "sha256": model["sha256"]} for model in self.about["models"]]
        asked = dataclasses.asdict(settings.painting) | {"select": settings.select.value, "seed": settings.seed}
        return {
            "models": models,
            "settings": {**asked, "device": self.about["device"], "dtype": self.about["dtype"]},
        }

    def stamp(self, case: Case) -> str:
        """See `method.Method`."""
        return ""

    def result(self, case: Case, before: Pixels, cancelled: IsCancelled) -> Result:
        """See `method.Method`."""
        picture = PictureInMemory(before)
        started = time.perf_counter()
        with Peak(torch.device(self._engine.device_name)) as peak:
            done = answers(self._engine, picture, case.replace, case.with_, case.seed, self._settings, cancelled)
            after = done.replaced(picture)
        return Result(
            after=rgb(after.pixels),
            unpasted=self._watch.areas,
            region=after.region,
            object_mask=after.object_mask,
            seconds=round(time.perf_counter() - started, 3),
            peak_memory=peak.bytes,
            report=self._report(case, before, done),
        )

    def _report(self, case: Case, before: Pixels, done: Answers) -> Mapping[str, Any]:
        painting = self._settings.painting
        report = Report(
            (PairReport(case.replace, case.with_),),
            seed=case.seed,
            preset=painting.preset,
            select=self._settings.select.value,
            size=(before.shape[1], before.shape[0]),
            grow=painting.grow,
            feather=painting.feather,
        )
        whole = report.found(done.found, done.found.chosen).edited(done.edited.variations[0])
        keys: Mapping[str, Any] = json.loads(whole.json())
        return keys
