"""Networks of the full models' real sizes with random weights: what they cost does not depend on what they know."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from text_replace_engine.models.fetching.origins import Origin
from text_replace_engine.models.files import file_sha256
from text_replace_engine.models.full.adm import ARCHITECTURES, denoiser_config
from text_replace_engine.models.networks.clip import build_clip
from text_replace_engine.models.networks.denoiser import Denoiser, build_denoiser
from text_replace_engine.models.networks.perceptual import Perceptual, build_perceptual
from text_replace_engine.models.networks.segmenter import Segmenter, build_segmenter
from text_replace_engine.models.store import Config, write_role

VIT_B_32 = {
    "embed_dim": 512,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 224, "layers": 12, "width": 768, "patch_size": 32},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 512, "heads": 8, "layers": 12},
}
CLIP_SIZE = 224
_SEGFORMER_B5 = {
    "segformer": {"depths": [3, 6, 40, 3], "hidden_sizes": [64, 128, 320, 512], "decoder_hidden_size": 768},
    "labels": [str(number) for number in range(150)],
    "input_size": 640,
    "mean": [0.5] * 3,
    "std": [0.25] * 3,
}
Network = TypeVar("Network", bound=nn.Module)


def config(name: str = "256") -> Config:
    """Of OpenAI's network of that name."""
    return denoiser_config(next(known for known in ARCHITECTURES if known.name == name))


def denoiser(name: str = "256") -> Denoiser:
    """OpenAI's network of that name behind our adapter."""
    with torch.device("meta"):
        network = build_denoiser(config(name))
    return Denoiser(randomised(network.to_empty(device="cpu")), config(name))


def clip() -> nn.Module:
    """ViT-B/32."""
    network: nn.Module = build_clip(VIT_B_32)
    return randomised(network)


def segmenter() -> Segmenter:
    """SegFormer-b5 for ADE20K's 150 labels at 640 pixels."""
    return Segmenter(randomised(build_segmenter(_SEGFORMER_B5)), _SEGFORMER_B5)


def perceptual() -> Perceptual:
    """LPIPS on AlexNet."""
    return Perceptual(build_perceptual({"net": "alex"}).eval().requires_grad_(False))


@torch.no_grad()
def randomised(network: Network) -> Network:
    """Weights that keep activations near 1, so that no number overflows or vanishes."""
    for name, weight in network.named_parameters():
        if weight.ndim > 1:
            weight.normal_(0, 1 / math.sqrt(weight[0].numel()))
        else:
            weight.fill_(1.0 if name.endswith("weight") else 0.0)
    network.eval().requires_grad_(False)
    return network


def install(folder: Path) -> None:
    """Write every role's files as they are after a pull, 3 GB."""
    from open_clip.tokenizer import default_bpe

    merges = Path(default_bpe())
    (folder / merges.name).write_bytes(merges.read_bytes())
    matcher = {
        **VIT_B_32,
        "mean": [0.5] * 3,
        "std": [0.25] * 3,
        "presence": {"scale": 40.0, "offset": -14.4, "floor": 0.5},
        "tokenizer": {"file": merges.name, "sha256": file_sha256(merges)},
    }
    roles: dict[str, tuple[Config, nn.Module]] = {
        "denoiser": (config(), denoiser().network),
        "clip": (matcher, clip()),
        "segmenter": (_SEGFORMER_B5, segmenter().network),
        "perceptual": ({"net": "alex"}, perceptual().network),
    }
    for role, (described, network) in roles.items():
        origin = Origin(role, "random", "0" * 64, False).as_json()
        write_role(folder, role, described, network.state_dict(), torch.float32, origin)
