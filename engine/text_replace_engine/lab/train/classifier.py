"""Trains the judge of edits: crops of names against everything that only looks like a success.

Part of every batch are pictures that its own gradient has pushed away from "nothing" (Goodfellow et al. 2015,
"Explaining and Harnessing Adversarial Examples"), a little further each time they come up; and paintings, some of which
show what they are called by, so that a painter's texture is no sign of failure.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine import devices
from text_replace_engine.lab.classifier import JUDGE, ClassifierNetwork, build_classifier
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.failures import OfflinePainter, failed_paintings, repainted_crops
from text_replace_engine.lab.train.impostors import judged_crops
from text_replace_engine.lab.train.loop import TrainingTask, load_committed
from text_replace_engine.lab.train.pool import Pool
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.models.networks.detail import Detail
from text_replace_engine.models.store import Config, read_role, write_role

SIZE, BATCH, FAILED, REPAINTED, PUSHED = 64, 32, 5, 7, 6
#: Added to the seed, so that no crop is one that the starter models were trained on.
SEED_OFFSET = 900_000
FAILURES = 960
REPAINTED_PER_NAME = 30
_BUFFER = 128
#: Root mean square of one push, and the share of pushed pictures that start anew.
_PUSH = 0.02
_RENEWED = 0.12


def fresh_config(names: tuple[str, ...]) -> Config:
    """The architecture."""
    return {"names": list(names), "size": SIZE, "widths": [32, 40, 64, 80, 112, 144, 192, 224]}


class ClassifierTask(TrainingTask):
    """See the module."""

    name = "classifier"
    steps = 5000
    rates = (2e-3, 2e-5)
    ema_decay = 0.995
    weight_decay = 0.05
    home = JUDGE

    def __init__(self, art: Art, cache: Path, seed: int) -> None:
        self._config, self._nothing = fresh_config(art.names), len(art.names)
        self._failures, self._repainted, self._shown = _paintings(art, cache / self.name, SEED_OFFSET + seed)
        self._pool = Pool(judged_crops(art, SIZE), 1500, 3, SEED_OFFSET + seed)

    def network(self) -> nn.Module:
        """The network, with the committed weights where they fit, and its pushed pictures."""
        network = build_classifier(self._config)
        load_committed(network, JUDGE, self.name, self._config)
        return _WithPushed(network.to(memory_format=torch.channels_last))

    def loss(self, network: nn.Module, step: int, progress: float) -> Tensor:
        """Cross entropy of one batch: crops, paintings good and bad, and pictures pushed by this loss's gradient."""
        assert isinstance(network, _WithPushed)
        device = devices.best()
        pictures, labels = self._pool.batch(step, BATCH)
        crops = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
        failed = self._failures[torch.randint(0, len(self._failures), (FAILED,))].float() / 255
        chosen = torch.randint(0, len(self._repainted), (REPAINTED,))
        images = torch.cat([crops, self._repainted[chosen].float() / 255, failed])
        images = torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.flip(3), images).to(device)
        nothing = torch.full((FAILED + PUSHED,), self._nothing)
        label = torch.cat([torch.from_numpy(labels), self._shown[chosen], nothing]).to(device)
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
        """Crops of the pool above repainted, failed and pushed pictures."""
        assert isinstance(network, _WithPushed)
        crops = torch.from_numpy(self._pool.batch(0, 24)[0]).permute(0, 3, 1, 2).float() / 255
        painted = torch.cat([self._repainted[:24], self._failures[:24]]).float() / 255
        pictures = torch.cat([crops, painted, network.pushed[:12].cpu()])
        rows = [torch.cat(list(pictures[k : k + 12]), 2) for k in range(0, 84, 12)]
        return Image.fromarray((torch.cat(rows, 1) * 255).byte().permute(1, 2, 0).numpy())

    def export(self, network: nn.Module, folder: Path) -> None:
        """Write the weights beside the evaluation, apart from the starter models."""
        assert isinstance(network, _WithPushed)
        write_role(folder, self.name, self._config, network.network.state_dict())


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


def _paintings(art: Art, folder: Path, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Failed paintings, repainted crops and their names' indices, kept in a file because they take minutes."""
    path = folder / "paintings.npz"
    if not path.exists():
        clip, denoiser = Clip.load(read_role(STARTER, "clip"), STARTER), Denoiser.load(read_role(STARTER, "denoiser"))
        detail = Detail.load(read_role(STARTER, "detail"))
        painter = OfflinePainter(clip.requires_grad_(False), denoiser.requires_grad_(False), detail, art)
        failed = failed_paintings(painter, FAILURES, SIZE, seed)
        repainted, shown = repainted_crops(painter, REPAINTED_PER_NAME, SIZE, seed)
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, failed=failed.numpy(), repainted=repainted.numpy(), shown=shown.numpy())
    with np.load(path) as kept:
        return torch.from_numpy(kept["failed"]), torch.from_numpy(kept["repainted"]), torch.from_numpy(kept["shown"])
