"""What models refuse, before any of them is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from text_replace_engine.batch.job import Broken, Job
from text_replace_engine.sets.model_set import ModelSet
from text_replace_wire.errors import UserError


def checked(jobs: Sequence[Job | Broken], model_set: ModelSet) -> Sequence[Job | Broken]:
    """Those that the models cannot be asked as `Broken`. Raises UserError where that is not a file's mistake but the
    command line's, and ModelError.
    """
    return [_checked(job, model_set) if isinstance(job, Job) else job for job in jobs]


def _checked(job: Job, model_set: ModelSet) -> Job | Broken:
    # It comes with torch.
    from text_replace_engine.words import check

    wanted = job.wanted
    try:
        for pair in wanted.pairs:
            check(model_set, pair.with_, wanted.painting)
    except UserError as error:
        if not job.place:
            raise
        return Broken(job.id, f"{job.place}: {error}")
    return job
