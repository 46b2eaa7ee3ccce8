"""Reads published checkpoints, recognised by what is in them, into the engine's own form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from text_replace_engine.models.full import adm
from text_replace_engine.models.networks.perceptual import build_perceptual
from text_replace_engine.models.networks.upscaler import described
from text_replace_engine.models.store import Config
from text_replace_engine.models.weights import read_weights, unreadable
from text_replace_wire.errors import ModelDamaged

TOKENIZER = "bpe_simple_vocab_16e6.txt.gz"
_VOCABULARY = 49408
_HEAD = 64
#: For the score that ranks segments (see `choose`): found from 0.36 on, between what OpenAI's CLIP is known to give a
#: match (picture 0.27, label 1) and a stranger (0.20, 0.78). Not calibrated: no labelled photographs are at hand here.
_PRESENCE = {"scale": 40.0, "offset": -14.4, "floor": 0.5}
_SEGMENTER_SIZE = 640
_IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
_CLIP_COLOURS = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}


@dataclass(frozen=True)
class Checkpoint:
    """One role's weights. `variant` names the published network that has this form."""

    role: str
    variant: str
    config: Config
    tensors: Mapping[str, Tensor]


def read_checkpoint(path: Path) -> Checkpoint | None:
    """The model in a file, by its contents; None where it holds tensors of something else.

    Raises ModelDamaged for a file that cannot be read safely, or that is nearly one of the networks.
    """
    return recognised(read_weights(path), path)


def recognised(state: Mapping[str, Any], path: Path) -> Checkpoint | None:
    """As `read_checkpoint`, of what was read from the file."""
    plain = {name: value for name, value in state.items() if isinstance(value, Tensor)}
    if "time_embed.0.weight" in plain:
        return _denoiser(plain, path)
    if any(name.startswith("segformer.") for name in plain):
        return _segmenter(path)
    if "visual.conv1.weight" in plain and "token_embedding.weight" in plain:
        return _clip(plain, path)
    if "features.0.weight" in plain:
        return _perceptual(plain)
    return _upscaler(state)


def _denoiser(state: Mapping[str, Tensor], path: Path) -> Checkpoint:
    architecture = adm.recognised(state)
    if architecture is None:
        known = ", ".join(f"{published.parameters:,} ({published.name})" for published in adm.ARCHITECTURES)
        found = sum(tensor.numel() for tensor in state.values())
        raise ModelDamaged(
            f"“{path.name}” is a diffusion network of {found:,} weights; only those of {known} can be used."
        )
    config = adm.denoiser_config(architecture)
    return Checkpoint("denoiser", architecture.name, config, adm.converted(state, architecture))


def _segmenter(path: Path) -> Checkpoint:
    """By transformers, from the hub's own files: the weights and the config.json beside them."""
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    description = path.parent / "config.json"
    if not description.is_file():
        raise ModelDamaged(f"The segmenter “{path.name}” needs its config.json beside it: give the folder of both.")
    try:
        network, report = SegformerForSemanticSegmentation.from_pretrained(path.parent, output_loading_info=True)
        settings = json.loads(description.read_text(encoding="utf-8"))
        labels = [network.config.id2label[number].strip() for number in range(network.config.num_labels)]
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise unreadable(path) from error
    if report["missing_keys"] or report["mismatched_keys"]:
        raise ModelDamaged(f"The segmenter “{path.name}” does not fit its config.json: fetch both again.")
    size = {name: value for name, value in settings.items() if name in _architectural(SegformerConfig())}
    config = {"segformer": size, "labels": labels, "input_size": _SEGMENTER_SIZE, **_IMAGENET}
    variant = "segformer-b5" if network.config.depths == [3, 6, 40, 3] else "segformer"
    return Checkpoint("segmenter", variant, config, network.state_dict())


def _architectural(config: Any) -> set[str]:
    """The names of a configuration's fields that shape the network."""
    common = {"id2label", "label2id", "num_labels", "architectures", "model_type", "transformers_version", "dtype"}
    return {name for name in config.to_dict() if name not in common and not name.startswith("_")}


def _clip(state: Mapping[str, Tensor], path: Path) -> Checkpoint:
    """OpenAI's form of a vision transformer, whose sizes are in its weights' shapes."""
    tensors = {
        name: tensor
        for name, tensor in state.items()
        if name not in ("input_resolution", "context_length", "vocab_size")
    }
    try:
        patches, grid = tensors["visual.conv1.weight"], tensors["visual.positional_embedding"].shape[0] - 1
        words, width = tensors["token_embedding.weight"].shape
        config = {
            "embed_dim": tensors["text_projection"].shape[1],
            "quick_gelu": True,
            "vision_cfg": {
                "image_size": round(grid**0.5) * patches.shape[-1],
                "layers": _layers(tensors, "visual.transformer.resblocks."),
                "width": patches.shape[0],
                "head_width": _HEAD,
                "patch_size": patches.shape[-1],
            },
            "text_cfg": {
                "context_length": tensors["positional_embedding"].shape[0],
                "vocab_size": words,
                "width": width,
                "heads": max(1, width // _HEAD),
                "layers": _layers(tensors, "transformer.resblocks."),
            },
            "presence": _PRESENCE,
            **_CLIP_COLOURS,
        }
    except KeyError as error:
        raise ModelDamaged(f"“{path.name}” is not a CLIP of OpenAI's form: {error} is missing.") from error
    if words != _VOCABULARY:
        raise ModelDamaged(f"“{path.name}” is a CLIP of {words} words; those of {_VOCABULARY} can be used.")
    names = {(768, 32): "ViT-B-32", (768, 16): "ViT-B-16", (1024, 14): "ViT-L-14"}
    return Checkpoint("clip", names.get((patches.shape[0], patches.shape[-1]), "ViT"), config, tensors)


def _layers(tensors: Mapping[str, Tensor], prefix: str) -> int:
    return len({name[len(prefix) :].split(".")[0] for name in tensors if name.startswith(prefix)})


def _perceptual(state: Mapping[str, Tensor]) -> Checkpoint | None:
    """LPIPS: the features of torchvision's classifier under the distance's own heads, which come with `lpips`."""
    # The first layer is 64 filters of 11 × 11 pixels in AlexNet; VGG-16's thirteenth is its last.
    if tuple(state["features.0.weight"].shape) == (64, 3, 11, 11):
        net = "alex"
    elif "features.28.weight" in state and "features.30.weight" not in state:
        net = "vgg"
    else:
        return None
    distance = build_perceptual({"net": net}, heads=True)
    tensors = dict(distance.state_dict())
    for name in tensors:
        # net.slice2.3.weight is the classifier's features.3.weight
        if name.startswith("net."):
            tensors[name] = state["features." + name.split(".", 2)[2]].float()
    return Checkpoint("perceptual", net, {"net": net}, tensors)


def _upscaler(state: Mapping[str, Any]) -> Checkpoint | None:
    from spandrel import canonicalize_state_dict

    tensors = {name: value for name, value in canonicalize_state_dict(dict(state)).items() if isinstance(value, Tensor)}
    found = described(tensors) if tensors else None
    if found is None:
        return None
    config = {"factor": found.scale, "architecture": found.architecture.id}
    return Checkpoint("upscaler", found.architecture.name, config, tensors)
