"""Fits the matcher's presence score on training seeds: a logistic regression on the cosine, and the floor."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from text_replace_engine.models.clip import Clip
from text_replace_engine.models.vocabulary import Vocabulary
from text_replace_engine.train.crops import NOTHING
from text_replace_engine.train.pool import Pool
from text_replace_engine.train.words import inside, outside


@torch.no_grad()
def fit_presence(
    clip: Clip, pool: Pool, names: tuple[str, ...], vocabulary: Vocabulary, words: tuple[str, ...]
) -> dict[str, float]:
    """Scale, offset and floor: sigmoid(scale * cosine + offset) >= floor means "this text names this crop"."""
    was_training = clip.training
    clip.eval()
    rng = np.random.default_rng(0)
    pictures, labels, clear = pool.batch(0, 1500)
    image = torch.from_numpy(pictures[clear]).permute(0, 3, 1, 2).float() / 255
    label = torch.from_numpy(labels[clear])
    device = next(clip.parameters()).device
    seen = torch.cat([clip.encode_image(part.to(device)) for part in torch.split(image, 250)]).cpu()
    texts = [inside(rng, vocabulary, name) for name in names] + [outside(rng, words) for _ in range(len(names))]
    cosine = seen @ clip.encode_text(texts).cpu().T
    target = functional.one_hot(label.clamp(min=0), len(texts)).bool() & (label != NOTHING)[:, None]
    clip.train(was_training)
    present, absent = cosine[target], cosine[~target]
    with torch.enable_grad():
        line = torch.tensor([2.0, -5.0], requires_grad=True)
        optimizer = torch.optim.LBFGS([line], max_iter=100)

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            scale, offset = line[0] * 10, line[1]
            loss = functional.softplus(-(scale * present + offset)).mean()
            loss = loss + functional.softplus(scale * absent + offset).mean()
            loss.backward()  # type: ignore[no-untyped-call]
            return loss

        optimizer.step(closure)  # type: ignore[no-untyped-call]
    scale, offset = float(line[0].detach()) * 10, float(line[1].detach())
    return {"scale": scale, "offset": offset, "floor": _floor(torch.sigmoid(scale * present + offset))}


def _floor(present: torch.Tensor) -> float:
    """The presence that 98 % of the shown objects reach, within 0.2 to 0.8."""
    return float(torch.quantile(present, 0.02).clamp(0.2, 0.8))
