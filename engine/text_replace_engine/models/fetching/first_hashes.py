"""What was fetched the first time of what nobody published a hash of: later pulls have to give the same.

It lies beside the folders of the models, so that it outlives their removal. By the name of a file its SHA-256; by the
repository of a snapshot {"revision": 40 digits, "files": {path: SHA-256}}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from text_replace_engine.models.files import cache_folder, read_json, write_whole
from text_replace_wire.errors import ModelDamaged, ModelMissing


def path() -> Path:
    """Where it is; it may not exist yet."""
    return cache_folder() / "models" / "first-hashes.json"


def of_file(name: str) -> str | None:
    """The SHA-256 of the file that was fetched first under this name. Raises ModelDamaged."""
    return _read().get(name)


def record_files(hashes: Mapping[str, str]) -> None:
    """Remember the SHA-256 of files by their names. Raises OSError and ModelDamaged."""
    _write({**_read(), **hashes})


def of_snapshot(repository: str) -> tuple[str, Mapping[str, str]] | None:
    """The revision of a repository that was fetched first, and its files' SHA-256 by path. Raises ModelDamaged."""
    record = _read().get(repository)
    if record is None:
        return None
    try:
        return str(record["revision"]), dict(record["files"])
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged() from error


def record_snapshot(repository: str, revision: str, hashes: Mapping[str, str]) -> None:
    """Remember a repository's revision, and the SHA-256 of its files by path. Raises OSError and
    ModelDamaged.
    """
    _write({**_read(), repository: {"revision": revision, "files": dict(hashes)}})


def _read() -> dict[str, Any]:
    try:
        return read_json(path())
    except ModelMissing:
        return {}
    except ModelDamaged as error:
        raise _damaged() from error


def _damaged() -> ModelDamaged:
    return ModelDamaged(f"“{path()}” is damaged: delete it, and pull again.")


def _write(table: Mapping[str, Any]) -> None:
    write_whole(path(), json.dumps(table, indent=1).encode())
