"""Fetches one file: goes on where a cut connection left it, and gives it its name only once its hash is right.

pooch checks and names; it cannot resume, so the bytes come through huggingface_hub's `http_get`, which can, and which
also waits and tries again where a connection breaks.
"""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from text_replace_engine.models.fetching.answers import (
    RESUME,
    Unanswered,
    explained,
    host,
    patiently,
    refused,
    stop_if,
)
from text_replace_engine.models.fetching.disk import unwritable
from text_replace_engine.models.fetching.sources import Download
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import ModelDamaged, ModelMissing, TextReplaceError

log = logging.getLogger(__name__)

#: Called with the number of bytes that are there.
OnBytes = Callable[[int], None]

_CHUNK = 2**17
#: The hub sends texts compressed where it may, and then no part of them can be asked for.
_HEADERS = {"Accept-Encoding": "identity"}


def fetch(download: Download, place: Path, on_bytes: OnBytes, cancelled: IsCancelled) -> Path:
    """The file, in `place`; what is there already, or a part of it, is not fetched again.

    Raises ModelMissing where no source has it, ModelDamaged where it is not what was published, OutputError where it
    cannot be written, and Cancelled; what had arrived is kept.
    """
    failures: list[TextReplaceError] = []
    for url in download.urls():
        try:
            return _fetch_from(url, download, place / download.file, on_bytes, cancelled)
        except (ModelMissing, ModelDamaged) as error:
            log.warning("%s: %s", url, error)
            failures.append(error)
    raise failures[-1]


def _fetch_from(url: str, download: Download, path: Path, on_bytes: OnBytes, cancelled: IsCancelled) -> Path:
    import pooch

    partial = path.with_name(f"{path.name}.partial")

    def downloader(url: str, output_file: str, _: Any) -> None:
        patiently(download.file, url, lambda: _append(url, partial, on_bytes, cancelled))
        partial.replace(output_file)

    pooch.get_logger().setLevel(logging.ERROR)
    known = None if download.sha256 is None else f"sha256:{download.sha256}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pooch.retrieve(url, known, path.name, path.parent, downloader=downloader)
        if download.blob is not None and _blob(path) != download.blob:
            path.unlink()
            raise _other(url, download, "its name in git")
    except ValueError as error:
        raise _other(url, download, "its SHA-256") from error
    except OSError as error:
        raise unwritable(path.parent, error) from error
    return path


def _other(url: str, download: Download, what: str) -> ModelDamaged:
    return ModelDamaged(
        f"What {host(url)} sent is not the published {download.file} ({what} differs): try again later, or "
        "use another mirror."
    )


def _blob(path: Path) -> str:
    """The name that git gives a small file's contents. Raises OSError."""
    contents = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(contents) + contents).hexdigest()


def _append(url: str, partial: Path, on_bytes: OnBytes, cancelled: IsCancelled) -> None:
    """Fetch what is missing of `partial`."""
    from huggingface_hub import constants
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.file_download import http_get

    # Its own 10 MiB would be lost with every cut, and are a long wait for who cancels on a slow line.
    constants.DOWNLOAD_CHUNK_SIZE = _CHUNK
    with _Watched(partial, on_bytes, cancelled) as file:
        start = file.seek(0, io.SEEK_END)
        on_bytes(start)
        try:
            with explained():
                http_get(url, file, resume_size=start, headers=_HEADERS)
        except HfHubHTTPError as error:
            status = error.response.status_code
            if status != 416 or not start:
                raise refused(status) from error
            # Nothing comes after what is here: it is whole, or of another file that was longer.
            if error.response.headers.get("content-range", "").rpartition("/")[2] != str(start):
                file.truncate(0)
                raise Unanswered(503, f"it has changed there; {RESUME}") from error
        except OSError as error:
            if error.errno is not None:
                raise
            # http_get's own complaint about a length: the connection ended too early.
            raise Unanswered(503, f"the connection ended too early; {RESUME}") from error


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
