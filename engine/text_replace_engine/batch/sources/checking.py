"""What models refuse, before any of them is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from text_replace_engine.batch.job import Broken, Job
from text_replace_engine.client.wanted import Wanted
from text_replace_engine.sets.model_set import ModelSet
from text_replace_engine.words import check
from text_replace_wire.errors import UserError


def checked(jobs: Sequence[Job | Broken], model_set: ModelSet) -> Sequence[Job | Broken]:
    """Those that the models cannot be asked as `Broken`. Raises UserError where all are asked the same, and ModelError
    where the models cannot be asked anything.
    """
    # Most pictures are asked the same, and each answer takes milliseconds.
    refusals: dict[str, UserError | None] = {}
    for job in jobs:
        if isinstance(job, Job) and _question(job.wanted) not in refusals:
            refusals[_question(job.wanted)] = _refusal(job.wanted, model_set)
    if len(refusals) == 1:
        (refusal,) = refusals.values()
        if refusal is not None:
            raise refusal
    return [_told_apart(job, refusals[_question(job.wanted)]) if isinstance(job, Job) else job for job in jobs]


def _question(wanted: Wanted) -> str:
    # Several objects of a COCO file's picture become the same.
    words = dict.fromkeys(pair.with_ for pair in wanted.pairs)
    return repr((list(words), wanted.painting))


def _refusal(wanted: Wanted, model_set: ModelSet) -> UserError | None:
    try:
        for pair in wanted.pairs:
            check(model_set, pair.with_, wanted.painting)
    except UserError as error:
        return error
    return None


def _told_apart(job: Job, refusal: UserError | None) -> Job | Broken:
    return job if refusal is None else Broken(job.id, f"{job.about}{refusal}", refusal.kind)
