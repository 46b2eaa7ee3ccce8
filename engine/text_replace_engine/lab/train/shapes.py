"""Trains the shapes: textures that, drawn as large as the denoiser paints things, look like the art.

Their squared error in random poses (Thies et al. 2019, https://arxiv.org/abs/1904.12356, without the renderer).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from text_replace_engine import devices
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.composer.draws import Draws
from text_replace_engine.lab.train.composer.textures import Sprites, Textures
from text_replace_engine.lab.train.denoiser import SIZE
from text_replace_engine.lab.train.loop import TrainingTask, load_committed
from text_replace_engine.lab.train.paintings import VARIETY
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.shapes import drawn
from text_replace_engine.models.store import Config, read_role, write_role

SIDE = 48
#: The picture's share of a texture; the rest is transparent.
_FILLED = (SIDE - 2) / SIDE


class ShapesTask(TrainingTask):
    """See the module."""

    name = "shapes"
    steps = 1500
    rates = (2e-2, 5e-4)
    ema_decay = 0.99
    weight_decay = 0.0

    def __init__(self, art: Art, seed: int) -> None:
        self._names, self._seed = art.names, seed
        self._art = Textures(art, devices.best())

    @property
    def config(self) -> Config:
        """What is written beside the weights."""
        return {"names": list(self._names)}

    def network(self) -> nn.Module:
        """The textures, with the committed ones where they fit."""
        network = nn.Module()
        network.textures = nn.Parameter(torch.full((len(self._names), 4, SIDE, SIDE), 0.1))
        if not load_committed(network, STARTER, self.name, self.config):
            return network
        network.textures.data.div_(255)
        return network

    def compile(self, network: nn.Module) -> None:
        """There is nothing to compile."""

    def loss(self, network: nn.Module, step: int, progress: float) -> Tensor:
        """Of every shape in one pose."""
        assert isinstance(network.textures, Tensor)
        draws = Draws.seeded((self._seed, step), devices.best())
        count = len(self._names)
        longest = SIZE / draws.uniform(*VARIETY.zoom, count)
        sprites = Sprites(
            names=np.arange(count),
            longest=longest,
            angle=np.radians(VARIETY.angle).astype(np.float32) * draws.uniform(-1, 1, count),
            mirrored=draws.chance(0.5, count),
            x=SIZE / 2 + draws.uniform(-1, 1, count),
            y=SIZE / 2 + draws.uniform(-1, 1, count),
        )
        poses = framed(self._art.poses(sprites).to(devices.best()))
        return (drawn(network.textures, poses, (SIZE, SIZE)) - self._art.drawn(draws, sprites, SIZE)).square().mean()

    @torch.no_grad()
    def sheet(self, network: nn.Module) -> Image.Image:
        """All on white."""
        assert isinstance(network.textures, Tensor)
        pictures = (network.textures[:, :3] + 1 - network.textures[:, 3:]).clamp(0, 1)
        rows = [torch.cat(list(row), 2) for row in torch.split(pictures[: len(pictures) // 17 * 17], 17)]
        return Image.fromarray((torch.cat(rows, 1) * 255).byte().permute(1, 2, 0).cpu().numpy())

    def export(self, network: nn.Module, folder: Path) -> None:
        """Write the textures, in 8 bits."""
        assert isinstance(network.textures, Tensor)
        colours = torch.minimum(network.textures, network.textures[:, 3:].clamp(0, 1)).clamp(0, 1)
        write_role(folder, self.name, self.config, {"textures": (colours * 255).round().to(torch.uint8)})


def learnt_textures(names: tuple[str, ...]) -> Tensor:
    """The committed ones of these names, (n, 4, s, s) in [0, 1]."""
    stored = read_role(STARTER, ShapesTask.name)
    known = stored.config["names"]
    return stored.tensors["textures"][[known.index(name) for name in names]].float() / 255


def framed(poses: Tensor) -> Tensor:
    """Poses (n, 5) of textures, from those of the pictures in them."""
    x, y, side, *others = poses.unbind(1)
    return torch.stack([x, y, side / _FILLED, *others], 1)
