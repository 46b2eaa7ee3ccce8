"""What networks that are told a prompt learn from: text vectors of phrases for every name."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from text_replace_engine.lab.train.words import inside
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.store import read_role
from text_replace_engine.models.vocabulary import read_vocabulary


@torch.no_grad()
def embedded_phrases(names: tuple[str, ...], count: int, seed: int) -> Tensor:
    """The starter CLIP's vectors of `count` phrases for every name, the name itself first: (names, count, d).

    Raises ModelMissing or ModelDamaged.
    """
    clip = Clip.load(read_role(STARTER, "clip"), STARTER)
    vocabulary = read_vocabulary(STARTER / "vocabulary.json")
    rng = np.random.default_rng((seed, 3))
    return torch.stack(
        [clip.encode_text([name, *(inside(rng, vocabulary, name) for _ in range(count - 1))]) for name in names]
    )
