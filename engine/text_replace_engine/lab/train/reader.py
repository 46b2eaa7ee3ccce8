"""Trains the second judge: real crops after fair wear against pictures that show nothing. Never a painting.

At the end its probabilities are fitted on crops that it has not seen, at several blurs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine import devices
from text_replace_engine.lab.classifier import JUDGE
from text_replace_engine.lab.reader import Reader, ReaderNetwork, build_reader, fitted_temperature
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.impostors import judged_crops
from text_replace_engine.lab.train.loop import MORE, TrainingTask, autocast, load_committed
from text_replace_engine.lab.train.pool import Pool
from text_replace_engine.models.store import Config, write_role
from text_replace_engine.tensors import blur

SIZE, BATCH = 128, 32 * min(MORE, 8)
FRESH = 3 if MORE == 1 else 60
#: Added to the seed, so that no crop is one that the starter models were trained on, or the first judge.
SEED_OFFSET = 1_800_000
BLURS = (0.0, 1.0, 2.0, 3.0)  # standard deviations in pixels
_FITTED = 512  # crops for each blur


class ReaderTask(TrainingTask):
    """See the module."""

    name = "reader"
    steps = 6000
    rates = (2e-3, 2e-5)
    ema_decay = 0.995
    weight_decay = 0.05
    home = JUDGE

    def __init__(self, art: Art, seed: int) -> None:
        self._config: Config = {"names": list(art.names), "size": SIZE, "widths": [32, 64, 96, 160], "temperature": 1.0}
        self._art, self._seed = art, SEED_OFFSET + seed
        self._pool = Pool(judged_crops(art, SIZE), 1500, FRESH, self._seed)

    def network(self) -> nn.Module:
        """The network, with the committed weights where they fit."""
        network = build_reader(self._config)
        load_committed(network, JUDGE, self.name, self._config)
        return network

    def loss(self, network: nn.Module, step: int, progress: float) -> Tensor:
        """Cross entropy over the names and "nothing", of crops a third of which are blurred."""
        pictures, labels = self._pool.batch(step, BATCH)
        images, answers = _tensor(pictures), torch.from_numpy(labels).to(devices.best())
        soft = blur(images, float(torch.rand(()) * BLURS[-1] + 0.1))
        images = torch.where((torch.rand(BATCH, 1, 1, 1) < 1 / 3).to(images.device), soft, images)
        with autocast():
            found = network(images)
        return functional.cross_entropy(found.float(), answers, label_smoothing=0.05)

    @torch.no_grad()
    def sheet(self, network: nn.Module) -> Image.Image:
        """Crops of the pool, ordered by how sure the network is that they show nothing."""
        pictures = self._pool.batch(0, 48)[0]
        ordered = pictures[network(_tensor(pictures)).softmax(1)[:, -1].argsort().cpu().numpy()]
        return Image.fromarray(np.concatenate([np.concatenate(list(ordered[k : k + 12]), 1) for k in range(0, 48, 12)]))

    @torch.no_grad()
    def export(self, network: nn.Module, folder: Path) -> None:
        """Write the weights beside the evaluation, with the temperature that fits."""
        assert isinstance(network, ReaderNetwork)
        compose = judged_crops(self._art, SIZE)
        samples = [compose(np.random.default_rng((self._seed, 7, index))) for index in range(_FITTED)]
        images = _tensor(np.stack([sample[0] for sample in samples]))
        labels = torch.tensor([int(sample[1]) for sample in samples])
        logits = [network(part).cpu() for sigma in BLURS for part in torch.split(blurred(images, sigma), 64)]
        temperature = fitted_temperature(torch.cat(logits).float(), labels.repeat(len(BLURS)))
        write_role(folder, self.name, {**self._config, "temperature": temperature}, network.state_dict())


def blurred(pictures: Tensor, sigma: float) -> Tensor:
    """Pictures (n, 3, s, s), with a Gaussian of `sigma` pixels over them; 0: as they are."""
    return blur(pictures, sigma) if sigma else pictures


def reliability(reader: Reader, pictures: Tensor, labels: Tensor, bins: int = 10) -> list[tuple[float, float, int]]:
    """Of crops (n, 3, size, size) in [0, 1], by how sure the reader is of its answer: its mean probability there, the
    share that is right, and how many they are (DeGroot & Fienberg 1983); empty bins are left out.
    """
    with torch.inference_mode():
        sure, answers = torch.cat([reader.probabilities(part) for part in torch.split(pictures, 64)]).max(1)
    right = (answers == labels).float()
    places = (sure * bins).long().clamp(max=bins - 1)
    return [
        (float(sure[there].mean()), float(right[there].mean()), int(there.sum()))
        for number in range(bins)
        if (there := places == number).any()
    ]


def _tensor(pictures: np.ndarray) -> Tensor:
    return torch.from_numpy(pictures).to(devices.best()).permute(0, 3, 1, 2).float() / 255
