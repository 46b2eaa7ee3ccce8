"""Which files of a repository are needed, by rules: whoever publishes may name and split weights as the hub's libraries
allow, and keeps other forms of them beside, which are left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from pathlib import Path, PurePosixPath

from text_replace_engine.models.fetching.sources import Layout
from text_replace_wire.errors import ModelDamaged, ModelMissing

#: Gives a small file of the repository, by path.
Opened = Callable[[str], Path]

#: The last one is a template for instructions.
_TEXTS = (".json", ".txt", ".jinja")
#: A pipeline's parts that have weights, and those that have texts only; of what paints there is one. A checker of what
#: was painted is not used.
_NETWORKS = ("text_encoder", "vae")
_PAINTING = ("unet", "transformer")
_PARTS = ("scheduler", "tokenizer")
PIPELINE = "model_index.json"
LORA = "pytorch_lora_weights.safetensors"
_INDEX = ".index"


def needed(name: str, layout: Layout, paths: Collection[str], opened: Opened) -> tuple[str, ...]:
    """Of all `paths` of a repository called `name` those that its layout needs, sorted.

    Raises ModelMissing where one is not there, and ModelDamaged where an index of weights cannot be read; and what
    `opened` raises.
    """
    if layout is Layout.LORA:
        _require(name, [LORA], paths)
        return (LORA,)
    if layout is Layout.TRANSFORMERS:
        chosen = {*_texts("", paths), *_weights(name, "", paths, opened)}
        _require(name, ["config.json"], chosen)
    else:
        chosen = {path for part in _PARTS for path in _texts(f"{part}/", paths)}
        networks = [*_NETWORKS, next((part for part in _PAINTING if f"{part}/config.json" in paths), _PAINTING[0])]
        chosen |= {path for part in networks for path in _weights(name, f"{part}/", paths, opened)}
        configurations = [PIPELINE, *(f"{part}/config.json" for part in networks)]
        # Without a vocabulary the library makes up an empty one, and every text means the same.
        vocabulary = ["tokenizer/tokenizer.json"]
        if vocabulary[0] not in paths:
            vocabulary = ["tokenizer/vocab.json", "tokenizer/merges.txt"]
        _require(name, [*configurations, "scheduler/scheduler_config.json", *vocabulary], paths)
        chosen |= set(configurations)
    return tuple(sorted(chosen))


def shards(name: str, index: Path) -> set[str]:
    """The files that an index of weights names, below its folder. Raises ModelDamaged."""
    try:
        table = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        named = set(table.values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelDamaged(f"The index of the weights of {name} cannot be read: fetch it again.") from error
    if not named or not all(isinstance(each, str) and PurePosixPath(each).name == each for each in named):
        raise ModelDamaged(f"The index of the weights of {name} names no files beside it: fetch it again.")
    return named


def is_index(path: str) -> bool:
    """Whether a file names the parts that weights in safetensors form are split into."""
    name = PurePosixPath(path).name
    return f".safetensors{_INDEX}" in name and name.endswith(".json")


def _texts(folder: str, paths: Iterable[str]) -> Iterable[str]:
    """Configurations and vocabularies directly in a folder; indices belong to their weights."""
    for path in paths:
        name = path.removeprefix(folder)
        if path.startswith(folder) and "/" not in name and name.endswith(_TEXTS) and _INDEX not in name:
            yield path


def _weights(name: str, folder: str, paths: Collection[str], opened: Opened) -> Iterable[str]:
    """One file, or an index and all it names; those of 16 bits before others."""
    for stem in ("model", "diffusion_pytorch_model"):
        for ending in (
            ".fp16.safetensors",
            ".safetensors.index.fp16.json",
            ".safetensors",
            ".safetensors.index.json",
        ):
            path = f"{folder}{stem}{ending}"
            if path not in paths:
                continue
            if not is_index(path):
                return [path]
            parts = [f"{folder}{shard}" for shard in shards(name, opened(path))]
            _require(name, parts, paths)
            return [path, *parts]
    raise ModelMissing(f"{name} has no weights in safetensors form in “{folder or '/'}”: use another mirror.")


def _require(name: str, wanted: Iterable[str], there: Collection[str]) -> None:
    missing = sorted(set(wanted) - set(there))
    if missing:
        raise ModelMissing(f"{name} lacks {missing[0]}, without which it cannot be used: use another mirror.")
