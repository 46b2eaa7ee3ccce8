"""Whether something else is asked of a picture than before."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

from text_replace_engine.batch.job import Broken, Job
from text_replace_engine.models.files import file_sha256

#: Of these the bytes count, and not what they are called.
_FILES = ("source", "where", "region")


def asked_of(job: Job | Broken) -> str:
    """A text that changes with everything that the job's entry follows from; not while a file cannot be read."""
    if isinstance(job, Broken):
        return job.why
    asked = dataclasses.asdict(job.wanted)
    stamps = [None if path is None else _stamp(path) for path in map(asked.pop, _FILES)]
    told = [asked, stamps, job.categories, job.known, job.image]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _stamp(path: Path) -> str:
    try:
        # A pipe would be waited for.
        return file_sha256(path) if path.is_file() else ""
    except OSError:
        return ""
