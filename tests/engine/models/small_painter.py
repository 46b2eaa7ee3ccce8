"""The photo painter's snapshots in small: the hub's layouts with few channels and random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

#: Width of the texts' vectors.
WIDTH = 32
#: Of the matrices that the few steps add.
RANK, ALPHA = 4, 2.0
_BLOCKS = ("down_blocks", "mid_block", "up_blocks")
FEW_STEPS_FILE = "pytorch_lora_weights.safetensors"
#: What does not depend on the size.
TEXT: dict[str, Any] = {"vocab_size": 49408, "bos_token_id": 49406, "eos_token_id": 49407, "pad_token_id": 1}
VAE: dict[str, Any] = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
}


def write_painter(folder: Path, channels: int = 9, seed: int = 0) -> Path:
    """A snapshot as stable-diffusion-inpainting's, its weights in files of 16 bits. Returns the folder.

    channels: that the U-Net takes; 4: it is not one for inpainting.
    """
    from diffusers import AutoencoderKL
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(seed)
    text = CLIPTextConfig(
        **TEXT,
        hidden_size=WIDTH,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        projection_dim=WIDTH,
    )
    vae = AutoencoderKL(**VAE, block_out_channels=(8, 8, 16, 16), norm_num_groups=4, sample_size=64)
    return write_snapshot(folder, small_unet(channels), vae, CLIPTextModel(text))


def write_snapshot(folder: Path, unet: nn.Module, vae: nn.Module, text_encoder: nn.Module) -> Path:
    """The layout of stable-diffusion-inpainting for these networks, which are made 16 bits wide. Returns the folder."""
    from diffusers import PNDMScheduler, StableDiffusionInpaintPipeline

    # The published snapshot's own; whoever paints takes another one.
    scheduler = PNDMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1
    )
    pipeline = StableDiffusionInpaintPipeline(
        vae=vae.half(),
        text_encoder=text_encoder.half(),
        tokenizer=_write_vocabulary(folder / "tokenizer"),
        unet=unet.half(),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder, variant="fp16")
    _name_a_safety_checker(folder / "model_index.json")
    # The same as the two files, in a newer form.
    (folder / "tokenizer" / "tokenizer.json").unlink()
    return folder


def write_few_steps(folder: Path, unet: nn.Module | None = None) -> Path:
    """A snapshot as lcm-lora-sdv1-5's, for a U-Net, or for that of `write_painter`. Returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(few_steps(unet or small_unet()), folder / FEW_STEPS_FILE)
    return folder


def few_steps(unet: nn.Module) -> dict[str, Tensor]:
    """A low-rank update (rank `RANK`, weight `ALPHA`) of every linear and convolutional layer in the U-Net's blocks,
    under kohya's names.
    """
    generator = torch.Generator().manual_seed(1)

    def random(*shape: int) -> Tensor:
        return (0.05 * torch.randn(*shape, generator=generator)).half()

    tensors = {}
    for name, module in unet.named_modules():
        if not (isinstance(module, nn.Linear | nn.Conv2d) and name.split(".")[0] in _BLOCKS):
            continue
        key = f"lora_unet_{name.replace('.', '_')}"
        outputs, inputs, *kernel = module.weight.shape
        tensors[f"{key}.lora_down.weight"] = random(RANK, inputs, *kernel)
        tensors[f"{key}.lora_up.weight"] = random(outputs, RANK, *(1 for _ in kernel))
        tensors[f"{key}.alpha"] = torch.tensor(ALPHA).half()
    return tensors


def small_unet(channels: int = 9) -> Any:
    """An untrained U-Net with the names of Stable Diffusion's."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
        block_out_channels=(16, 32),
        layers_per_block=1,
        norm_num_groups=8,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )


def _write_vocabulary(folder: Path) -> Any:
    """CLIP's own, which open_clip brings along, in the two files of the published snapshot; returns the tokenizer."""
    from open_clip.tokenizer import SimpleTokenizer
    from transformers import CLIPTokenizer

    known = SimpleTokenizer()
    marks = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
    vocabulary = {marks.get(token, token): number for token, number in known.encoder.items()}
    merges = "".join(f"{first} {second}\n" for first, second in known.bpe_ranks)
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}", encoding="utf-8")
    return CLIPTokenizer.from_pretrained(folder, model_max_length=77, pad_token="<|endoftext|>")


def _name_a_safety_checker(index: Path) -> None:
    """As the published index does; its files are not fetched."""
    table = json.loads(index.read_text(encoding="utf-8"))
    table["safety_checker"] = ["stable_diffusion", "StableDiffusionSafetyChecker"]
    table["feature_extractor"] = ["transformers", "CLIPImageProcessor"]
    table["requires_safety_checker"] = True
    index.write_text(json.dumps(table), encoding="utf-8")
