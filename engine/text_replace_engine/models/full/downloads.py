"""Fetches one file: goes on where a cut connection left it, and gives it its name only once its hash is right.

pooch checks and names; it cannot resume, so the bytes come through huggingface_hub's `http_get`, which can, and which
also waits and tries again where a connection breaks.
"""

from __future__ import annotations

import io
import logging
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from text_replace_engine.models.full.catalogue import Download
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import Cancelled, ModelDamaged, ModelMissing, OutputError, TextReplaceError

log = logging.getLogger(__name__)

#: Called with the number of bytes that are there.
OnBytes = Callable[[int], None]

CANCELLED = "Cancelled: what has arrived is kept, and fetching goes on from there next time."
#: Seconds before a busy server is asked again; one more attempt than there are waits.
_WAITS = (1.0, 3.0)
_BUSY = (500, 502, 503, 504)
_CHUNK = 2**17
_RESUME = "pull again to go on where it stopped"
#: Room for what else happens on a disk.
_SPARE = 200 * 2**20


def fetch(download: Download, place: Path, on_bytes: OnBytes, cancelled: IsCancelled) -> Path:
    """The file, in `place`; what is there already, or a part of it, is not fetched again.

    Raises ModelMissing where no source has it, ModelDamaged where it is not what was published, OutputError where it
    cannot be written, and Cancelled; what had arrived is kept.
    """
    failures: list[TextReplaceError] = []
    for url in download.urls():
        try:
            return _fetch_from(url, download, place, on_bytes, cancelled)
        except (ModelMissing, ModelDamaged) as error:
            log.warning("%s: %s", url, error)
            failures.append(error)
    raise failures[-1]


def free_space(place: Path) -> int:
    """Bytes that are free on the disk of a folder, which may not exist yet. Raises OSError."""
    existing = next(folder for folder in (place, *place.parents) if folder.exists())
    return shutil.disk_usage(existing).free


def check_room(place: Path, needed: int) -> None:
    """Raises OutputError where the disk under `place` has less than `needed` bytes left, or cannot be used."""
    try:
        free = free_space(place)
    except OSError as error:
        raise unwritable(place, error) from error
    if free < needed + _SPARE:
        raise OutputError(
            f"The models need {_gigabytes(needed + _SPARE)} on the disk of “{place}”, where {_gigabytes(free)} are "
            "free: free some space, or set XDG_CACHE_HOME to a folder on another disk."
        )


def stop_if(cancelled: IsCancelled) -> None:
    """Raises Cancelled once `cancelled()` is true."""
    if cancelled():
        raise Cancelled(CANCELLED)


def unwritable(place: Path, error: OSError) -> OutputError:
    """What the user is told where `place` cannot be written to."""
    return OutputError(f"“{place}” could not be written: {error.strerror or error}.")


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"


def _fetch_from(url: str, download: Download, place: Path, on_bytes: OnBytes, cancelled: IsCancelled) -> Path:
    import pooch

    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(place, error) from error
    partial = place / f"{download.file}.partial"

    def downloader(url: str, output_file: str, _: Any) -> None:
        _complete(url, partial, on_bytes, cancelled)
        partial.replace(output_file)

    pooch.get_logger().setLevel(logging.ERROR)
    known = None if download.sha256 is None else f"sha256:{download.sha256}"
    try:
        return Path(pooch.retrieve(url, known, download.file, place, downloader=downloader))
    except ValueError as error:
        raise ModelDamaged(
            f"What {_host(url)} sent is not the published {download.file} (its SHA-256 differs): try again later, or "
            "use another mirror."
        ) from error
    except OSError as error:
        raise unwritable(place, error) from error


def _complete(url: str, partial: Path, on_bytes: OnBytes, cancelled: IsCancelled) -> None:
    """Fetch what is missing of `partial`, asking a busy server up to three times."""
    for wait in (*_WAITS, None):
        try:
            _append(url, partial, on_bytes, cancelled)
            return
        except _Unanswered as error:
            if wait is None or error.status not in _BUSY:
                raise ModelMissing(f"{partial.stem} could not be fetched from {_host(url)}: {error}.") from error
            time.sleep(wait)


class _Unanswered(Exception):
    """A server's refusal, or silence (status 0), in words that follow a colon."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def _append(url: str, partial: Path, on_bytes: OnBytes, cancelled: IsCancelled) -> None:
    import httpx2
    from huggingface_hub import constants
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.file_download import http_get

    # Its own 10 MiB would be lost with every cut, and are a long wait for who cancels on a slow line.
    constants.DOWNLOAD_CHUNK_SIZE = _CHUNK
    with _Watched(partial, on_bytes, cancelled) as file:
        start = file.seek(0, io.SEEK_END)
        on_bytes(start)
        try:
            http_get(url, file, resume_size=start)
        except HfHubHTTPError as error:
            status = error.response.status_code
            if status != 416 or not start:
                raise _Unanswered(status, _words(status)) from error
            # Nothing comes after what is here: it is whole, or of another file that was longer.
            if error.response.headers.get("content-range", "").rpartition("/")[2] != str(start):
                file.truncate(0)
                raise _Unanswered(503, f"it has changed there; {_RESUME}") from error
        except httpx2.HTTPError as error:
            raise _Unanswered(
                0, f"the connection failed; check the network and {_RESUME}, or import the file from elsewhere"
            ) from error
        except OSError as error:
            if error.errno is not None:
                raise
            # http_get's own complaint about a length: the connection ended too early.
            raise _Unanswered(503, f"the connection ended too early; {_RESUME}") from error


def _words(status: int) -> str:
    if status in (404, 410):
        return "it is not there; update Text Replace, or use a mirror"
    if status in (401, 403):
        return "access is refused; use a mirror, or import the file"
    if status in _BUSY or status == 429:
        return f"the server is busy ({status}); try again later"
    return f"the server answered {status}; try again later, or use a mirror"


def _host(url: str) -> str:
    with suppress(IndexError):
        return url.split("/")[2]
    return url


class _Watched(io.FileIO):
    """A file that tells how long it has become, and stops growing where that is not wanted any more."""

    def __init__(self, path: Path, on_bytes: OnBytes, cancelled: IsCancelled) -> None:
        super().__init__(path, "r+b" if path.exists() else "w+b")
        self._on_bytes = on_bytes
        self._cancelled = cancelled

    def write(self, data: Any) -> int:
        stop_if(self._cancelled)
        view = memoryview(data)
        written = 0
        while written < len(view):
            written += super().write(view[written:]) or 0
        self._on_bytes(self.tell())
        return written
