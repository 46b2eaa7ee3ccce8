"""Asks the hub which files a repository has: their sizes, and the hashes that it lists.

Through the hub's own client, but not its `HfApi`, which waits without end for a list of files, tries again by itself
for minutes, and cannot be cancelled meanwhile. https://huggingface.co/docs/hub/api
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from text_replace_engine.models.fetching.answers import explained, patiently, refused, stop_if
from text_replace_engine.models.fetching.sources import hub
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import ModelDamaged

#: Seconds of silence from a server.
TIMEOUT = 10.0
_REVISION = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: A path inside a folder, on every system: no way up, no root, no drive, nothing invisible.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
#: Pages of a list of files, and bytes of a file: far more than any repository of models has.
_PAGES = 100
_LARGEST = 2**50


@dataclass(frozen=True)
class Entry:
    """A file of a repository. size in bytes. sha256: of a large file; blob: git's name for a small one's contents."""

    path: str
    size: int
    sha256: str | None
    blob: str | None


def main_revision(repository: str, cancelled: IsCancelled) -> str:
    """The 40 digits that “main” means now. Raises ModelMissing, ModelDamaged and Cancelled."""
    answer, _ = _asked(repository, "revision/main", {}, cancelled)
    revision = answer.get("sha") if isinstance(answer, dict) else None
    if not isinstance(revision, str) or not _REVISION.fullmatch(revision):
        raise _unreadable(repository)
    return revision


def files_of(repository: str, revision: str, cancelled: IsCancelled) -> dict[str, Entry]:
    """The files of a repository at a revision, by path. Raises ModelMissing, ModelDamaged and Cancelled."""
    found: dict[str, Entry] = {}
    wanted: dict[str, str] | None = {"recursive": "true"}
    for _ in range(_PAGES):
        listed, wanted = _asked(repository, f"tree/{revision}", wanted, cancelled)
        if not isinstance(listed, list):
            raise _unreadable(repository)
        for entry in listed:
            if not isinstance(entry, dict):
                raise _unreadable(repository)
            if entry.get("type") == "file":
                file = _entry(repository, entry)
                found[file.path] = file
        if wanted is None:
            return found
    raise _unreadable(repository)


def is_safe(path: str) -> bool:
    """Whether a path that a stranger names stays inside the folder that it is put into."""
    parts = path.split("/")
    return not _UNSAFE.search(path) and all(part.strip(". ") and not part.endswith((".", " ")) for part in parts)


def _entry(repository: str, told: dict[str, Any]) -> Entry:
    large = told.get("lfs") or {}
    try:
        path, size = told["path"], int(large.get("size", told["size"]))
        sha256, blob = large.get("oid"), told["oid"]
        hashes = (_REVISION.fullmatch(blob), sha256 is None or _SHA256.fullmatch(sha256))
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise _unreadable(repository) from error
    if not isinstance(path, str) or not is_safe(path):
        raise ModelDamaged(f"The hub's list of {repository} names a file outside of its folder; use another mirror.")
    if not all(hashes) or not 0 <= size <= _LARGEST:
        raise _unreadable(repository)
    # Of a large file git has a pointer only.
    return Entry(path, size, sha256, blob if sha256 is None else None)


def _asked(
    repository: str, what: str, parameters: dict[str, str] | None, cancelled: IsCancelled
) -> tuple[Any, dict[str, str] | None]:
    """The answer to one question, and the parameters that ask for its next page, if it has one."""
    import httpx2
    from huggingface_hub import get_session

    url = f"{hub()}/api/models/{repository}/{what}"

    def attempt() -> tuple[Any, dict[str, str] | None]:
        stop_if(cancelled)
        with explained():
            answer = get_session().get(url, params=parameters, timeout=TIMEOUT)
        if answer.status_code >= 400:
            raise refused(answer.status_code)
        following = answer.links.get("next", {}).get("url")
        # Only the parameters: a mirror may name the hub itself.
        return answer.json(), None if following is None else dict(answer.url.join(following).params)

    try:
        return patiently(f"The list of files of {repository}", url, attempt)
    except (ValueError, RecursionError, httpx2.InvalidURL) as error:
        raise _unreadable(repository) from error


def _unreadable(repository: str) -> ModelDamaged:
    return ModelDamaged(f"The hub's list of {repository} cannot be read: try again later, or use another mirror.")
