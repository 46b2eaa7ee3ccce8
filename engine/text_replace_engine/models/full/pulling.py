"""Installs the full models: fetched, or from the user's own files; each role is replaced as a whole."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from text_replace_engine.models.files import file_sha256, read_json, write_whole
from text_replace_engine.models.full import catalogue, downloads, installed
from text_replace_engine.models.full.catalogue import Download, Model
from text_replace_engine.models.full.downloads import OnBytes
from text_replace_engine.models.full.installed import NEEDED, Origin
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import ModelDamaged, ModelError, OutputError, UserError
from text_replace_wire.messages import Stage

if TYPE_CHECKING:
    from text_replace_engine.models.full.checkpoints import Checkpoint

#: (FETCH or INSTALL, what is worked on, how much of it is done, of how much). Bytes while fetching.
OnPullProgress = Callable[[Stage, str, int, int], None]
#: A few hundred embeddings at a time keep the progress moving.
_BATCH = 50


@dataclass(frozen=True)
class PullPlan:
    """What a pull will do: the models to fetch, and bytes to fetch and to have free at the worst moment."""

    models: tuple[Model, ...]
    to_fetch: int
    room: int


def plan(place: Path, chosen: Mapping[str, str]) -> PullPlan:
    """What is missing, or damaged, of the chosen variants, by role. Without a choice, what is installed stays, else it
    is the default.

    Raises UserError for a variant that there is not.
    """
    there = {role: origin for role, origin in installed.origins(place).items() if _is_sound(place, role)}
    wanted = []
    for role in NEEDED:
        variant = chosen.get(role) or (there[role].variant if role in there else catalogue.variants(role)[0])
        if role not in there or there[role].variant != variant:
            wanted.append(catalogue.find(role, variant))
    missing = sum(model.size - _already(place, model) for model in wanted)
    # The weights are there twice while the largest is converted.
    room = missing + sum(model.size for model in wanted[:-1]) + max((model.size for model in wanted), default=0)
    return PullPlan(tuple(wanted), missing, room if wanted else 0)


def _is_sound(place: Path, role: str) -> bool:
    try:
        installed.verify(place, role)
    except ModelError:
        return False
    return True


def pull(what: PullPlan, place: Path, on_progress: OnPullProgress, cancelled: IsCancelled) -> None:
    """Fetch and install what is planned; what was finished before a failure stays.

    Raises ModelMissing, ModelDamaged, OutputError and Cancelled.
    """
    downloads.check_room(place, what.room)
    total = sum(model.size for model in what.models)
    before = 0
    for model in what.models:
        store = _downloads(place, model)
        for download in model.downloads:
            start = before

            def on_bytes(count: int, title: str = model.title, start: int = start) -> None:
                on_progress(Stage.FETCH, title, min(start + count, total), total)

            _fetch(download, store, on_bytes, cancelled)
            before += download.size
        on_progress(Stage.INSTALL, model.title, before, total)
        try:
            _install(store, model, place)
        except ModelDamaged:
            # It would not become better by being kept.
            shutil.rmtree(store)
            raise
        shutil.rmtree(store)
        downloads.stop_if(cancelled)
    finish(place, on_progress, cancelled)


def _fetch(download: Download, store: Path, on_bytes: OnBytes, cancelled: IsCancelled) -> None:
    """Fetch a file; one without a published hash has to be what it was when it was first installed from."""
    first = _first_hashes().get(download.file) if download.sha256 is None else None
    try:
        downloads.fetch(dataclasses.replace(download, sha256=first or download.sha256), store, on_bytes, cancelled)
    except ModelDamaged as error:
        if first is None:
            raise
        raise ModelDamaged(
            f"{download.file} is not what was fetched the first time (its SHA-256 was {first}): if you trust the new "
            f"one, delete “{_hashes_file()}” and pull again."
        ) from error


def _install(store: Path, model: Model, place: Path) -> None:
    """Convert what was fetched. Raises ModelDamaged where it is something else."""
    from text_replace_engine.models.full.checkpoints import read_checkpoint

    weights = store / model.downloads[0].file
    checkpoint = read_checkpoint(weights)
    if checkpoint is None or checkpoint.role != model.role:
        raise ModelDamaged(f"What was fetched as {weights.name} is not {model.title}: fetch it from another mirror.")
    published = model.downloads[0].sha256
    origin = Origin(model.variant, weights.name, published or file_sha256(weights), published is not None)
    _write(place, checkpoint, origin)
    unpublished = [download.file for download in model.downloads if download.sha256 is None]
    if unpublished:
        hashes = {**_first_hashes(), **{file: file_sha256(store / file) for file in unpublished}}
        write_whole(_hashes_file(), json.dumps(hashes, indent=1).encode())


def _hashes_file() -> Path:
    """Outside the folder of the models, so that it outlives their removal."""
    return installed.folder().with_name("first-hashes.json")


def _first_hashes() -> dict[str, Any]:
    """By file, the SHA-256 of what was first fetched where none is published."""
    return read_json(_hashes_file()) if _hashes_file().exists() else {}


def import_files(path: Path, place: Path, on_progress: OnPullProgress, cancelled: IsCancelled) -> Mapping[str, Origin]:
    """Install the models found in a file or folder; by role, what was installed.

    Raises UserError where there is none, and ModelDamaged for a file that is nearly one.
    """
    if not path.exists():
        raise UserError(f"There is no file or folder “{path}”.")
    from text_replace_engine.models.full.checkpoints import ENDINGS, read_checkpoint

    everything = sorted(path.rglob("*")) if path.is_dir() else [path]
    files = [file for file in everything if file.is_file() and (file == path or file.suffix.lower() in ENDINGS)]
    found: dict[str, Origin] = {}
    for number, file in enumerate(files):
        downloads.stop_if(cancelled)
        on_progress(Stage.INSTALL, file.name, number, len(files))
        checkpoint = read_checkpoint(file)
        if checkpoint is None:
            continue
        if checkpoint.role in found:
            raise UserError(
                f"“{path}” has more than one {checkpoint.role} ({found[checkpoint.role].file}, {file.name}): "
                "import the file that you want."
            )
        downloads.check_room(place, file.stat().st_size)
        sha256 = file_sha256(file)
        known = catalogue.by_hash(sha256)
        variant = checkpoint.variant if known is None else known.variant
        found[checkpoint.role] = Origin(variant, file.name, sha256, known is not None)
        _write(place, checkpoint, found[checkpoint.role])
    if not found:
        raise UserError(f"“{path}” holds none of the models that “text-replace models list” shows, and no upscaler.")
    finish(place, on_progress, cancelled)
    return found


def finish(place: Path, on_progress: OnPullProgress, cancelled: IsCancelled) -> None:
    """Prepare what takes two roles: the names of a class-conditional network's classes, embedded by CLIP."""
    if not installed.is_complete(place):
        return
    names = read_json(place / "denoiser.json")["config"]["unet"].get("num_class_embeds")
    clip = read_json(place / "clip.json")["sha256"]
    stale = place / "classes.json"
    if not names or (stale.exists() and read_json(stale)["config"]["clip"] == clip):
        return
    import torch
    from open_clip import IMAGENET_CLASSNAMES

    from text_replace_engine.models.networks.clip import Clip
    from text_replace_engine.models.store import read_role, write_role

    network = Clip.load(read_role(place, "clip"), place).requires_grad_(False)
    embeddings = []
    with torch.inference_mode():
        for start in range(0, len(IMAGENET_CLASSNAMES), _BATCH):
            downloads.stop_if(cancelled)
            on_progress(Stage.INSTALL, "names of classes", start, len(IMAGENET_CLASSNAMES))
            embeddings.append(network.encode_text(IMAGENET_CLASSNAMES[start : start + _BATCH]))
    config = {"clip": clip, "names": IMAGENET_CLASSNAMES}
    write_role(place, "classes", config, {"embeddings": torch.cat(embeddings)}, torch.float32)


def remove(place: Path) -> int:
    """Delete the full models and what was fetched of them; gives the bytes that this frees. Raises OutputError."""
    size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    try:
        if place.exists():
            shutil.rmtree(place)
    except OSError as error:
        raise OutputError(f"“{place}” could not be removed: {error.strerror}.") from error
    return size


def _write(place: Path, checkpoint: Checkpoint, origin: Origin) -> None:
    import torch

    from text_replace_engine.models.full.checkpoints import TOKENIZER
    from text_replace_engine.models.store import write_role

    config = checkpoint.config
    try:
        if checkpoint.role == "clip":
            from open_clip.tokenizer import default_bpe

            merges = Path(default_bpe())
            write_whole(place / TOKENIZER, merges.read_bytes())
            config = {**config, "tokenizer": {"file": TOKENIZER, "sha256": file_sha256(merges)}}
        write_role(place, checkpoint.role, config, checkpoint.tensors, torch.float32, origin.as_json())
    except OSError as error:
        raise downloads.unwritable(place, error) from error


def _downloads(place: Path, model: Model) -> Path:
    return place / "downloads" / f"{model.role}-{model.variant}"


def _already(place: Path, model: Model) -> int:
    """Bytes of a model that earlier attempts have left."""
    store = _downloads(place, model)
    try:
        return min(model.size, sum(file.stat().st_size for file in store.glob("*")))
    # Whether anything can be kept there is found out before it is fetched.
    except OSError:
        return 0
