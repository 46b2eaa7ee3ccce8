"""What would be made of a picture, in a line: its objects are looked for, and nothing is painted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from text_replace_engine.batch.entry import Entry
from text_replace_engine.batch.job import Broken, Job
from text_replace_engine.batch.making import Making, Settings, entry_of
from text_replace_wire.api import EngineApi, IsCancelled, ignore
from text_replace_wire.pairs import Pair


def looked_for(jobs: Iterable[Job | Broken], engine: EngineApi, cancelled: IsCancelled) -> Iterator[Entry]:
    """An entry for each, without results. Raises what would go wrong with every picture."""
    for job in jobs:
        if isinstance(job, Broken):
            yield entry_of(job)
            continue
        making = Making(job, "", Settings())
        making.read()
        making.find(engine, ignore, cancelled)
        yield making.finish().entry


def plan(entry: Entry) -> str:
    """What would be painted where."""
    said = entry.error or "; ".join(map(_pair, entry.report["pairs"]))
    return f"{entry.id}: {said}"


def _pair(report: Mapping[str, Any]) -> str:
    chosen = [each for each in report["candidates"] if each["rank"] in report["chosen"]]
    places = [f"{','.join(map(str, each['box']))} ({each['label']}, {each['presence']:.3f})" for each in chosen]
    return f"{Pair(report['replace'], report['with'] or '')}: {' and '.join(places) or 'where it was said'}"
