"""Fetches what is planned, part by part: all files of a model, then its installation, before the next one's."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from text_replace_engine.models.fetching import downloads, first_hashes
from text_replace_engine.models.fetching.answers import stop_if
from text_replace_engine.models.fetching.sources import Download, Offered
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import ModelDamaged
from text_replace_wire.messages import Stage

#: (FETCH or INSTALL, what is worked on, how much of it is done, of how much). Bytes while fetching.
OnPullProgress = Callable[[Stage, str, int, int], None]


@dataclass(frozen=True)
class PullPlan:
    """What a pull will do: the models to fetch, and bytes to fetch and to have free at the worst moment. lent: roles,
    with the folder of another set that has the very same model.
    """

    models: tuple[Offered, ...]
    to_fetch: int
    room: int
    lent: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True)
class Part:
    """One model to fetch. Its files arrive in the folder `into`; `install` makes an installed model of them, and raises
    ModelDamaged where they are something else. After it nothing in `store` is needed.
    """

    title: str
    store: Path
    into: Path
    downloads: tuple[Download, ...]
    install: Callable[[], None]


def fetch_parts(parts: Sequence[Part], on_progress: OnPullProgress, cancelled: IsCancelled) -> None:
    """Fetch and install; what was finished before a failure stays.

    Raises ModelMissing, ModelDamaged, OutputError and Cancelled.
    """
    total = sum(download.size for part in parts for download in part.downloads)
    before = 0
    for part in parts:
        for download in part.downloads:

            def on_bytes(count: int, title: str = part.title, start: int = before) -> None:
                on_progress(Stage.FETCH, title, min(start + count, total), total)

            _fetch(download, part.into, on_bytes, cancelled)
            before += download.size
        on_progress(Stage.INSTALL, part.title, before, total)
        try:
            part.install()
        except ModelDamaged:
            # It would not become better by being kept.
            shutil.rmtree(part.store)
            raise
        shutil.rmtree(part.store, ignore_errors=True)
        stop_if(cancelled)


def _fetch(download: Download, into: Path, on_bytes: downloads.OnBytes, cancelled: IsCancelled) -> None:
    """Fetch a file; one of which no hash is known has to be what it was when it was first installed from."""
    known = download.sha256 is not None or download.blob is not None
    first = None if known else first_hashes.of_file(download.file)
    try:
        downloads.fetch(dataclasses.replace(download, sha256=first or download.sha256), into, on_bytes, cancelled)
    except ModelDamaged as error:
        if first is None:
            raise
        raise ModelDamaged(
            f"{download.file} is not what was fetched the first time (its SHA-256 was {first}): if you trust the new "
            f"one, delete “{first_hashes.path()}” and pull again."
        ) from error
