"""Trains the matcher: phrases against crops, with phrases that name nothing and crops that show nothing.

Loss: softmax over the texts of a batch (CLIP) plus a sigmoid for every pair (Zhai et al. 2023, "Sigmoid Loss for
Language Image Pre-Training"), which gives an absolute score.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from open_clip.model import CLIP
from open_clip.tokenizer import SimpleTokenizer
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine import devices
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.bpe import learn_merges, write_merges
from text_replace_engine.lab.train.crops import NOTHING, matcher_crops
from text_replace_engine.lab.train.loop import TrainingTask, autocast
from text_replace_engine.lab.train.pool import Pool
from text_replace_engine.lab.train.words import inside, outside, outside_words
from text_replace_engine.models.files import STARTER, read_json, write_whole
from text_replace_engine.models.networks.clip import build_clip
from text_replace_engine.models.store import Config, read_role, write_role
from text_replace_engine.models.vocabulary import read_vocabulary

MERGES = 700
MERGES_FILE = "bpe.txt.gz"
BATCH, OUTSIDE = 128, 60


def fresh_config(vocabulary_size: int, tokenizer_sha256: str) -> Config:
    """The architecture: a small ModifiedResNet over 64x64 and a two-layer text transformer."""
    return {
        "embed_dim": 256,
        "vision_cfg": {"layers": [1, 1, 1, 1], "width": 24, "head_width": 64, "image_size": 64},
        "text_cfg": {"context_length": 20, "vocab_size": vocabulary_size, "width": 128, "heads": 4, "layers": 2},
        "tokenizer": {"file": MERGES_FILE, "sha256": tokenizer_sha256},
        "mean": [0.5, 0.5, 0.5],
        "std": [0.25, 0.25, 0.25],
        "presence": {"scale": 20.0, "offset": -10.0, "floor": 0.5},
    }


class ClipTask(TrainingTask):
    """See the module."""

    name = "clip"
    steps = 2500
    rates = (2e-3, 2e-5)
    ema_decay = 0.99
    weight_decay = 0.05

    def __init__(self, art: Art, cache: Path, seed: int) -> None:
        self._vocabulary = read_vocabulary(STARTER / "vocabulary.json")
        self._names = art.names
        self._outside = outside_words(art.words, measuring=False)
        self._seed = seed
        merges = cache / self.name / MERGES_FILE
        if not merges.exists():
            merges.parent.mkdir(parents=True, exist_ok=True)
            write_merges(learn_merges(self._word_counts(), MERGES), merges)
        self._merges = merges
        self._tokenizer = SimpleTokenizer(str(merges), context_length=20)
        self._config = fresh_config(self._tokenizer.vocab_size, hashlib.sha256(merges.read_bytes()).hexdigest())
        self._pool = Pool(matcher_crops(art, 64), 16_000, 8, seed)

    def network(self) -> nn.Module:
        """The network with a learnt bias for the sigmoid loss.

        Committed weights keep their text tower as it is, because the denoiser was trained on its vectors.
        """
        network = build_clip(self._config)
        if (STARTER / "clip.json").exists():
            stored = read_role(STARTER, "clip")
            if stored.config["tokenizer"] == self._config["tokenizer"]:
                network.load_state_dict(dict(stored.tensors))
                network.lock_text_tower()
        return _WithBias(network)

    def loss(self, network: nn.Module, step: int, progress: float) -> Tensor:
        """Softmax and sigmoid losses of one batch of crops against phrases for every name and outside phrases."""
        assert isinstance(network, _WithBias)
        device = devices.best()
        rng = np.random.default_rng((self._seed, 2, step))
        pictures, labels, clear = self._pool.batch(step, BATCH)
        texts = [inside(rng, self._vocabulary, name) for name in self._names]
        texts += [outside(rng, self._outside) for _ in range(OUTSIDE)]
        image = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float() / 255
        label = torch.from_numpy(labels).to(device)
        with autocast():
            seen = network.clip.encode_image((image - 0.5) / 0.25, normalize=True)
            said = network.clip.encode_text(self._tokenizer(texts).to(device), normalize=True)
        cosine = seen.float() @ said.float().T
        shown = label != NOTHING
        softmax = functional.cross_entropy(cosine[shown] * network.clip.logit_scale.exp().clamp(max=60), label[shown])
        target = functional.one_hot(label.clamp(min=0), len(texts)).float() * shown[:, None]
        weight = torch.from_numpy(clear).to(device).float()[:, None] * (1 + 10 * target)
        pairs = functional.binary_cross_entropy_with_logits(
            cosine * network.scale.exp() + network.bias, target, weight, reduction="sum"
        )
        return softmax + pairs / BATCH

    def sheet(self, network: nn.Module) -> Image.Image:
        """The first crops of the pool, as the network sees them."""
        pictures = self._pool.batch(0, 48)[0]
        rows = [np.concatenate(list(pictures[k : k + 12]), axis=1) for k in range(0, 48, 12)]
        return Image.fromarray(np.concatenate(rows))

    def export(self, network: nn.Module, folder: Path) -> None:
        """Write weights and merges; the calibration is kept until it is fitted again."""
        assert isinstance(network, _WithBias)
        write_whole(folder / MERGES_FILE, self._merges.read_bytes())
        description = folder / "clip.json"
        presence = (read_json(description)["config"] if description.exists() else self._config)["presence"]
        write_role(folder, self.name, {**self._config, "presence": presence}, network.clip.state_dict())

    def _word_counts(self) -> Counter[str]:
        rng = np.random.default_rng(self._seed)
        counts: Counter[str] = Counter()
        for name in self._names:
            for _ in range(40):
                counts.update(_words(inside(rng, self._vocabulary, name)))
        for _ in range(4000):
            counts.update(_words(outside(rng, self._outside)))
        return counts


def _words(text: str) -> list[str]:
    return [word for word in text.split() if word.isascii() and word.isalpha()]


class _WithBias(nn.Module):
    """The matcher with the scale and bias of its sigmoid loss."""

    def __init__(self, network: CLIP) -> None:
        super().__init__()
        self.clip = network
        self.scale = nn.Parameter(torch.tensor(2.5))
        self.bias = nn.Parameter(torch.tensor(-8.0))
