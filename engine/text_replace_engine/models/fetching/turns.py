"""Whoever fetches, imports or removes models does so alone: of two at once, each would write into the other's files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from text_replace_engine.models.fetching.disk import unwritable
from text_replace_engine.models.files import cache_folder
from text_replace_wire.errors import ModelError


@contextmanager
def alone() -> Iterator[None]:
    """While the block runs no other process, and no other thread, is in one; the system ends it however a process ends.

    Raises ModelError where one is, and OutputError.
    """
    place = cache_folder() / "models" / "changing.lock"
    lock = FileLock(place, timeout=0)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise ModelError(
            "Models are being fetched, imported or removed already: wait until that has ended, and try again."
        ) from error
    except OSError as error:
        raise unwritable(place, error) from error
    try:
        yield
    finally:
        lock.release()
