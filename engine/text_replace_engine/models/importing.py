"""Installs models from files that the user has: recognised by their contents, they go to the set that uses them."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from text_replace_engine.models.fetching import lending, selection, snapshots
from text_replace_engine.models.fetching.answers import stop_if
from text_replace_engine.models.fetching.disk import check_room, unwritable
from text_replace_engine.models.fetching.origins import Origin
from text_replace_engine.models.fetching.pulling import OnPullProgress
from text_replace_engine.models.fetching.sources import Snapshot
from text_replace_engine.models.fetching.turns import alone
from text_replace_engine.models.files import file_sha256
from text_replace_engine.models.full import catalogue, converting
from text_replace_engine.models.full.pulling import FULL
from text_replace_engine.models.photo import recognising, roles
from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import UserError
from text_replace_wire.messages import Stage

#: By set and role, what was installed.
Imported = Mapping[tuple[str, str], Origin]


@dataclass(frozen=True)
class _Found:
    """A file of weights, or, where `snapshot` says of what, a folder or a file of that."""

    path: Path
    snapshot: Snapshot | None = None


@dataclass(frozen=True)
class _Made:
    """What a file of weights becomes: `write` makes a folder of them (the weights, the file, the folder)."""

    role: str
    variant: str
    write: Callable[[Mapping[str, Any], Path, Path], None]


def import_files(path: Path, on_progress: OnPullProgress, cancelled: IsCancelled) -> Imported:
    """Install the models found in a file or folder.

    Where the photo models lack CLIP and some other of them is there, they take the full models'.

    Raises UserError where there is none, ModelMissing for a snapshot that is not whole, ModelDamaged for a file that is
    nearly one, ModelError while other models come or go, and OutputError.
    """
    if not path.exists():
        raise UserError(f"There is no file or folder “{path}”.")
    with alone():
        return _import(path, on_progress, cancelled)


def _import(path: Path, on_progress: OnPullProgress, cancelled: IsCancelled) -> Imported:
    from text_replace_engine.models.full.checkpoints import recognised
    from text_replace_engine.models.weights import read_weights

    found = list(_found(path))
    imported: dict[tuple[str, str], Origin] = {}
    for number, each in enumerate(found):
        stop_if(cancelled)
        on_progress(Stage.INSTALL, each.path.name, number, len(found))
        if each.snapshot is not None:
            _once(imported, PHOTO.id, each.snapshot.role, each.path, path)
            imported[PHOTO.id, each.snapshot.role] = _import_snapshot(each.path, each.snapshot, cancelled)
            continue
        state = read_weights(each.path)
        made = _made_of(state, each.path)
        if made is not None:
            _once(imported, PHOTO.id, made.role, each.path, path)
            imported[PHOTO.id, made.role] = _import_made(each.path, state, made)
            continue
        checkpoint = recognised(state, each.path)
        if checkpoint is not None:
            _once(imported, FULL.id, checkpoint.role, each.path, path)
            check_room(FULL.folder(), each.path.stat().st_size)
            sha256 = file_sha256(each.path)
            known = catalogue.by_hash(sha256)
            variant = checkpoint.variant if known is None else known.variant
            origin = Origin(variant, each.path.name, sha256, known is not None)
            converting.write(FULL.folder(), checkpoint, origin)
            imported[FULL.id, checkpoint.role] = origin
    if not imported:
        raise UserError(f"“{path}” holds none of the models that “text-replace models list” shows, and no upscaler.")
    imported |= _shared_clip()
    for fetched in (FULL, PHOTO):
        if any(identifier == fetched.id for identifier, _ in imported):
            fetched.finish(on_progress, cancelled)
    return imported


def _found(path: Path) -> Iterator[_Found]:
    """What may be models, in the order of their names; a snapshot is taken as a whole."""
    from text_replace_engine.models.weights import ENDINGS

    if path.is_dir():
        snapshot = recognising.snapshot_of(path)
        if snapshot is not None:
            yield _Found(path, snapshot)
            return
        for inside in sorted(path.iterdir()):
            if inside.is_dir() and not inside.is_symlink() or inside.suffix.lower() in ENDINGS:
                yield from _found(inside)
    elif path.is_file():
        yield _Found(path, recognising.few_steps(path) if path.suffix.lower() == ".safetensors" else None)


def _once(imported: Imported, identifier: str, role: str, found: Path, path: Path) -> None:
    other = imported.get((identifier, role))
    if other is not None:
        raise UserError(
            f"“{path}” has more than one {role} ({other.file}, {found.name}): import the one that you want."
        )


def _import_snapshot(source: Path, snapshot: Snapshot, cancelled: IsCancelled) -> Origin:
    """Copy what is needed of a folder, or one file, into the photo set."""
    place, store = PHOTO.folder(), PHOTO.store(snapshot)
    files = _files_of(source, snapshot)
    for file in files.values():
        if file.suffix == ".safetensors":
            recognising.names_in(file)
    try:
        hashes = _copied(files, store, cancelled)
        name = (
            snapshot.variant
            if any(part.endswith(snapshot.variant) for part in source.absolute().parts)
            else source.stem
        )
        origin = snapshots.origin_of(name, source.name, hashes, snapshot)
        if origin.published:
            origin = dataclasses.replace(origin, variant=snapshot.variant)
        snapshots.put(store, place, snapshot.role, hashes, origin)
    finally:
        # It has been moved to its place, or is half of a copy.
        shutil.rmtree(store, ignore_errors=True)
    return origin


def _copied(files: Mapping[str, Path], store: Path, cancelled: IsCancelled) -> Mapping[str, str]:
    """Copy files into an empty `store`, by their paths there; gives the SHA-256 of each."""
    try:
        check_room(store, sum(file.stat().st_size for file in files.values()))
        if store.exists():
            shutil.rmtree(store)
        for path, file in files.items():
            stop_if(cancelled)
            (store / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, store / path)
        return {path: file_sha256(store / path) for path in files}
    except OSError as error:
        raise unwritable(store, error) from error


def _made_of(state: Mapping[str, Any], path: Path) -> _Made | None:
    """What of the photo set the weights of a file become. Raises UserError for what is nearly that."""
    from text_replace_engine.models.photo import erasing, single_file

    if single_file.is_one(state):
        single_file.check(state, path)
        return _Made(roles.PAINTER, path.stem, single_file.write)
    return _Made(roles.ERASER, erasing.VARIANT, erasing.write) if erasing.is_one(state) else None


def _import_made(source: Path, state: Mapping[str, Any], made: _Made) -> Origin:
    """Make a role's folder of a file, and put it into the photo set."""
    place = PHOTO.folder()
    store = place / "downloads" / made.role
    try:
        check_room(place, source.stat().st_size)
        if store.exists():
            shutil.rmtree(store)
        made.write(state, source, store)
        files = [file for file in store.rglob("*") if file.is_file()]
        hashes = {file.relative_to(store).as_posix(): file_sha256(file) for file in files}
    except OSError as error:
        raise unwritable(place, error) from error
    origin = snapshots.origin_of(made.variant, source.name, hashes, None)
    snapshots.put(store, place, made.role, hashes, origin)
    return origin


def _files_of(source: Path, snapshot: Snapshot) -> dict[str, Path]:
    """What to install of a folder, or of one file, by the path that it gets. Raises ModelMissing."""
    if source.is_file():
        return {selection.LORA: source}
    there = {file.relative_to(source).as_posix() for file in source.rglob("*") if file.is_file()}
    chosen = selection.needed(f"“{source}”", snapshot.layout, there, lambda path: source / path)
    return {path: source / path for path in chosen}


def _shared_clip() -> Imported:
    """CLIP for the photo models from the full ones, where it is the one that they need, and not all they lack."""
    role = roles.CLIP
    wanted = next(model.variant for model in PHOTO.defaults() if model.role == role)
    origin, there = FULL.origins().get(role), PHOTO.origins()
    if origin is None or origin.variant != wanted or role in there or not there:
        return {}
    lending.lend(FULL.folder(), PHOTO.folder(), role)
    return {(PHOTO.id, role): origin}
