"""Makes ROLE.json and ROLE.safetensors of published checkpoints, and CLIP's vectors of the everyday nouns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from text_replace_engine.models import noun_vectors
from text_replace_engine.models.fetching import first_hashes
from text_replace_engine.models.fetching.answers import stop_if
from text_replace_engine.models.fetching.disk import unwritable
from text_replace_engine.models.fetching.origins import Origin
from text_replace_engine.models.fetching.pulling import OnPullProgress, Part
from text_replace_engine.models.fetching.sources import Model
from text_replace_engine.models.files import file_sha256, write_whole
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import ModelDamaged
from text_replace_wire.messages import Stage

if TYPE_CHECKING:
    from text_replace_engine.models.full.checkpoints import Checkpoint


def part(model: Model, store: Path, place: Path) -> Part:
    """Fetches a model into `store`, and installs it in `place`."""
    return Part(model.title, store, store, model.downloads, lambda: _install(model, store, place))


def _install(model: Model, fetched: Path, place: Path) -> None:
    """Raises ModelDamaged where it is something else, OutputError."""
    from text_replace_engine.models.full.checkpoints import read_checkpoint

    weights = fetched / model.downloads[0].file
    checkpoint = read_checkpoint(weights)
    if checkpoint is None or checkpoint.role != model.role:
        raise ModelDamaged(f"What was fetched as {weights.name} is not {model.title}: fetch it from another mirror.")
    published = model.sha256
    write(place, checkpoint, Origin(model.variant, weights.name, published or file_sha256(weights), bool(published)))
    unpublished = [download.file for download in model.downloads if download.sha256 is None]
    if unpublished:
        first_hashes.record_files({file: file_sha256(fetched / file) for file in unpublished})


def write(place: Path, checkpoint: Checkpoint, origin: Origin) -> None:
    """Install a checkpoint; each role is replaced as a whole. Raises OutputError."""
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
        raise unwritable(place, error) from error


def embed_nouns(place: Path, on_progress: OnPullProgress, cancelled: IsCancelled) -> None:
    """The everyday nouns' vectors, by the CLIP that is in `place`. Raises ModelError, OutputError and Cancelled."""
    try:
        for done, total in noun_vectors.install(place):
            stop_if(cancelled)
            on_progress(Stage.INSTALL, "everyday nouns", done, total)
    except OSError as error:
        raise unwritable(place, error) from error
