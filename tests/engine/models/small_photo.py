"""The snapshots of the photo models' finding part in small: the hub's layouts, with few channels and random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

#: Words that the small detector's tokenizer knows whole; it spells others. Ids below this are the special ones.
_WORDS = ("a", "an", "the", "red", "green", "apple", "orange", "cat", "dog", "remote", "control")
_FIRST_WORD = 200
_VOCABULARY = 1100
#: The network tells by these very ids where a phrase ends, so every vocabulary has them here.
_SPECIAL = {0: "[PAD]", 100: "[UNK]", 101: "[CLS]", 102: "[SEP]", 103: "[MASK]", 1012: ".", 1029: "?"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789,-'"
#: What the small SAM 2 and SAM 3 see of a picture, pixels a side.
MASKER_SIDE = 128
CONCEPTS_SIDE = 112


def write_all(folder: Path) -> Path:
    """One snapshot in a folder of its own for every role: `detector`, `masker`, `concepts`."""
    write_detector(folder / "detector")
    write_masker(folder / "masker")
    write_concepts(folder / "concepts")
    return folder


def write_detector(folder: Path, surer: float = 0.0) -> None:
    """As iSEE-Laboratory/llmdet_tiny: config.json, model.safetensors, preprocessor_config.json, tokenizer files.

    surer: is added to every logit; from 2 on anything is found, somewhere.
    """
    from transformers import (
        BertConfig,
        BertTokenizer,
        GroundingDinoImageProcessor,
        MMGroundingDinoConfig,
        MMGroundingDinoForObjectDetection,
        SwinConfig,
    )

    backbone = SwinConfig(
        embed_dim=12,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 1, 1],
        window_size=7,
        image_size=224,
        out_indices=[2, 3, 4],
    )
    text = BertConfig(
        vocab_size=_VOCABULARY, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    config = MMGroundingDinoConfig(
        backbone_config=backbone,
        text_config=text,
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        num_queries=20,
    )
    torch.manual_seed(11)
    network = MMGroundingDinoForObjectDetection(config).eval()
    for head in network.class_embed:
        torch.nn.init.constant_(head.bias, surer)
    network.save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(_bert_vocabulary()) + "\n")
    described = {"do_lower_case": True, "model_max_length": 512, "tokenizer_class": "BertTokenizer"}
    _write(folder / "tokenizer_config.json", described)
    BertTokenizer.from_pretrained(folder).save_pretrained(folder)
    processor = GroundingDinoImageProcessor(size={"shortest_edge": 96, "longest_edge": 160}).to_dict()
    _write(folder / "preprocessor_config.json", {**processor, "processor_class": "GroundingDinoProcessor"})


def write_masker(folder: Path, model_type: str = "sam2") -> None:
    """As facebook/sam2.1-hiera-small: config.json, model.safetensors, preprocessor_config.json, processor_config.json.

    model_type: some of the hub's snapshots are described as `sam2_video`.
    """
    from transformers import (
        Sam2Config,
        Sam2HieraDetConfig,
        Sam2ImageProcessor,
        Sam2MaskDecoderConfig,
        Sam2Model,
        Sam2Processor,
        Sam2PromptEncoderConfig,
        Sam2VisionConfig,
    )

    side = MASKER_SIDE
    backbone = Sam2HieraDetConfig(
        hidden_size=12,
        num_attention_heads=1,
        image_size=[side, side],
        window_positional_embedding_background_size=[7, 7],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[12, 24, 48, 96],
        num_attention_heads_per_stage=[1, 1, 2, 4],
        window_size_per_stage=[8, 4, 8, 4],
        global_attention_blocks=[3],
        mlp_ratio=2.0,
    )
    vision = Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[96, 48, 24, 12],
        backbone_feature_sizes=[[side // 4] * 2, [side // 8] * 2, [side // 16] * 2],
        fpn_hidden_size=32,
    )
    config = Sam2Config(
        vision_config=vision,
        prompt_encoder_config=Sam2PromptEncoderConfig(
            hidden_size=32, image_size=side, patch_size=16, mask_input_channels=4
        ),
        mask_decoder_config=Sam2MaskDecoderConfig(
            hidden_size=32, mlp_dim=32, num_attention_heads=4, iou_head_hidden_dim=32, iou_head_depth=2
        ),
    )
    torch.manual_seed(12)
    Sam2Model(config).eval().save_pretrained(folder)
    whole, low = {"height": side, "width": side}, {"height": side // 4, "width": side // 4}
    images = Sam2ImageProcessor(size=whole, mask_size=low)
    Sam2Processor(images, target_size=side).save_pretrained(folder)
    _write(folder / "preprocessor_config.json", {**images.to_dict(), "processor_class": "Sam2Processor"})
    described = json.loads((folder / "config.json").read_text())
    _write(folder / "config.json", {**described, "model_type": model_type})


def write_concepts(folder: Path) -> None:
    """As facebook/sam3: config.json, model.safetensors, processor_config.json, tokenizer files."""
    from transformers import CLIPTokenizer, Sam3Config, Sam3ImageProcessor, Sam3Model, Sam3Processor
    from transformers.models.sam3.configuration_sam3 import Sam3VisionConfig

    width, side = 32, CONCEPTS_SIDE
    cells = side // 14
    layer = {"hidden_size": width, "num_attention_heads": 2, "intermediate_size": width}
    backbone = {
        "model_type": "sam3_vit_model",
        **layer,
        "num_hidden_layers": 2,
        "image_size": side,
        "patch_size": 14,
        "window_size": 4,
        "global_attn_indexes": [1],
        "pretrain_image_size": 56,
    }
    sizes = [[cells * scale] * 2 for scale in (4, 2, 1)]
    vocabulary = _clip_vocabulary()
    text = {
        "model_type": "clip_text_model",
        **layer,
        "vocab_size": len(vocabulary),
        "projection_dim": width,
        "num_hidden_layers": 1,
        "max_position_embeddings": 32,
        "hidden_act": "gelu",
        "bos_token_id": vocabulary["<|startoftext|>"],
        "eos_token_id": vocabulary["<|endoftext|>"],
    }
    config = Sam3Config(
        vision_config=Sam3VisionConfig(backbone_config=backbone, fpn_hidden_size=width, backbone_feature_sizes=sizes),
        text_config=text,
        geometry_encoder_config={**layer, "num_layers": 1},
        detr_encoder_config={**layer, "num_layers": 1},
        detr_decoder_config={**layer, "num_layers": 2, "num_queries": 6},
        mask_decoder_config={"hidden_size": width, "num_attention_heads": 2},
    )
    torch.manual_seed(13)
    Sam3Model(config).eval().save_pretrained(folder)
    _write(folder / "vocab.json", vocabulary)
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizer.from_pretrained(folder, model_max_length=32, pad_token="<|endoftext|>")
    Sam3Processor(Sam3ImageProcessor(size={"height": side, "width": side}), tokenizer).save_pretrained(folder)


def _bert_vocabulary() -> list[str]:
    words = [f"[unused{number}]" for number in range(_VOCABULARY)]
    spelt = [piece for letter in _LETTERS for piece in (letter, f"##{letter}")]
    own = [*_WORDS, *(piece for piece in spelt if piece not in _WORDS)]
    words[_FIRST_WORD : _FIRST_WORD + len(own)] = own
    for place, word in _SPECIAL.items():
        words[place] = word
    return words


def _clip_vocabulary() -> dict[str, int]:
    """Single bytes, in the printable form of GPT-2's tokenizer, inside and at the end of a word."""
    from open_clip.tokenizer import bytes_to_unicode

    letters = list(bytes_to_unicode().values())
    pieces = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return {piece: number for number, piece in enumerate(pieces)}


def _write(path: Path, table: dict[str, Any]) -> None:
    path.write_text(json.dumps(table, indent=2) + "\n")
