"""What models refuse, before any of them is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from text_replace_engine.batch.job import Broken, Job
from text_replace_engine.client.wanted import Wanted
from text_replace_engine.sets.model_set import ModelSet
from text_replace_wire.errors import UserError


def checked(jobs: Sequence[Job | Broken], model_set: ModelSet) -> Sequence[Job | Broken]:
    """Those that the models cannot be asked as `Broken`. Raises UserError where that is not a file's mistake but the
    command line's, and ModelError.
    """
    # Most pictures are asked the same, and each answer takes milliseconds.
    refusals: dict[str, UserError | None] = {}
    return [_checked(job, model_set, refusals) if isinstance(job, Job) else job for job in jobs]


def _checked(job: Job, model_set: ModelSet, refusals: dict[str, UserError | None]) -> Job | Broken:
    """refusals: by what was asked before; it grows."""
    question = repr((job.wanted.pairs, job.wanted.painting))
    if question not in refusals:
        refusals[question] = _refusal(job.wanted, model_set)
    error = refusals[question]
    if error is None:
        return job
    if not job.place:
        raise error
    return Broken(job.id, f"{job.place}: {error}")


def _refusal(wanted: Wanted, model_set: ModelSet) -> UserError | None:
    # It comes with torch.
    from text_replace_engine.words import check

    try:
        for pair in wanted.pairs:
            check(model_set, pair.with_, wanted.painting)
    except UserError as error:
        return error
    return None
