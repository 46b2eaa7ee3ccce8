"""Trains the judge of edits: crops of names against everything that only looks like a success.

Part of every batch are pictures that its own gradient has pushed away from "nothing" (Goodfellow et al. 2015,
"Explaining and Harnessing Adversarial Examples"), a little further each time they come up.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine.models.classifier import ClassifierNetwork, build_classifier
from text_replace_engine.models.clip import Clip
from text_replace_engine.models.denoiser import Denoiser
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.store import Config, read_role, write_role
from text_replace_engine.train.art import Art
from text_replace_engine.train.failures import failed_paintings
from text_replace_engine.train.impostors import judged_crops
from text_replace_engine.train.loop import Task, device_of_training
from text_replace_engine.train.pool import Pool

JUDGE = Path(__file__).parents[1] / "evaluate" / "judge"
SIZE, BATCH, FAILED, PUSHED = 64, 32, 4, 6
#: Added to the seed, so that no crop is one that the starter models were trained on.
SEED_OFFSET = 900_000
FAILURES = 640
_BUFFER = 128
#: Root mean square of one push, and the share of pushed pictures that start anew.
_PUSH = 0.02
_RENEWED = 0.12


def fresh_config(names: tuple[str, ...]) -> Config:
    """The architecture."""
    return {"names": list(names), "size": SIZE, "widths": [24, 32, 48, 64, 96, 128, 160, 160]}


class ClassifierTask(Task):
    """See the module."""

    name = "classifier"
    steps = 2500
    rates = (2e-3, 2e-5)
    ema_decay = 0.995
    weight_decay = 0.05

    def __init__(self, art: Art, cache: Path, seed: int) -> None:
        self._config, self._nothing = fresh_config(art.names), len(art.names)
        self._failures = _failures(art, cache / self.name / "failures.npy", SEED_OFFSET + seed)
        self._pool = Pool(judged_crops(art, SIZE), 1500, 3, SEED_OFFSET + seed)

    def network(self) -> nn.Module:
        """The network, with the committed weights where they fit, and its pushed pictures."""
        network = build_classifier(self._config)
        if (JUDGE / "classifier.json").exists():
            stored = read_role(JUDGE, self.name)
            if stored.config == self._config:
                network.load_state_dict(dict(stored.tensors))
        return _WithPushed(network.to(memory_format=torch.channels_last))

    def loss(self, network: nn.Module, step: int, progress: float) -> Tensor:
        """Cross entropy of one batch: crops, failed paintings, and pictures pushed by the gradient of this loss."""
        assert isinstance(network, _WithPushed)
        device = device_of_training()
        pictures, labels = self._pool.batch(step, BATCH)
        crops = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
        failed = self._failures[torch.randint(0, len(self._failures), (FAILED,))].float() / 255
        images = torch.cat([crops, failed])
        images = torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.flip(3), images).to(device)
        label = torch.cat([torch.from_numpy(labels), torch.full((FAILED + PUSHED,), self._nothing)]).to(device)
        places = torch.randperm(_BUFFER)[:PUSHED].to(device)
        network.renew(places, images[label[: len(images)] == self._nothing])
        pushed = network.pushed[places].requires_grad_()
        answers = network.network(torch.cat([images, pushed]))
        loss = functional.cross_entropy(answers, label)
        (gradient,) = torch.autograd.grad(loss, pushed, retain_graph=True)
        network.push(places, gradient)
        return loss

    @torch.no_grad()
    def sheet(self, network: nn.Module) -> Image.Image:
        """Crops of the pool above failed and pushed pictures."""
        assert isinstance(network, _WithPushed)
        crops = torch.from_numpy(self._pool.batch(0, 24)[0]).permute(0, 3, 1, 2).float() / 255
        pictures = torch.cat([crops, self._failures[:24].float() / 255, network.pushed[:12].cpu()])
        rows = [torch.cat(list(pictures[k : k + 12]), 2) for k in range(0, 60, 12)]
        return Image.fromarray((torch.cat(rows, 1) * 255).byte().permute(1, 2, 0).numpy())

    def export(self, network: nn.Module) -> None:
        """Write the weights beside the evaluation, apart from the starter models."""
        assert isinstance(network, _WithPushed)
        write_role(JUDGE, self.name, self._config, network.network.state_dict())


class _WithPushed(nn.Module):
    """The classifier with the pictures that its gradient pushes; part of its state, so that training is resumable."""

    pushed: Tensor

    def __init__(self, network: ClassifierNetwork) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("pushed", torch.rand(_BUFFER, 3, SIZE, SIZE))

    def renew(self, places: Tensor, fresh: Tensor) -> None:
        """Replace some of the pictures at `places` by `fresh` ones."""
        chosen = places[torch.rand(len(places)) < _RENEWED]
        if len(fresh):
            self.pushed[chosen] = fresh[torch.randint(0, len(fresh), (len(chosen),))]

    def push(self, places: Tensor, gradient: Tensor) -> None:
        """Move the pictures at `places` along `gradient`, half of them along its coarse part only."""
        coarse = functional.avg_pool2d(gradient, 5, 1, 2, count_include_pad=False)
        direction = torch.where(torch.rand(len(places), 1, 1, 1, device=gradient.device) < 0.5, coarse, gradient)
        size = direction.square().mean((1, 2, 3), keepdim=True).sqrt().clamp(min=1e-12)
        self.pushed[places] = (self.pushed[places] + _PUSH * direction / size).clamp(0, 1)


def _failures(art: Art, path: Path, seed: int) -> Tensor:
    """Failed paintings, kept in a file because they take minutes."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        clip, denoiser = Clip.load(read_role(STARTER, "clip"), STARTER), Denoiser.load(read_role(STARTER, "denoiser"))
        clip.requires_grad_(False)
        painted = failed_paintings(clip, denoiser.requires_grad_(False), art, FAILURES, SIZE, seed)
        np.save(path, painted.numpy())
    return torch.from_numpy(np.load(path))
