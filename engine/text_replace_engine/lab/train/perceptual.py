"""Trains LPIPS' backbone as a classifier of crops, so that its features know this art; the distance heads are fixed.

Zhang et al. 2018 find features of any trained classifier close to human judgement even with uniform heads ("baseline").
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import lpips
import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine import devices
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.crops import matcher_crops
from text_replace_engine.lab.train.loop import TrainingTask, autocast
from text_replace_engine.lab.train.pool import Pool
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.perceptual import Perceptual, build_perceptual
from text_replace_engine.models.store import Config, read_role, write_role

CONFIG: Config = {"net": "squeeze"}
BATCH, FEATURES = 64, 512


class PerceptualTask(TrainingTask):
    """See the module."""

    name = "perceptual"
    steps = 1500
    rates = (1e-3, 1e-5)
    ema_decay = 0.99

    def __init__(self, art: Art, seed: int) -> None:
        self._classes = len(art.names)
        self._pool = Pool(matcher_crops(art, 64), 8000, 6, seed)

    def network(self) -> nn.Module:
        """The backbone under a classifier's head; distance heads uniform and positive."""
        network = build_perceptual(CONFIG)
        if (STARTER / "perceptual.json").exists():
            network.load_state_dict(dict(read_role(STARTER, self.name).tensors))
        with torch.no_grad():
            for head in network.lins:
                head.model[-1].weight.fill_(1 / len(network.lins))
        network.lins.requires_grad_(False)
        return _Classifier(network, self._classes)

    def loss(self, network: nn.Module, step: int, progress: float) -> Tensor:
        """Cross entropy over the names and "nothing"."""
        pictures, labels, _ = self._pool.batch(step, BATCH)
        device = devices.best()
        image = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
        label = torch.from_numpy(labels).to(device) % (self._classes + 1)
        with autocast():
            found = network(image)
        return functional.cross_entropy(found.float(), label)

    @torch.no_grad()
    def sheet(self, network: nn.Module) -> Image.Image:
        """Crops ordered by their distance from the first."""
        assert isinstance(network, _Classifier)
        pictures = self._pool.batch(0, 48)[0]
        image = torch.from_numpy(pictures).permute(0, 3, 1, 2).float().to(devices.best()) / 127.5 - 1
        distance = Perceptual(network.perceptual).distance(image, image[:1].expand_as(image))
        ordered = pictures[distance.cpu().argsort().numpy()]
        return Image.fromarray(np.concatenate([np.concatenate(list(ordered[k : k + 12]), 1) for k in range(0, 48, 12)]))

    def export(self, network: nn.Module, folder: Path) -> None:
        """Write the weights."""
        assert isinstance(network, _Classifier)
        write_role(folder, self.name, CONFIG, network.perceptual.state_dict())


class _Classifier(nn.Module):
    def __init__(self, perceptual: lpips.LPIPS, classes: int) -> None:
        super().__init__()
        self.perceptual = perceptual
        self.head = nn.Linear(FEATURES, classes + 1)

    def forward(self, image: Tensor) -> Tensor:
        scaled = self.perceptual.scaling_layer(image)
        deepest = self.perceptual.net.forward(scaled)[-1]
        return cast(Tensor, self.head(deepest.mean((2, 3))))
