"""The matcher of pictures and texts: an open_clip CLIP, built from a configuration.

Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision".
"""

from __future__ import annotations

import math
from collections import OrderedDict
from pathlib import Path
from typing import cast

import torch
from open_clip.model import CLIP
from open_clip.tokenizer import SimpleTokenizer
from torch import Tensor, nn

from text_replace_engine.models.files import check_file
from text_replace_engine.models.store import Config, Stored, fill

_MOST_TEXTS = 256
#: Characters a token. The starter's tokenizer has 1.25 and more for every word of the 374 English ones measured, and
#: under 1.2 where it spells: “aaa”, “12345”, two in three of random letters.
_LEAST_READ = 1.2


def build_clip(config: Config) -> CLIP:
    """The untrained network of a configuration (`embed_dim`, `vision_cfg`, `text_cfg`, `quick_gelu`)."""
    vision = dict(config["vision_cfg"])
    if isinstance(vision["layers"], list):
        vision["layers"] = tuple(vision["layers"])
    network = CLIP(config["embed_dim"], vision, config["text_cfg"], quick_gelu=config.get("quick_gelu", False))
    transformer = getattr(network.visual, "transformer", None)
    if transformer is not None:
        # Positions before pictures: the other way round torch's attention copies its weights for every position, which
        # takes most of the time. With the gradient, ViT-B/32 is 1.3 times as fast in float32, 4.7 times in bfloat16.
        for module in (transformer, *(block.attn for block in transformer.resblocks)):
            module.batch_first = False
    return network


def build_tokenizer(config: Config, folder: Path) -> SimpleTokenizer:
    """The tokenizer whose merges file the configuration names; raises ModelMissing or ModelDamaged."""
    merges = folder / config["tokenizer"]["file"]
    check_file(merges, config["tokenizer"]["sha256"])
    return SimpleTokenizer(str(merges), context_length=config["text_cfg"]["context_length"])


class Clip(nn.Module):
    """Pictures and texts as unit vectors of one space."""

    def __init__(self, network: CLIP, tokenizer: SimpleTokenizer, config: Config) -> None:
        super().__init__()
        self.network = network
        self.image_size: int = config["vision_cfg"]["image_size"]
        self._tokenizer = tokenizer
        self._texts: OrderedDict[tuple[str, ...], Tensor] | None = None
        self._presence: tuple[float, float] = (config["presence"]["scale"], config["presence"]["offset"])
        self.floor: float = config["presence"]["floor"]
        self.register_buffer("_mean", torch.tensor(config["mean"]).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("_std", torch.tensor(config["std"]).view(1, 3, 1, 1), persistent=False)

    @classmethod
    def load(cls, stored: Stored, folder: Path) -> Clip:
        """The matcher of stored weights; raises ModelMissing or ModelDamaged."""
        with torch.device("meta"):
            network = build_clip(stored.config)
        length = stored.config["text_cfg"]["context_length"]
        network.attn_mask = torch.full((length, length), -math.inf).triu(1)  # not among the weights
        fill(network, stored.tensors, "clip.safetensors")
        return cls(network.eval(), build_tokenizer(stored.config, folder), stored.config)

    @property
    def logit_scale(self) -> float:
        """The factor on cosines in the softmax over candidates (CLIP's learnt temperature, inverted)."""
        return float(self.network.logit_scale.detach().exp())

    def encode_image(self, image: Tensor) -> Tensor:
        """Unit vectors (n, d) of pictures (n, 3, s, s) in [0, 1], s = `image_size`; differentiable."""
        mean, std = cast(Tensor, self._mean), cast(Tensor, self._std)
        normal = ((image - mean.float()) / std.float()).to(mean.dtype)
        return cast(Tensor, self.network.encode_image(normal, normalize=True)).float()

    def encode_text(self, texts: list[str]) -> Tensor:
        """Unit vectors (n, d) of texts; a text longer than the context is cut."""
        known = self._texts.pop(tuple(texts), None) if self._texts is not None else None
        if known is None:
            tokens = self._tokenizer(texts).to(self.network.logit_scale.device)
            known = cast(Tensor, self.network.encode_text(tokens, normalize=True)).float()
        if self._texts is not None:
            self._texts[tuple(texts)] = known
            while len(self._texts) > _MOST_TEXTS:
                self._texts.popitem(last=False)
        return known

    def reads(self, text: str) -> bool:
        """Whether it takes in the whole `text`, and in larger pieces than letters: what is spelled, it never learnt."""
        count = len(self._tokenizer.encode(text))
        characters = sum(not character.isspace() for character in text)
        # Every text has a token at its start and one at its end.
        return count + 2 <= (self._tokenizer.context_length or 0) and characters >= _LEAST_READ * count

    def remember_texts(self) -> None:
        """From now on, keep the vectors of the last texts: for weights that change no more."""
        self._texts = OrderedDict()

    def presence(self, cosine: Tensor) -> Tensor:
        """The calibrated probability, 0 to 1, that a text names what a picture of the given cosine shows; in the shape
        of `cosine`.
        """
        scale, offset = self._presence
        return torch.sigmoid(scale * cosine + offset)
