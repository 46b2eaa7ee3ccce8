"""Trains the upscaler: crops made small, blurred and a little noisy, half of them through the denoiser, and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine import devices
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.loop import MORE, TrainingTask, autocast, load_committed
from text_replace_engine.lab.train.pool import Pool, TrainingSample
from text_replace_engine.lab.train.scenes import compose_crop
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.models.networks.upscaler import UpscalerNetwork, build_upscaler
from text_replace_engine.models.store import Config, read_role, write_role
from text_replace_engine.tensors import signed, unsigned

CONFIG: Config = {"factor": 4, "channels": 48, "blocks": 8}
SMALL, BATCH = 64, 4 * MORE
NOISED_TO = 350  # timesteps of the denoiser's schedule: what its last estimates look like


class UpscalerTask(TrainingTask):
    """See the module."""

    name = "upscaler"
    steps = 2500
    rates = (1e-3, 1e-5)
    ema_decay = 0.998
    weight_decay = 0.0

    def __init__(self, art: Art, seed: int) -> None:
        size = SMALL * CONFIG["factor"]

        def compose(rng: np.random.Generator) -> TrainingSample:
            picture, _ = compose_crop(rng, art, str(rng.choice(art.names)), size, grey=rng.random() < 0.06)
            return (picture,)

        self._pool = Pool(compose, 1200, MORE, seed)
        self._denoiser = Denoiser.load(read_role(STARTER, "denoiser")).requires_grad_(False).to(devices.best())

    def network(self) -> nn.Module:
        """The network, with the committed weights where they fit."""
        network = build_upscaler(CONFIG)
        load_committed(network, STARTER, self.name, CONFIG)
        return network

    def loss(self, network: nn.Module, step: int, progress: float) -> Tensor:
        """Mean absolute error of pixels and of their differences, which keeps edges."""
        large = self._large(step, BATCH)
        with torch.no_grad():
            small = self._degraded(large)
        with autocast():
            drawn = network(small)
        drawn = drawn.float()
        edges = sum((drawn.diff(dim=axis) - large.diff(dim=axis)).abs().mean() for axis in (2, 3))
        error: Tensor = (drawn - large).abs().mean() + 0.5 * edges
        return error

    @torch.no_grad()
    def sheet(self, network: nn.Module) -> Image.Image:
        """Bicubic above, the network below."""
        large = self._large(0, 8)
        small = self._degraded(large)
        bicubic = functional.interpolate(small, scale_factor=CONFIG["factor"], mode="bicubic")
        grid = torch.cat(
            [torch.cat(list(row), 2) for row in (bicubic[:4], network(small)[:4], bicubic[4:], network(small)[4:])], 1
        )
        return Image.fromarray((grid.clamp(0, 1) * 255).byte().permute(1, 2, 0).cpu().numpy())

    def export(self, network: nn.Module, folder: Path) -> None:
        """Write the weights."""
        assert isinstance(network, UpscalerNetwork)
        write_role(folder, self.name, CONFIG, network.state_dict())

    def _large(self, step: int, count: int) -> Tensor:
        (pictures,) = self._pool.batch(step, count)
        device = devices.best()
        large = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float() / 255
        mirrored = (torch.rand(count, 1, 1, 1) < 0.5).to(device)
        return torch.where(mirrored, large.flip(3), large)

    def _degraded(self, large: Tensor) -> Tensor:
        small = functional.interpolate(large, scale_factor=1 / CONFIG["factor"], mode="bilinear", antialias=True)
        half = len(small) // 2
        x = signed(small[:half])
        t = torch.randint(0, NOISED_TO, (half,))
        alpha_bar = self._denoiser.alphas_cumprod[t].float().view(-1, 1, 1, 1).to(x.device)
        noisy = alpha_bar.sqrt() * x + (1 - alpha_bar).sqrt() * torch.randn(x.shape, device=x.device)
        seen = unsigned(self._denoiser.denoised(noisy, t.to(x.device), None, None, None))
        sigma = float(torch.rand(()) * 0.9 + 0.05)
        blurred = _blur(small[half:], sigma)
        return torch.cat([seen, blurred + 0.01 * torch.randn(blurred.shape, device=blurred.device)]).clamp(0, 1)


def _blur(image: Tensor, sigma: float) -> Tensor:
    reach = torch.arange(-2, 3, device=image.device, dtype=image.dtype)
    line = torch.exp(-(reach**2) / (2 * sigma**2))
    kernel = (line[:, None] * line[None] / line.sum() ** 2).expand(3, 1, 5, 5)
    return functional.conv2d(functional.pad(image, (2, 2, 2, 2), mode="replicate"), kernel, groups=3)
