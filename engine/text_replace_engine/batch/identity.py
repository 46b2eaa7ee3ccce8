"""With what engine a batch is made: results in one folder come from one kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from text_replace_engine.batch.job import Broken, Job
from text_replace_engine.client.about import about
from text_replace_wire.api import EngineApi
from text_replace_wire.choosing import Select
from text_replace_wire.errors import UserError
from text_replace_wire.painting import Painting

_MODELS = "models"

#: What must be the same for all entries of a manifest, as JSON has it: values by name, or tables of such.
Identity = Mapping[str, Any]


@dataclass(frozen=True)
class Probe:
    """How an engine is asked what it is. with_, painting: what it will be asked to paint."""

    models: str
    select: Select = Select.OURS
    with_: str | None = None
    painting: Painting = Painting()

    def facts(self, engine: EngineApi) -> Identity:
        """The models, and on what they compute; they are loaded. Raises what the engine does where it can make no
        picture.
        """
        facts = about(engine, self.models, self.select, self.with_, self.painting)
        return {
            _MODELS: {model["role"]: model["sha256"] for model in facts["models"]},
            **{name: facts[name] for name in ("device", "dtype", "threads", "versions")},
        }


def probe_of(jobs: Sequence[Job | Broken]) -> Probe:
    """Raises UserError where nothing can be made."""
    wanted = [job.wanted for job in jobs if isinstance(job, Job)]
    if not wanted:
        raise UserError("No picture can be made of what is asked: change the entries that were named.")
    first = wanted[0]
    words = {pair.with_ for each in wanted for pair in each.pairs}
    # What cannot be painted in any picture is refused once, and leaves nothing behind.
    if len(words) == 1 and all(each.painting == first.painting for each in wanted):
        return Probe(first.models, first.select, first.pairs[0].with_ or None, first.painting)
    return Probe(first.models)


def differences(earlier: Identity, now: Identity) -> Iterator[str]:
    """What is not the same, for a sentence."""
    for name in dict.fromkeys((*earlier, *now)):
        before, after = earlier.get(name), now.get(name)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            if name == _MODELS:
                yield "other models"
            else:
                yield from differences(before, after)
        else:
            yield f"{name}: {_shown(before)}, now {_shown(after)}"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or _shown(None)
    return "none" if value is None else f"“{value}”" if isinstance(value, str) else json.dumps(value)
