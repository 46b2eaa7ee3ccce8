"""Fits the presence score on training seeds: what the choice's cosines say about "is it there", and the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from text_replace_engine.finding.match import scores
from text_replace_engine.finding.segment import segment
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.scenes import compose_scene
from text_replace_engine.lab.train.words import inside, outside, outside_words
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.segmenter import Segmenter
from text_replace_engine.models.store import read_role, write_role
from text_replace_engine.models.vocabulary import Vocabulary, read_vocabulary

SCENES = 160
ALARM = 0.4  # what a false alarm costs, where a missed object costs 1: at most 5 % and 2 % of them are allowed
_SEED_SPACE = 5  # keeps these scenes apart from the pools'


@dataclass(frozen=True)
class Evidence:
    """Best cosines of prompts whose object is in the scene, and of prompts whose object is not."""

    present: Tensor
    absent: Tensor


def recalibrate(art: Art, seed: int) -> None:
    """Measure with the committed segmenter and matcher, and write the fit into the matcher's configuration."""
    stored = read_role(STARTER, "clip")
    clip, segmenter = Clip.load(stored, STARTER), Segmenter.load(read_role(STARTER, "segmenter"))
    evidence = gather(clip, segmenter, art, read_vocabulary(STARTER / "vocabulary.json"), seed)
    write_role(STARTER, "clip", {**stored.config, "presence": fit_presence(evidence)}, stored.tensors)


def gather(clip: Clip, segmenter: Segmenter, art: Art, vocabulary: Vocabulary, seed: int) -> Evidence:
    """Best cosines over the segments of SCENES scenes: three prompts that are there, three vocabulary words and three
    outside words that are not."""
    words = outside_words(art.words, measuring=False)
    present, absent = [], []
    for index in range(SCENES):
        rng = np.random.default_rng((seed, _SEED_SPACE, index))
        width = int(rng.integers(200, 900))
        jpeg = int(rng.integers(50, 95)) if rng.random() < 0.3 else None
        scene = compose_scene(rng, art, size=(width, max(150, width * 3 // 4)), grey=rng.random() < 0.1, jpeg=jpeg)
        image = torch.from_numpy(scene.image.copy()).permute(2, 0, 1)[None].float() / 255
        segments = segment(image, segmenter)
        if not segments:
            continue
        here = [item.name for item in scene.objects]
        others = [str(name) for name in rng.choice([name for name in art.names if name not in here], 3, replace=False)]
        prompts = [inside(rng, vocabulary, name) for name in [*here, *others]] + [outside(rng, words) for _ in range(3)]
        best = scores(image, segments, prompts, clip).amax(0)
        present.append(best[: len(here)])
        absent.append(best[len(here) :])
    return Evidence(torch.cat(present), torch.cat(absent))


def fit_presence(evidence: Evidence) -> dict[str, float]:
    """Scale and offset of a logistic regression, and as the floor the presence at which the two errors cost least."""
    with torch.enable_grad():
        line = torch.tensor([2.0, -10.0], requires_grad=True)
        optimizer = torch.optim.LBFGS([line], max_iter=200)

        def closure() -> Tensor:
            optimizer.zero_grad()
            missed = functional.softplus(-(10 * line[0] * evidence.present + line[1])).mean()
            raised = functional.softplus(10 * line[0] * evidence.absent + line[1]).mean()
            loss: Tensor = missed + raised + 1e-4 * line.square().sum()
            loss.backward()  # type: ignore[no-untyped-call]
            return loss

        optimizer.step(closure)  # type: ignore[no-untyped-call]
    scale, offset = 10 * float(line[0].detach()), float(line[1].detach())
    return {"scale": scale, "offset": offset, "floor": float(torch.sigmoid(scale * _threshold(evidence) + offset))}


def _threshold(evidence: Evidence) -> Tensor:
    """The cosine between the classes where the errors cost least; the middle of the best ones where several are."""
    candidates = torch.linspace(-1, 1, 2001)
    missed = (evidence.present[:, None] < candidates).float().mean(0)
    alarms = (evidence.absent[:, None] >= candidates).float().mean(0)
    cost = missed + ALARM * alarms
    return candidates[cost <= cost.min() + 1e-6].mean()
