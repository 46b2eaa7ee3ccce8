"""Networks as the hub publishes them: a folder with the configuration, the weights, and what prepares their inputs.

The library that reads them passes over much in silence: it fills weights that are missing with random ones, takes the
configuration of another kind of network, and makes a tokenizer without words where their file is missing. So all that
is looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from torch import Tensor, nn
from transformers.utils import logging

from text_replace_engine import memory_limits
from text_replace_engine.models.files import read_json
from text_replace_engine.models.photo.roles import remedy
from text_replace_wire.errors import ModelDamaged, ModelError, ModelMissing

Network = TypeVar("Network", bound=nn.Module)
Read = TypeVar("Read")

_CONFIGURATION = "config.json"
_WEIGHTS = "model.safetensors"
_SHARDS = "model.safetensors.index.json"
_PROCESSORS = ("processor_config.json", "preprocessor_config.json")


def read_network(folder: Path, kind: type[Network], model_types: Sequence[str]) -> Network:
    """The network of a snapshot whose configuration has one of the `model_types`, for inference, on the processor, in
    the number format it is stored in.

    Raises ModelMissing and ModelDamaged.
    """
    if _table(folder, _CONFIGURATION).get("model_type") not in model_types:
        raise damaged(folder, _CONFIGURATION)
    _check_weights(folder)
    load: Any = kind
    network, seen = _read(folder, _WEIGHTS, lambda: load.from_pretrained(folder, output_loading_info=True, **_HERE))
    if any(seen[problem] for problem in ("missing_keys", "mismatched_keys", "error_msgs")):
        raise damaged(folder, _WEIGHTS)
    ready: Network = network.eval().requires_grad_(False)
    return ready


def read_processor(folder: Path, kind: Any, words: Sequence[str] = ()) -> Any:
    """The library's `kind` of processor, as the snapshot configures it. words: what its tokenizer has to know, if it
    has one.

    Raises ModelMissing and ModelDamaged.
    """
    if not any((folder / name).is_file() for name in _PROCESSORS):
        raise missing(folder, _PROCESSORS[0])
    processor = _read(folder, _PROCESSORS[0], lambda: kind.from_pretrained(folder, **_HERE))
    if words and not set(words) <= processor.tokenizer.get_vocab().keys():
        raise missing(folder, "tokenizer.json")
    return processor


def as_bytes(image: Tensor) -> Tensor:
    """RGB (3, h, w) with 8 bits, on the processor, of an image (1, 3, h, w) in [0, 1]: what the library's processors
    are made for. They would round at other places in floating point.
    """
    return (image[0].float() * 255).round().byte().cpu()


def damaged(folder: Path, name: str) -> ModelDamaged:
    """For a file of a snapshot that is not what it should be."""
    return ModelDamaged(f"The model file {folder.name}/{name} is damaged: {remedy(folder.name)}.")


def missing(folder: Path, name: str) -> ModelMissing:
    """For a file that a snapshot lacks."""
    return ModelMissing(f"The model file {folder.name}/{name} is missing: {remedy(folder.name)}.")


_HERE: dict[str, Any] = {"local_files_only": True}


def _check_weights(folder: Path) -> None:
    names = [_WEIGHTS]
    if not (folder / _WEIGHTS).is_file() and (folder / _SHARDS).is_file():
        try:
            names = sorted(set(_table(folder, _SHARDS)["weight_map"].values()))
        except (KeyError, AttributeError, TypeError) as error:
            raise damaged(folder, _SHARDS) from error
    for name in names:
        if not (folder / name).is_file():
            raise missing(folder, name)


def _table(folder: Path, name: str) -> dict[str, Any]:
    try:
        return read_json(folder / name)
    except ModelMissing as error:
        raise missing(folder, name) from error
    except ModelError as error:
        raise damaged(folder, name) from error


def _read(folder: Path, name: str, read: Callable[[], Read]) -> Read:
    # It prints bars and reports, which belong in no log of ours.
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        return read()
    # There is no end to the errors by which the library says that a file is not what it should be.
    except Exception as error:
        if memory_limits.is_shortage(error):
            raise
        raise damaged(folder, name) from error
