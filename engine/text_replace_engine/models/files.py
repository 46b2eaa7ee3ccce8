"""Files of models and their descriptions, without the networks in them: reading, checking, writing whole."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from text_replace_engine.models.photo import roles
from text_replace_wire.errors import ModelDamaged, ModelError, ModelMissing

#: What the name of a file ends in while it is written.
PARTIAL = ".partial"
#: The models that come with the engine.
STARTER = Path(__file__).parent / "starter"
#: The set of which not every part is pulled.
_PHOTO = "photo"
#: For how long a file has to have been left alone before its stamps tell it from another: clocks of file systems may
#: tick by the second.
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True)
class ModelFile:
    """Which weights filled a role: the SHA-256 is the weights file's."""

    role: str
    name: str
    sha256: str


def cache_folder() -> Path:
    """Where what can be fetched or made again is kept; it may not exist yet. Raises ModelError where the user has no
    place for it.
    """
    try:
        return user_cache_path("text-replace")
    except RuntimeError as error:
        raise ModelError("You have no home folder to keep models in: set XDG_CACHE_HOME to a folder.") from error


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; raises ModelMissing or ModelDamaged."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (ValueError, OSError, RecursionError) as error:
        raise damaged(path) from error
    if not isinstance(table, dict):
        raise damaged(path)
    return table


def check_file(path: Path, sha256: str | None) -> None:
    """Raises ModelMissing where there is no such file and ModelDamaged where its SHA-256 is not `sha256`.

    A file is read once in a process, and again when it has changed.
    """
    try:
        told = path.stat()
        changed = max(told.st_mtime_ns, told.st_ctime_ns)
        if time.time_ns() - changed < _SETTLED_NS:
            found = file_sha256(path)
        else:
            found = _known_sha256(path, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except OSError as error:
        raise damaged(path) from error
    if found != sha256:
        raise damaged(path)


def check_role(folder: Path, role: str) -> None:
    """Raises ModelMissing or ModelDamaged unless ROLE.safetensors and what it needs beside it are what was recorded."""
    description = read_json(folder / f"{role}.json")
    check_file(folder / f"{role}.safetensors", description.get("sha256"))
    try:
        tokenizer = description.get("config", {}).get("tokenizer")
        beside = {} if tokenizer is None else {str(tokenizer["file"]): tokenizer["sha256"]}
    except (AttributeError, KeyError, TypeError) as error:
        raise damaged(folder / f"{role}.json") from error
    for name, sha256 in beside.items():
        check_file(folder / name, sha256)


def has_role(folder: Path, role: str) -> bool:
    """Whether ROLE.json and ROLE.safetensors are there."""
    return all((folder / f"{role}{ending}").is_file() for ending in (".json", ".safetensors"))


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's contents, in hexadecimal digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=1024)
def _known_sha256(path: Path, *_stamp: int) -> str:
    return file_sha256(path)


def write_whole(path: Path, contents: bytes) -> None:
    """Write a file through a temporary name, so that nobody ever reads half of it; when this returns, it is on disk.
    Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + PARTIAL)
    with partial.open("wb") as file:
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def damaged(path: Path) -> ModelDamaged:
    return ModelDamaged(f"The model file {_named(path)} is damaged; {_remedy(path)}.")


def _missing(path: Path) -> ModelMissing:
    return ModelMissing(f"The model file {_named(path)} is missing; {_remedy(path)}.")


def _remedy(path: Path) -> str:
    if STARTER in path.parents:
        return "install Text Replace again"
    place = _set_folder(path)
    if place is not None and place.name == _PHOTO:
        return roles.remedy(roles.role_at(path))
    which = "" if place is None else f" {place.name}"
    return f"run “text-replace models pull{which}” again, or import it again"


def _named(path: Path) -> str:
    """A snapshot's with its role, since many have files of the same names."""
    place = _set_folder(path)
    return path.name if place is None else path.relative_to(place).as_posix()


def _set_folder(path: Path) -> Path | None:
    return next((folder for folder in path.parents if folder.parent.name == "models"), None)
