"""Snapshots of the hub's repositories as they are installed: a folder ROLE of files under their own paths, beside it
ROLE.json, which has {"sha256": of all, "origin": …, "files": {path: {"size": bytes, "sha256": …}}}.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from text_replace_engine.models.fetching import first_hashes, hub, selection
from text_replace_engine.models.fetching.disk import unwritable
from text_replace_engine.models.fetching.downloads import fetch
from text_replace_engine.models.fetching.hub import Entry
from text_replace_engine.models.fetching.origins import Origin
from text_replace_engine.models.fetching.pulling import Part
from text_replace_engine.models.fetching.sources import Download, Snapshot
from text_replace_engine.models.files import check_file, damaged, file_sha256, read_json, write_whole
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import ModelDamaged, ModelError, ModelMissing


def part(snapshot: Snapshot, store: Path, place: Path, cancelled: IsCancelled) -> Part:
    """Fetches a snapshot into a folder of `store`, and installs it in `place`. Asks the hub what it consists of: at the
    published revision, else at that of the first time, which is what “main” means then, and is recorded.

    Raises ModelMissing, ModelDamaged, OutputError and Cancelled.
    """
    first = _first(snapshot)
    revision, known = first or (snapshot.revision or hub.main_revision(snapshot.repository, cancelled), {})
    into = store / revision
    try:
        entries = hub.files_of(snapshot.repository, revision, cancelled)
    except ModelMissing as error:
        if first is None or snapshot.revision is not None:
            raise
        raise ModelMissing(
            f"{str(error).rstrip('.')} (it was looked for as it was at the first pull: to take it as it is now, delete "
            f"“{first_hashes.path()}” and pull again)."
        ) from error
    if first is None:
        _record(snapshot, revision, {})
    downloads = {
        path: _download(snapshot, revision, entry, dict(snapshot.published).get(path, known.get(path)))
        for path, entry in entries.items()
    }

    def opened(path: str) -> Path:
        return fetch(downloads[path], into, lambda count: None, cancelled)

    chosen = selection.needed(snapshot.repository, snapshot.layout, entries.keys(), opened)
    fetched = tuple(downloads[path] for path in chosen)
    return Part(snapshot.title, store, into, fetched, lambda: _install(snapshot, fetched, into, place))


def put(files: Path, place: Path, role: str, hashes: Mapping[str, str], origin: Origin) -> None:
    """Make the folder `files` that of a role, in place of what was there; of what is in it only the paths of `hashes`
    stay. Raises OutputError.
    """
    description, folder = place / f"{role}.json", place / role
    try:
        table = {path: {"size": (files / path).stat().st_size, "sha256": hashes[path]} for path in sorted(hashes)}
        for path in _paths(files) - set(hashes):
            (files / path).unlink()
        description.unlink(missing_ok=True)
        if folder.exists():
            shutil.rmtree(folder)
        files.rename(folder)
        manifest = {"sha256": origin.sha256, "origin": origin.as_json(), "files": table}
        write_whole(description, (json.dumps(manifest, indent=1) + "\n").encode())
    except OSError as error:
        raise unwritable(place, error) from error


def origin_of(
    variant: str, source: str, hashes: Mapping[str, str], known: Snapshot | None, revision: str = ""
) -> Origin:
    """Where files came from; they are published where all their weights are in `known`."""
    published = {} if known is None else dict(known.published)
    weights = [path for path in hashes if path.endswith(".safetensors")]
    agreed = bool(weights) and all(published.get(path) == hashes[path] for path in weights)
    return Origin(variant, source, _digest(hashes), agreed, revision)


def is_there(place: Path, role: str) -> bool:
    """Whether all files of a role are there, in their sizes; nothing is read but the list."""
    try:
        listed = _listed(place, role)
        return all((place / role / path).stat().st_size == told["size"] for path, told in listed.items())
    except (ModelError, OSError, KeyError, TypeError):
        return False


def verify(place: Path, role: str) -> None:
    """Raises ModelMissing or ModelDamaged unless the folder of a role holds what was installed, and nothing else."""
    folder, listed = place / role, _listed(place, role)
    for path, told in listed.items():
        check_file(folder / path, told.get("sha256"))
    named = set()
    for path in filter(selection.is_index, listed):
        beside = PurePosixPath(path).parent
        named |= {(beside / shard).as_posix() for shard in selection.shards(role, folder / path)}
    strange = sorted((_paths(folder) | named) - set(listed))
    if strange:
        raise damaged(folder / strange[0])


def _listed(place: Path, role: str) -> dict[str, Any]:
    listed = read_json(place / f"{role}.json").get("files")
    if not isinstance(listed, dict) or not all(hub.is_safe(path) and isinstance(listed[path], dict) for path in listed):
        raise damaged(place / f"{role}.json")
    return listed


def _paths(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir()}


def _first(snapshot: Snapshot) -> tuple[str, Mapping[str, str]] | None:
    """The revision that was fetched first, and its files' SHA-256; None where another revision is published."""
    first = first_hashes.of_snapshot(snapshot.repository)
    return first if first is not None and snapshot.revision in (None, first[0]) else None


def _download(snapshot: Snapshot, revision: str, entry: Entry, known: str | None) -> Download:
    if known is not None and entry.sha256 not in (None, known):
        raise ModelDamaged(
            f"The hub lists another {entry.path} of {snapshot.repository} than is known (its SHA-256 should be "
            f"{known}): use another mirror."
        )
    source = f"hub:{snapshot.repository}@{revision}/{entry.path}"
    return Download(entry.path, (source,), entry.size, known or entry.sha256, snapshot.cited, entry.blob)


def _install(snapshot: Snapshot, fetched: Sequence[Download], into: Path, place: Path) -> None:
    try:
        hashes = {each.file: each.sha256 or file_sha256(into / each.file) for each in fetched}
    except OSError as error:
        raise unwritable(into, error) from error
    origin = origin_of(snapshot.variant, snapshot.repository, hashes, snapshot, into.name)
    put(into, place, snapshot.role, hashes, origin)
    _record(snapshot, into.name, hashes)


def _digest(hashes: Mapping[str, str]) -> str:
    """The hash of the only file, else that of all, as of `sha256sum`'s list in the order of the paths."""
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    lines = "".join(f"{hashes[path]}  {path}\n" for path in sorted(hashes))
    return hashlib.sha256(lines.encode()).hexdigest()


def _record(snapshot: Snapshot, revision: str, hashes: Mapping[str, str]) -> None:
    try:
        first_hashes.record_snapshot(snapshot.repository, revision, hashes)
    except OSError as error:
        raise unwritable(first_hashes.path(), error) from error
