"""Trains the detail stage: what the denoiser makes of a crop, drawn again as the crop.

The object counts most: the ground around a known shape is the picture's own. First the absolute error of pixels and of
their differences, and how much detail there is; then also LPIPS (Zhang et al. 2018), and at last a discriminator of
patches, which wants outlines and grain where the absolute error alone is least with a blur.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine import devices
from text_replace_engine.lab.train.adversary import PatchDiscriminator, hinge, persuasion
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.composer.crops import Composer, Recipe
from text_replace_engine.lab.train.loop import MORE, TrainingTask, autocast, load_committed
from text_replace_engine.lab.train.paintings import VARIETY
from text_replace_engine.lab.train.pairs import Pairs, repainted, shaped, unpacked
from text_replace_engine.lab.train.prompts import embedded_phrases
from text_replace_engine.lab.train.scenes import Variety
from text_replace_engine.lab.train.shapes import learnt_textures
from text_replace_engine.lab.train.stream import Fields, Stream
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.models.networks.detail import Detail, build_detail
from text_replace_engine.models.networks.perceptual import Perceptual
from text_replace_engine.models.store import Config, read_role, write_role
from text_replace_engine.tensors import blur, resample

SIZE, BATCH = 256, 8 * MORE
#: Pairs made at once, in a step, to begin with, and kept: to make one takes as long as to learn from one.
CHUNK, FRESH, FIRST, STORED = (16, 1, 128, 1024) if MORE == 1 else (128, 128, 1024, 4096)
#: Of so many chunks one is painted; the others have the known shape in place of that.
PAINTED = 6
PHRASES = 12
RECIPE = Recipe(
    size=SIZE,
    whole=VARIETY,
    grey=0.15,
    jpeg=0.2,
    # What is drawn in tiles.
    piece=Variety(zoom=(0.65, 1.3), angle=12, shift=0.6, neighbours=0.2),
    pieces=0.35,
)
#: What is drawn in tiles is drawn as a whole first, so many times smaller.
WHOLE = (0.5, 0.625, 0.75)
OUTSIDE = 0.02  # weight of what is not shown
GROUND = 0.2  # and of the ground in the region, of which the edit shows the picture's own instead
_NEAR = 3.0  # pixels around an object that weigh as much as it
DIFFERENCES = 0.5  # weight of the error of differences
SMALL = 0.03  # errors below this, as of grain, which nobody can guess, count by their squares
#: Weight of how much detail there is, in so many octaves; in logarithms less than this is nothing, half an 8-bit step.
DETAILS, OCTAVES, _LEAST = 0.05, 3, 1 / 255
PERCEPTUAL_FROM, PERCEPTUAL = 0.2, 0.1
WINDOW = 128  # side of what LPIPS compares: it takes as long as the stage itself for the whole
ADVERSARIAL_FROM, ADVERSARIAL = 0.4, 0.05
_HEAD_START = 0.03  # of the training, in which the discriminator learns alone
_RISE = 0.1  # of the training, over which its weight comes to its full

CONFIG: Config = {
    "size": SIZE,
    "stem": 4,
    "widths": [64, 96, 128, 128],
    "told": 96,
    "text_dim": 256,
    "finish": [16, 32, 48],
}


class DetailTask(TrainingTask):
    """See the module."""

    name = "detail"
    steps = 60_000
    rates = (4e-4, 1e-5)
    # At first gradients grow from step to step, and a long memory of small ones makes steps three times as large: with
    # that and three times the rate, activations grew ten thousandfold and nothing was learnt.
    betas = (0.9, 0.99)
    ema_decay = 0.998

    def __init__(self, art: Art, seed: int) -> None:
        device = devices.best()
        self._prompts = embedded_phrases(art.names, PHRASES, seed).to(device)
        self._perceptual = Perceptual.load(read_role(STARTER, "perceptual")).requires_grad_(False).to(device)
        denoiser = Denoiser.load(read_role(STARTER, "denoiser")).requires_grad_(False).to(device)
        textures = learnt_textures(art.names).to(device)
        composer = Composer(art, RECIPE, device)

        def make(chunk: int) -> Fields:
            crops = composer.crops((seed, 0, chunk), CHUNK)
            own_seed = (seed << 32) + chunk
            if chunk % PAINTED == 0:
                return repainted(denoiser, textures, crops, self._prompts, own_seed)
            return shaped(denoiser.size, textures, crops, self._prompts, own_seed)

        self._pairs = Stream(make, CHUNK, STORED, FIRST, FRESH, seed)

    def network(self) -> nn.Module:
        """The stage, with the committed weights where they fit, and its discriminator."""
        network = build_detail(CONFIG)
        load_committed(network, STARTER, self.name, CONFIG)
        return _WithDiscriminator(Detail(network, CONFIG), PatchDiscriminator(32, CONFIG["text_dim"]))

    def compile(self, network: nn.Module) -> None:
        """The stage; the discriminator changes its weights as it is asked."""
        assert isinstance(network, _WithDiscriminator)
        network.detail.network.compile()

    def groups(self, network: nn.Module) -> list[dict[str, Any]]:
        """The discriminator learns more slowly."""
        assert isinstance(network, _WithDiscriminator)
        return [
            {"params": list(network.detail.parameters()), "share": 1.0},
            {"params": list(network.discriminator.parameters()), "share": 0.3},
        ]

    def loss(self, network: nn.Module, step: int, progress: float) -> Tensor:
        """One batch; the discriminator's own loss is added, of which the stage learns nothing."""
        assert isinstance(network, _WithDiscriminator)
        pairs = _mirrored(unpacked(self._pairs.batch(step, BATCH)))
        text = self._prompts[pairs.labels, pairs.phrases]
        text = text * (torch.rand(BATCH, 1) >= 0.1).to(text)
        seen = _seen(network.detail, pairs, text)
        with autocast():
            drawn = network.detail.draw(seen, pairs.pictures, pairs.regions, text)
        drawn = drawn.float()
        loss = _error(drawn, pairs) + DETAILS * _lacking(drawn, pairs)
        if progress < PERCEPTUAL_FROM:
            return loss
        # The ground is known when a shape is: what counts is how the object looks on it.
        pasted = drawn * pairs.objects + pairs.pictures * (1 - pairs.objects)
        y, x = torch.randint(0, SIZE - WINDOW + 1, (2,)).tolist()
        window = (..., slice(y, y + WINDOW), slice(x, x + WINDOW))
        with autocast():
            distance = self._perceptual.distance(pasted[window], pairs.pictures[window])
        loss = loss + PERCEPTUAL * distance.float().mean()
        if progress >= ADVERSARIAL_FROM - _HEAD_START:
            share = min(1.0, max(0.0, (progress - ADVERSARIAL_FROM) / _RISE))
            loss = loss + _contest(network.discriminator, pasted, pairs, text, ADVERSARIAL * share)
        return loss

    @torch.no_grad()
    def sheet(self, network: nn.Module) -> Image.Image:
        """Ten pairs: the painting enlarged, what the stage draws, and the crop."""
        assert isinstance(network, _WithDiscriminator)
        pairs = unpacked(self._pairs.batch(0, 20))
        text = self._prompts[pairs.labels, pairs.phrases]
        seen = _seen(network.detail, pairs, text)
        drawn = network.detail.draw(seen, pairs.pictures, pairs.regions, text)
        around = pairs.pictures * (1 - pairs.regions)
        rows = [seen * pairs.regions + around, drawn * pairs.regions + around, pairs.pictures]
        grid = torch.cat([torch.cat(list(row[part]), 2) for part in (slice(0, 10), slice(10, 20)) for row in rows], 1)
        return Image.fromarray(((grid.clamp(-1, 1) + 1) * 127.5).byte().permute(1, 2, 0).cpu().numpy())

    def export(self, network: nn.Module, folder: Path) -> None:
        """Write the weights of the stage alone."""
        assert isinstance(network, _WithDiscriminator)
        write_role(folder, self.name, CONFIG, network.detail.network.state_dict())


class _WithDiscriminator(nn.Module):
    def __init__(self, detail: Detail, discriminator: PatchDiscriminator) -> None:
        super().__init__()
        self.detail = detail.to(memory_format=torch.channels_last)
        self.discriminator = discriminator.to(memory_format=torch.channels_last)


def _mirrored(pairs: Pairs) -> Pairs:
    mirrored = (torch.rand(len(pairs.labels), 1, 1, 1) < 0.5).to(pairs.labels.device)
    planes = {name: getattr(pairs, name) for name in ("pictures", "paintings", "regions", "objects")}
    return replace(pairs, **{name: torch.where(mirrored, each.flip(3), each) for name, each in planes.items()})


@torch.no_grad()
def _seen(detail: Detail, pairs: Pairs, text: Tensor) -> Tensor:
    """The paintings, enlarged (n, 3, SIZE, SIZE); of pieces what the stage itself makes of them when they are smaller,
    as an edit draws first as a whole what it then draws in tiles.
    """
    shown = functional.interpolate(pairs.paintings, (SIZE, SIZE), mode="bicubic", align_corners=False)
    rows = pairs.pieces.nonzero()[:, 0]
    if not len(rows):
        return shown
    scale = WHOLE[int(torch.randint(len(WHOLE), ()))]
    painting, picture, region = (
        resample(each[rows], (round(scale * each.shape[-2]), round(scale * each.shape[-1])))
        for each in (pairs.paintings, pairs.pictures, pairs.regions)
    )
    # Of ever other sizes, each of which would be compiled anew.
    with torch.compiler.set_stance("force_eager"), autocast():
        drawn = detail.draw(painting, picture, region, text[rows])
    shown[rows] = functional.interpolate(drawn.float(), (SIZE, SIZE), mode="bicubic", antialias=True)
    return shown


def _error(drawn: Tensor, pairs: Pairs) -> Tensor:
    """Mean error of pixels and of their differences, by the region (Huber 1964, https://doi.org/10.1214/aoms/1177703732)."""
    near = (blur(pairs.objects, _NEAR) * 4).clamp(max=1)
    weight = OUTSIDE + (1 - OUTSIDE) * pairs.regions * (GROUND + (1 - GROUND) * near)
    error = drawn - pairs.pictures
    across, down = (
        (weight[..., 1:] * _size(error.diff(dim=3))).mean(),
        (weight[..., 1:, :] * _size(error.diff(dim=2))).mean(),
    )
    return ((weight * _size(error)).mean() + DIFFERENCES * (across + down)) / weight.mean()


def _lacking(drawn: Tensor, pairs: Pairs) -> Tensor:
    """How much more or less detail the objects have than they should: the mean difference of logarithms of how much
    there is, in each of three octaves, around every pixel.
    """
    pasted = drawn * pairs.objects + pairs.pictures * (1 - pairs.objects)
    error = (_detail(pasted) - _detail(pairs.pictures)).abs() * pairs.objects
    return error.sum() / (OCTAVES * pairs.objects.sum().clamp(min=1))


def _detail(pictures: Tensor) -> Tensor:
    found, left = [], pictures
    for octave in range(OCTAVES):
        scale = 2.0**octave
        low = blur(left, scale)
        found.append(torch.log(blur((left - low).abs().mean(1, keepdim=True), 1.5 * scale) + _LEAST))
        left = low
    return torch.cat(found, 1)


def _size(errors: Tensor) -> Tensor:
    return functional.smooth_l1_loss(errors, torch.zeros_like(errors), reduction="none", beta=SMALL)


def _contest(discriminator: PatchDiscriminator, pasted: Tensor, pairs: Pairs, text: Tensor, share: float) -> Tensor:
    """What the discriminator teaches, times `share`, and what it learns."""
    weight = functional.avg_pool2d(pairs.objects, 8)
    with autocast():
        taught = pasted.new_zeros(())
        if share > 0:
            discriminator.requires_grad_(False)
            taught = persuasion(discriminator(pasted, pairs.objects, text).float(), weight)
            discriminator.requires_grad_(True)
        real = discriminator(pairs.pictures, pairs.objects, text).float()
        drawn = discriminator(pasted.detach(), pairs.objects, text).float()
    return share * taught + hinge(real, drawn, weight)
