"""FLUX.2 klein's snapshot in small: the hub's layout with few channels and random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

#: Width of the text encoder; the transformer is told three layers of it.
WIDTH = 16
#: What does not depend on the size.
VAE: dict[str, Any] = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "latent_channels": 32,
}
#: More layers than are told, as the published one has.
_LAYERS = 28
_END, _TURN, _TURN_ENDS = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% if not enable_thinking %}<think>\n\n</think>\n\n"
    "{% endif %}{% endif %}"
)


def write_klein(folder: Path, seed: int = 0) -> Path:
    """A snapshot as FLUX.2-klein-4B's, text encoder and transformer in several files. Returns the folder."""
    from diffusers import AutoencoderKLFlux2, Flux2Transformer2DModel
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(seed)
    text = Qwen3Config(
        vocab_size=320,
        hidden_size=WIDTH,
        intermediate_size=16,
        num_hidden_layers=_LAYERS,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        tie_word_embeddings=True,
    )
    transformer = Flux2Transformer2DModel(
        in_channels=128,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=3 * WIDTH,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    )
    vae = AutoencoderKLFlux2(
        **VAE, block_out_channels=(8, 8, 8, 8), layers_per_block=1, norm_num_groups=4, sample_size=64
    )
    # Else nobody would notice if they were left out.
    vae.bn.running_mean.normal_(0, 0.1)
    vae.bn.running_var.uniform_(0.5, 2)
    return write_snapshot(folder, transformer, vae, Qwen3ForCausalLM(text), shard="100KB")


def write_snapshot(
    folder: Path, transformer: nn.Module, vae: nn.Module, text_encoder: nn.Module, shard: str = "5GB"
) -> Path:
    """The layout of FLUX.2-klein-4B for these networks, weights of 16 bits in files of `shard` at most. Returns the
    folder.
    """
    from diffusers import FlowMatchEulerDiscreteScheduler, Flux2KleinInpaintPipeline

    pipeline = Flux2KleinInpaintPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift=3.0),
        vae=vae.to(torch.bfloat16),
        text_encoder=text_encoder.to(torch.bfloat16),
        tokenizer=_write_vocabulary(folder / "tokenizer"),
        transformer=transformer.to(torch.bfloat16),
        is_distilled=True,
    )
    pipeline.save_pretrained(folder, max_shard_size=shard)
    # As the published index says; the inpainting pipeline is another one with the same parts.
    index = folder / "model_index.json"
    table = json.loads(index.read_text(encoding="utf-8"))
    index.write_text(json.dumps({**table, "_class_name": "Flux2KleinPipeline"}), encoding="utf-8")
    return folder


def _write_vocabulary(folder: Path) -> Any:
    """Single bytes and the marks of turns; returns the tokenizer."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import Qwen2TokenizerFast

    letters = sorted(ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*letters, _END, _TURN, _TURN_ENDS])}
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    tokenizer = Qwen2TokenizerFast.from_pretrained(
        folder, pad_token=_END, eos_token=_TURN_ENDS, additional_special_tokens=[_TURN, _TURN_ENDS]
    )
    tokenizer.chat_template = _TEMPLATE
    return tokenizer
