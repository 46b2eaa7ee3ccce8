"""CLIP's tokenizer as transformers reads it, made of the merges that open_clip brings along."""

from __future__ import annotations

from pathlib import Path

#: As open_clip calls the two ends of a text, and as transformers does.
_ENDS = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
#: Tokens that the text encoder reads.
CONTEXT = 77


def write_tokenizer(folder: Path) -> None:
    """The files of Stable Diffusion's folder `tokenizer`. Raises OSError."""
    from open_clip.tokenizer import SimpleTokenizer
    from transformers import CLIPTokenizer

    known = SimpleTokenizer()
    vocabulary = {_ENDS.get(token, token): number for token, number in known.encoder.items()}
    end = _ENDS["<end_of_text>"]
    tokenizer = CLIPTokenizer(
        vocab=vocabulary, merges=list(known.bpe_ranks), pad_token=end, unk_token=end, model_max_length=CONTEXT
    )
    tokenizer.save_pretrained(folder)
