"""The photo models' repositories as the hub has them, also with what is not needed; their weights mean nothing."""

from __future__ import annotations

import json

import numpy as np
from safetensors.numpy import save

from tests.engine.models.local_hub import Files

#: What a pull has to take of each repository.
NEEDED = {
    "detector": ["config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json", "vocab.txt"],
    "masker": [
        "config.json",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
        "preprocessor_config.json",
    ],
    "painter": [
        "model_index.json",
        "scheduler/scheduler_config.json",
        "text_encoder/config.json",
        "text_encoder/model.fp16.safetensors",
        "tokenizer/merges.txt",
        "tokenizer/tokenizer_config.json",
        "tokenizer/vocab.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
    ],
    "few-steps": ["pytorch_lora_weights.safetensors"],
}


def weights(*names: str, seed: int = 0, size: int = 1000) -> bytes:
    """A file in safetensors form with random tensors of these names."""
    random = np.random.default_rng(seed)
    contents: bytes = save({name: random.random(size, np.float32) for name in names})
    return contents


def text(**table: object) -> bytes:
    """A file in JSON."""
    return json.dumps(table, indent=1).encode()


def detector(seed: int = 1) -> Files:
    """One file of weights, and the same again in another form."""
    return {
        ".gitattributes": b"*.bin filter=lfs",
        "README.md": b"# A detector",
        "config.json": text(model_type="mm-grounding-dino", architectures=["MMGroundingDinoForObjectDetection"]),
        "model.safetensors": weights("backbone", seed=seed, size=100_000),
        "preprocessor_config.json": text(image_processor_type="GroundingDinoImageProcessor"),
        "pytorch_model.bin": b"the same in another form",
        "tokenizer.json": text(version="1.0"),
        "vocab.txt": b"[PAD]\napple\n",
    }


def masker() -> Files:
    """Weights in two parts."""
    parts = {f"model-0000{number}-of-00002.safetensors": f"part{number}" for number in (1, 2)}
    index = {"metadata": {}, "weight_map": {name: part for part, name in parts.items()}}
    return {
        "README.md": b"# A masker",
        "config.json": text(model_type="sam2_video"),
        "model.safetensors.index.json": text(**index),
        "preprocessor_config.json": text(image_processor_type="Sam2ImageProcessor"),
        "sam2.1_hiera_small.pt": b"the same in another form",
        **{part: weights(name) for part, name in parts.items()},
    }


def painter(channels: int = 9, pipeline: str = "StableDiffusionInpaintPipeline") -> Files:
    """A pipeline; its weights with 16 bits and with 32, but for one part."""
    return {
        "README.md": b"# A painter",
        "feature_extractor/preprocessor_config.json": text(),
        "model_index.json": text(_class_name=pipeline, unet=["diffusers", "UNet2DConditionModel"]),
        "safety_checker/config.json": text(),
        "safety_checker/model.fp16.safetensors": weights("checker"),
        "scheduler/scheduler_config.json": text(_class_name="PNDMScheduler"),
        "sd-v1-5-inpainting.ckpt": b"all in one",
        "text_encoder/config.json": text(model_type="clip_text_model"),
        "text_encoder/model.fp16.safetensors": weights("text"),
        "text_encoder/model.safetensors": weights("text", size=2000),
        "tokenizer/merges.txt": b"#version: 0.2\n",
        "tokenizer/tokenizer_config.json": text(),
        "tokenizer/vocab.json": text(),
        "unet/config.json": text(in_channels=channels),
        "unet/diffusion_pytorch_model.fp16.bin": b"in another form",
        "unet/diffusion_pytorch_model.fp16.safetensors": weights("unet"),
        "unet/diffusion_pytorch_model.non_ema.safetensors": weights("other", size=3000),
        "unet/diffusion_pytorch_model.safetensors": weights("unet", size=2000),
        "vae/config.json": text(),
        "vae/diffusion_pytorch_model.safetensors": weights("vae"),
    }


#: What of `klein` is needed.
KLEIN_NEEDED = [
    "model_index.json",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "text_encoder/model-00001-of-00002.safetensors",
    "text_encoder/model-00002-of-00002.safetensors",
    "text_encoder/model.safetensors.index.json",
    "tokenizer/chat_template.jinja",
    "tokenizer/tokenizer.json",
    "tokenizer/tokenizer_config.json",
    "transformer/config.json",
    "transformer/diffusion_pytorch_model.safetensors",
    "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors",
]


def klein(distilled: bool = True) -> Files:
    """A pipeline with a transformer, its text encoder in two parts."""
    parts = {f"model-0000{number}-of-00002.safetensors": f"part{number}" for number in (1, 2)}
    index = {"metadata": {}, "weight_map": {name: part for part, name in parts.items()}}
    return {
        "README.md": b"# A painter",
        "model_index.json": text(_class_name="Flux2KleinPipeline", is_distilled=distilled),
        "all-in-one.safetensors": weights("all"),
        "scheduler/scheduler_config.json": text(_class_name="FlowMatchEulerDiscreteScheduler"),
        "text_encoder/config.json": text(model_type="qwen3"),
        "text_encoder/model.safetensors.index.json": text(**index),
        "tokenizer/chat_template.jinja": b"{{ messages }}",
        "tokenizer/tokenizer.json": text(version="1.0"),
        "tokenizer/tokenizer_config.json": text(),
        "transformer/config.json": text(_class_name="Flux2Transformer2DModel"),
        "transformer/diffusion_pytorch_model.safetensors": weights("transformer"),
        "vae/config.json": text(),
        "vae/diffusion_pytorch_model.safetensors": weights("vae"),
        **{f"text_encoder/{part}": weights(name) for part, name in parts.items()},
    }


def few_steps() -> Files:
    """Additions to a U-Net."""
    names = [f"lora_unet_a_time_emb_proj.{part}" for part in ("lora_down.weight", "lora_up.weight", "alpha")]
    return {"README.md": b"# LCM", "image.png": b"a picture", "pytorch_lora_weights.safetensors": weights(*names)}
