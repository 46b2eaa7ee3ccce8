"""Trains the denoiser: x0-prediction from a prompt, then also from the surroundings of the region to paint.

Loss (x̂0 − x0)² / max(σ, 0.2)², more in brightness and in what differs from pixel to pixel, less where an edit keeps
the original, and LPIPS (Zhang et al. 2018), for shapes that one would recognise where the squared error alone wants a
blur; prompts dropped a fifth of the time (Ho & Salimans 2022, "Classifier-Free Diffusion Guidance"). The surroundings
come in when the network already knows the objects: its weights for them start at zero.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DModel
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from text_replace_engine import devices
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.composer.crops import Composer, Recipe
from text_replace_engine.lab.train.loop import MORE, TrainingTask, autocast, load_committed
from text_replace_engine.lab.train.paintings import VARIETY, Places, painting
from text_replace_engine.lab.train.prompts import embedded_phrases
from text_replace_engine.lab.train.stream import Fields, Stream
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.denoiser import STEPS, Denoiser, build_denoiser, cosine_schedule
from text_replace_engine.models.networks.perceptual import Perceptual
from text_replace_engine.models.store import Config, read_role, write_role
from text_replace_engine.tensors import luma

SIZE, STEM, BATCH = 64, 4, 32 * MORE
#: Crops composed at once, in a step, to begin with, and kept.
CHUNK, FRESH, FIRST, STORED = (16, 4, 512, 10_000) if MORE == 1 else (1024, 1024, 8192, 32_768)
COMPOSED = 128  # crops and regions are composed at this size and averaged down
PHRASES = 24
SHEET_STEPS = 25
#: A fifth is grey: grey pictures fail oftener than their share of an edit's scenes.
RECIPE = Recipe(COMPOSED, VARIETY, grey=0.2, jpeg=0.0, piece=VARIETY, pieces=0.0)
LEAST_SIGMA = 0.2
#: Half of the timesteps, in which it is decided what shape an object takes, are drawn twice as often as the others.
DECIDING = (300, 800)
DIFFERENCES = 0.25  # weight of the error of differences: outlines
PERCEPTUAL, PERCEIVED = 0.3, BATCH // 4  # weight of LPIPS, and samples of a batch that it sees: it takes time
#: Of trained weights: the core's share of the rate.
CORE = 0.125 if MORE == 1 else 0.5
LUMA = 2.0  # further weight of brightness: in it the eye sees detail, and it is all that grey pictures keep
OUTSIDE = 0.15  # weight of what lies outside the region and is shown: an edit keeps the original there
SURROUNDINGS_FROM = 0.25  # of the training
SHOWN = ("apple", "orange", "football", "cat", "dog", "truck", "camper van", "banana", "boy", "girl", "rose", "pizza")

# On processors the fused attention's backward pass is slower than plain matrix products for so few tokens.
_ATTENTION = [SDPBackend.MATH] if devices.best().type == "cpu" else [SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]

CONFIG: Config = {
    "size": SIZE,
    "stem": STEM,
    "prediction_type": "sample",
    "takes_text": True,
    "sees_surroundings": True,
    "text_dim": 256,
    "fine_width": 48,
    "unet": {
        "sample_size": SIZE // STEM,
        "in_channels": 7 * STEM * STEM,
        "out_channels": 3 * STEM * STEM,
        "block_out_channels": [64, 128, 192],
        "layers_per_block": 1,
        "down_block_types": ["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"],
        "up_block_types": ["AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"],
        "class_embed_type": "identity",
        "norm_num_groups": 16,
        "attention_head_dim": 32,
    },
}


class DenoiserTask(TrainingTask):
    """See the module."""

    name = "denoiser"
    steps = 50_000
    rates = (8e-4, 2e-5)
    ema_decay = 0.9993

    def __init__(self, art: Art, seed: int) -> None:
        self._network, self._trained = _committed()
        if self._trained:
            self.steps, self.rates, self.ema_decay = 8_000, (4e-4, 2e-5), 0.999
        self._perceptual = Perceptual.load(read_role(STARTER, "perceptual")).requires_grad_(False).to(devices.best())
        self._names = art.names
        self._schedule = cosine_schedule()
        self._prompts = embedded_phrases(art.names, PHRASES, seed).to(devices.best())
        composer = Composer(art, RECIPE, devices.best())

        def make(chunk: int) -> Fields:
            crops = composer.crops((seed, 0, chunk), CHUNK)
            pictures, regions = (
                functional.avg_pool2d(field.float(), COMPOSED // SIZE).round().to(torch.uint8)
                for field in (crops.pictures, crops.regions)
            )
            return pictures, regions, crops.labels

        self._crops = Stream(make, CHUNK, STORED, FIRST, FRESH, seed)

    def network(self) -> nn.Module:
        """See `_committed`."""
        return Denoiser(self._network, CONFIG)

    def groups(self, network: nn.Module) -> list[dict[str, Any]]:
        """Trained weights learn more slowly than a fresh finer level."""
        assert isinstance(network, Denoiser)
        fine = [weights for name, weights in network.named_parameters() if name.startswith("network.fine.")]
        core = [weights for name, weights in network.named_parameters() if not name.startswith("network.fine.")]
        return [{"params": fine, "share": 1.0}, {"params": core, "share": CORE if self._trained else 1.0}]

    def compile(self, network: nn.Module) -> None:
        """The U-Net."""
        assert isinstance(network, Denoiser)
        network.network.compile()

    def loss(self, network: nn.Module, step: int, progress: float) -> Tensor:
        """One batch, its timesteps spread evenly."""
        assert isinstance(network, Denoiser)
        device = devices.best()
        pictures, regions, labels = self._crops.batch(step, BATCH)
        mirrored = (torch.rand(BATCH, 1, 1, 1) < 0.5).to(device)
        pictures, regions = (torch.where(mirrored, field.flip(3), field) for field in (pictures, regions))
        clean, mask = pictures.float() / 127.5 - 1, regions.float() / 255
        text = self._prompts[labels, torch.randint(0, PHRASES, (BATCH,), device=device)]
        text = text * (torch.rand(BATCH, 1, device=device) >= 0.2)
        t = _timesteps(BATCH)
        alpha_bar = self._schedule[t].float().view(-1, 1, 1, 1).to(device)
        noisy = alpha_bar.sqrt() * clean + (1 - alpha_bar).sqrt() * torch.randn(clean.shape, device=device)
        weight = 1 / (1 - alpha_bar).clamp(min=LEAST_SIGMA**2)
        if progress < SURROUNDINGS_FROM and not self._trained:
            surroundings, region = None, None
            kept, importance = torch.zeros_like(mask), torch.ones_like(mask)
        else:
            seen = (torch.rand(BATCH, 1, 1, 1) >= 0.15).float().to(device)
            # Zero in both inputs is "unknown", which is what Denoiser gives a request without surroundings.
            surroundings, region = clean * seen, mask * seen
            near = functional.max_pool2d(mask, 3, 1, 1)
            kept, importance = seen * (1 - mask), 1 - (1 - OUTSIDE) * seen * (1 - near)
        with autocast(), sdpa_kernel(_ATTENTION):
            estimate = network.denoised(noisy, t.to(device), text, surroundings, region)
        error = estimate.float() - clean
        squared = error**2 + LUMA * luma(error) ** 2 + DIFFERENCES * _of_differences(error)
        some = slice(0, PERCEIVED)
        with autocast():
            distance = self._perceptual.distance((clean + error * (1 - kept))[some], clean[some])
        # From much noise the mean of all that may be there is wanted, whatever it looks like.
        perceived = (alpha_bar[some].flatten() * distance.float()).mean()
        return (importance * weight * squared).mean() + PERCEPTUAL * perceived

    @torch.no_grad()
    def sheet(self, network: nn.Module) -> Image.Image:
        """Twelve prompts from pure noise, twice, and painted into regions of composed crops (before, then after)."""
        assert isinstance(network, Denoiser)
        device = devices.best()
        generator = torch.Generator().manual_seed(7)
        text = torch.stack([self._prompts[self._names.index(name), 0] for name in SHOWN]).to(device)
        pictures, regions, _ = self._crops.batch(0, len(SHOWN))
        around = pictures.float() / 127.5 - 1
        where = Places(around, regions.float() / 255)

        def painted(where: Places | None) -> Tensor:
            noise = torch.randn(around.shape, generator=generator).to(device)
            *_, picture = painting(network, text, where, noise, SHEET_STEPS)
            return picture

        rows = [painted(None), painted(None), around * (1 - where.mask), painted(where)]
        grid = torch.cat([torch.cat(list(row), 2) for row in rows], 1)
        picture = Image.fromarray(((grid.clamp(-1, 1) + 1) * 127.5).byte().permute(1, 2, 0).cpu().numpy())
        return picture.resize((picture.width * 3, picture.height * 3), Image.Resampling.NEAREST)

    def export(self, network: nn.Module, folder: Path) -> None:
        """Write the weights."""
        assert isinstance(network, Denoiser)
        write_role(folder, self.name, CONFIG, network.network.state_dict())


def _committed() -> tuple[UNet2DModel, bool]:
    """The network, and whether it has the committed weights, which it has where they fit. Of fresh weights those for
    the surroundings are zero.
    """
    network = build_denoiser(CONFIG)
    if load_committed(network, STARTER, DenoiserTask.name, CONFIG):
        return network, True
    with torch.no_grad():
        network.conv_in.weight[:, 3 * STEM * STEM :].zero_()
    return network, False


def _timesteps(count: int) -> Tensor:
    """Timesteps (count,), one from each of as many equally probable ranges, in random order."""
    low, high = DECIDING
    probability = np.cumsum([0, low, 2 * (high - low), STEPS - high]) / (STEPS + high - low)
    drawn = (torch.randperm(count) + torch.rand(count)) / count
    steps = np.interp(drawn.double().numpy(), probability, [0, low, high, STEPS])
    return torch.from_numpy(steps).long().clamp(max=STEPS - 1)


def _of_differences(error: Tensor) -> Tensor:
    """Squared differences from the pixels to the left and above, at the edges zero; as `error`."""
    padded = functional.pad(error, (1, 0, 1, 0), mode="replicate")
    return (error - padded[..., 1:, :-1]) ** 2 + (error - padded[..., :-1, 1:]) ** 2
