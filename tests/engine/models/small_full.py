"""The full models' files in small: the published formats with few channels and random weights."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tests.engine.models.torchscript import as_torchscript
from tests.engine.parity.oracle import SMALL, randomised, reference, untrained
from text_replace_engine.models.full.adm import Architecture

LABELS = ("wall", "building", "sky ", "person", "apple tree", "car")
CLIP_WIDTH = 64


def counted(name: str) -> Architecture:
    """A small network's architecture with its own number of weights."""
    with torch.device("meta"):
        network = untrained(SMALL[name])
    return dataclasses.replace(SMALL[name], parameters=sum(weight.numel() for weight in network.parameters()))


def write_denoiser(path: Path, name: str) -> None:
    """A checkpoint as OpenAI's."""
    torch.save(reference(SMALL[name], seed=4).state_dict(), path)


def write_segmenter(folder: Path) -> None:
    """The hub's two files."""
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    labels = dict(enumerate(LABELS))
    config = SegformerConfig(
        depths=[1, 1, 1, 1],
        hidden_sizes=[8, 16, 24, 32],
        num_attention_heads=[1, 1, 2, 4],
        decoder_hidden_size=16,
        id2label=labels,
        label2id={label: number for number, label in labels.items()},
    )
    torch.manual_seed(1)
    folder.mkdir(parents=True, exist_ok=True)
    config.save_pretrained(folder)
    torch.save(SegformerForSemanticSegmentation(config).state_dict(), folder / "pytorch_model.bin")


def clip() -> nn.Module:
    """A vision transformer as OpenAI's, by open_clip, with random weights."""
    from open_clip.model import CLIP

    torch.manual_seed(2)
    vision = {"image_size": 32, "layers": 2, "width": CLIP_WIDTH, "patch_size": 16}
    text = {"context_length": 77, "vocab_size": 49408, "width": CLIP_WIDTH, "heads": 1, "layers": 2}
    network: nn.Module = CLIP(32, vision, text, quick_gelu=True)
    return network.eval()


def write_clip(path: Path) -> None:
    """An archive as OpenAI's."""
    as_torchscript(clip().state_dict(), path)


def write_agreeing_clip(path: Path) -> None:
    """The same for a network in whose eyes every picture shows what every text says."""
    network: Any = clip()
    for norm, projection in (
        (network.visual.ln_post, network.visual.proj),
        (network.ln_final, network.text_projection),
    ):
        for parameter in (norm.weight, norm.bias, projection):
            nn.init.zeros_(parameter)
        nn.init.ones_(norm.bias[:1])
        nn.init.ones_(projection[:1, :1])
    as_torchscript(network.state_dict(), path)


def write_backbone(path: Path) -> None:
    """torchvision's AlexNet without the classifier, which the distance does not use."""
    from torchvision.models import alexnet

    torch.manual_seed(3)
    state = alexnet(weights=None).state_dict()
    torch.save({name: tensor for name, tensor in state.items() if name.startswith("features.")}, path)


def write_upscaler(path: Path) -> None:
    """A Real-ESRGAN "compact" network that doubles the size."""
    from spandrel.architectures.Compact.__arch.SRVGG import SRVGGNetCompact

    torch.manual_seed(5)
    network = SRVGGNetCompact(num_feat=8, num_conv=2, upscale=2)
    torch.save({"params_ema": randomised(network, 5).state_dict()}, path)


def write_all(folder: Path, denoiser: str = "256") -> Path:
    """One file for every role that is needed."""
    folder.mkdir(parents=True, exist_ok=True)
    write_segmenter(folder / "segformer")
    write_clip(folder / "ViT-B-32.pt")
    write_backbone(folder / "alexnet-owt-7be5be79.pth")
    write_denoiser(folder / "diffusion.pt", denoiser)
    return folder
