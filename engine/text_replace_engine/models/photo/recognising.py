"""Which role of the photo set a folder or file of the user's fills, by what is in it, whatever it is called."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from text_replace_engine.models.fetching.selection import PIPELINE
from text_replace_engine.models.fetching.sources import Snapshot
from text_replace_engine.models.photo import roles
from text_replace_engine.models.photo.catalogue import SNAPSHOTS
from text_replace_wire.errors import ModelDamaged, ModelError, UserError

#: What config.json names as the type of a network, and model_index.json as the class of a pipeline.
_TYPES = {
    "mm-grounding-dino": roles.DETECTOR,
    "sam2": roles.MASKER,
    "sam2_video": roles.MASKER,
    "sam3": roles.CONCEPTS,
    "sam3_video": roles.CONCEPTS,
}
_PIPELINE = "StableDiffusionInpaintPipeline"
#: FLUX.2 klein's, whichever of its pipelines the index names.
_KLEIN = ("Flux2KleinPipeline", "Flux2KleinInpaintPipeline")
#: What config.json names as the class of the network that makes previews.
_PREVIEWS = "AutoencoderTiny"
#: That a U-Net takes which sees the mask and what is around it.
_CHANNELS = 9
_LORA, _OF_UNET, _OF_TIME = ".lora_down.weight", "lora_unet_", "_time_emb_proj."
#: Bytes of a header of the safetensors form; more is none. https://huggingface.co/docs/safetensors
_LONGEST_HEADER = 100_000_000


def snapshot_of(folder: Path) -> Snapshot | None:
    """What a folder is a snapshot of. Raises UserError for a pipeline that is none for inpainting."""
    index = _described(folder / PIPELINE)
    pipeline = index.get("_class_name")
    if pipeline in _KLEIN:
        if not index.get("is_distilled"):
            raise UserError(f"“{folder}” has not learnt to paint in few steps: it takes FLUX.2-klein-4B, not its base.")
        return _of(roles.KLEIN)
    if pipeline is not None:
        if pipeline != _PIPELINE:
            raise UserError(f"“{folder}” is a {pipeline}, which cannot fill in a region: it takes a {_PIPELINE}.")
        if _described(folder / "unet" / "config.json").get("in_channels") != _CHANNELS:
            raise UserError(f"The network in “{folder}” cannot fill in a region: it takes one for inpainting.")
        return _of(roles.PAINTER)
    configuration = _described(folder / "config.json")
    if configuration.get("_class_name") == _PREVIEWS:
        return _of(roles.PREVIEWS)
    kind = configuration.get("model_type")
    return _of(_TYPES[kind]) if isinstance(kind, str) and kind in _TYPES else None


def few_steps(file: Path) -> Snapshot | None:
    """What a file in safetensors form is taken for that holds additions, in kohya's names, to the layers of Stable
    Diffusion's U-Net, and to no other network: the few steps; None for a file without any additions.

    Raises UserError for other additions. Those that paint in few steps go to every layer, the time step's too
    (https://github.com/huggingface/diffusers/tree/main/examples/consistency_distillation); a style's do not.
    """
    try:
        added = [name for name in names_in(file) if name.endswith(_LORA)]
    except ModelError:
        return None
    if not added:
        return None
    if all(name.startswith(_OF_UNET) for name in added) and any(_OF_TIME in name for name in added):
        return _of(roles.FEW_STEPS)
    raise UserError(
        f"“{file.name}” is a LoRA, but not one that paints in few steps; no other is used: import without it."
    )


def names_in(file: Path) -> Iterable[str]:
    """The names of the tensors in a file of the safetensors form, which has to be whole. Raises ModelDamaged."""
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            header = json.loads(opened.read(min(length, _LONGEST_HEADER)))
        tensors = {name: told for name, told in header.items() if name != "__metadata__"}
        end = max((int(told["data_offsets"][1]) for told in tensors.values()), default=0)
        if file.stat().st_size == 8 + length + end:
            return tensors
    except (OSError, LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise _unreadable(file) from error
    raise _unreadable(file)


def _unreadable(file: Path) -> ModelDamaged:
    return ModelDamaged(f"“{file.name}” is damaged, or is no file of weights in safetensors form: fetch it again.")


def _of(role: str) -> Snapshot:
    return next(snapshot for snapshot in SNAPSHOTS if snapshot.role == role)


def _described(path: Path) -> dict[str, object]:
    """A description in JSON; nothing where there is none that can be read."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}
