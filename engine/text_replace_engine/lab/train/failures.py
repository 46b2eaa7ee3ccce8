"""Paintings for the judge to learn from: failed ones, which show nothing that has a name, and repainted crops, which
still do; both by the starter's own denoiser and detail stage, so that their texture is no sign of failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.impostors import impostor
from text_replace_engine.lab.train.paintings import GUIDANCE, Guide, Places, as_judged, painting, places
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.models.networks.detail import Detail
from text_replace_engine.painting.guided.sampling.guidance import cutouts
from text_replace_engine.tensors import unsigned

_BATCH = 16
_STEPS = 12
_VIEWS = 2
#: Root mean square by which CLIP's gradient moves a picture in one step.
_PUSH = 0.03
_GREY = 0.15
#: Repainting starts at a timestep between these: how it is drawn changes, what it is does not. Without a prompt what
#: is nothing would become something.
_REPAINTED_FROM, _REPAINTED_TO, _UNPROMPTED_TO, _REPAINTING_STEPS = 250, 650, 450, 6


@dataclass(frozen=True)
class OfflinePainter:
    """The networks, none of which is trained here."""

    clip: Clip
    denoiser: Denoiser
    detail: Detail
    art: Art


def failed_paintings(painter: OfflinePainter, count: int, size: int, seed: int) -> Tensor:
    """`count` pictures (count, 3, size, size), uint8, that show nothing that could be named."""
    kinds = (_shapeless, _repainted_impostors, _misled, _clip_alone, _pushed)
    found: list[Tensor] = []
    batch = 0
    while sum(map(len, found)) < count:
        rng = np.random.default_rng((seed, 7, batch))
        generator = torch.Generator().manual_seed(seed * 100_003 + batch)
        where = places(rng, painter.art, _names(rng, painter), painter.denoiser.size, empty=True)
        with torch.no_grad():
            texts = painter.clip.encode_text(_names(rng, painter))
            for picture in kinds[batch % len(kinds)](painter, texts, where, generator):
                grey = bool(rng.random() < _GREY)
                regions, asked = where.mask[: len(picture)], texts[: len(picture)]
                found.append(as_judged(picture, regions, asked, painter.detail, size, grey))
        batch += 1
    return torch.cat(found)[:count]


def repainted_crops(painter: OfflinePainter, per_name: int, size: int, seed: int) -> tuple[Tensor, Tensor]:
    """`per_name` crops of every name, painted again from noise that leaves their shape: pictures (n, 3, size, size),
    uint8, and the names' indices (n,).
    """
    names = list(painter.art.names)
    labels = torch.arange(len(names)).repeat(per_name)
    found = []
    for batch, chosen in enumerate(torch.split(labels, _BATCH)):
        rng = np.random.default_rng((seed, 8, batch))
        generator = torch.Generator().manual_seed(seed * 100_019 + batch)
        grey = bool(rng.random() < _GREY)
        here = [names[index] for index in chosen.tolist()]
        where = places(rng, painter.art, here, painter.denoiser.size, empty=False, grey=grey)
        start = int(rng.integers(_REPAINTED_FROM, _REPAINTED_TO))
        noise = _noise(where, generator)
        with torch.no_grad():
            texts = painter.clip.encode_text(here)
            *_, picture = painting(painter.denoiser, texts, where, noise, _REPAINTING_STEPS, start=start)
            found.append(as_judged(picture, where.mask, texts, painter.detail, size, grey))
    return torch.cat(found), labels


def _names(rng: np.random.Generator, painter: OfflinePainter) -> list[str]:
    return [str(rng.choice(painter.art.names)) for _ in range(_BATCH)]


def _noise(where: Places, generator: torch.Generator) -> Tensor:
    return torch.randn(where.around.shape, generator=generator)


def _shapeless(painter: OfflinePainter, texts: Tensor, where: Places, generator: torch.Generator) -> Iterator[Tensor]:
    """The first estimate without a prompt."""
    yield next(painting(painter.denoiser, None, where, _noise(where, generator), _STEPS))


def _repainted_impostors(
    painter: OfflinePainter, texts: Tensor, where: Places, generator: torch.Generator
) -> Iterator[Tensor]:
    """What is drawn to show nothing, as repainted as the crops that show something."""
    rng = np.random.default_rng(generator.initial_seed())
    drawn = np.stack([impostor(rng, painter.art, painter.denoiser.size) for _ in texts])
    there = Places(torch.from_numpy(drawn).permute(0, 3, 1, 2).float() / 127.5 - 1, where.mask)
    start = int(rng.integers(_REPAINTED_FROM, _UNPROMPTED_TO))
    *_, picture = painting(painter.denoiser, None, there, _noise(where, generator), _REPAINTING_STEPS, start=start)
    yield picture


def _misled(painter: OfflinePainter, texts: Tensor, where: Places, generator: torch.Generator) -> Iterator[Tensor]:
    """The first estimate guided towards two names at once, or away from one: later ones show one, or a third."""
    half = len(texts) // 2
    noise = _noise(where, generator)
    first = Places(where.around[:half], where.mask[:half])
    both = functional.normalize(texts[:half] + texts.roll(1, 0)[:half], dim=1)
    for prompts, begun, scale in ((both, noise[:half], GUIDANCE), (texts[:half], noise[half:], -2)):
        yield next(painting(painter.denoiser, prompts, first, begun, _STEPS, scale))


def _clip_alone(painter: OfflinePainter, texts: Tensor, where: Places, generator: torch.Generator) -> Iterator[Tensor]:
    """The first estimate without a prompt but with CLIP's gradient: a denoiser that paints well soon finds a shape."""
    guide = _towards(painter.clip, texts, generator)
    yield next(painting(painter.denoiser, None, where, _noise(where, generator), _STEPS, guide=guide))


def _pushed(painter: OfflinePainter, texts: Tensor, where: Places, generator: torch.Generator) -> Iterator[Tensor]:
    """No denoiser: a background or noise that CLIP's gradient has moved towards a name."""
    guide = _towards(painter.clip, texts, generator)
    blobs = torch.randn(len(texts), 3, 8, 8, generator=generator) * 0.7
    smooth = functional.interpolate(blobs, where.around.shape[2:], mode="bicubic", align_corners=False)
    picture = torch.where(torch.rand(len(texts), 1, 1, 1, generator=generator) < 0.5, smooth, where.around)
    for _ in range(2 * _STEPS):
        picture = (picture + guide(picture)).clamp(-1, 1)
    yield picture


def _towards(clip: Clip, texts: Tensor, generator: torch.Generator) -> Guide:
    def guide(picture: Tensor) -> Tensor:
        with torch.enable_grad():
            seen = picture.detach().requires_grad_()
            views = [cutouts(unsigned(seen[k : k + 1]), clip.image_size, _VIEWS, generator) for k in range(len(seen))]
            cosine = (clip.encode_image(torch.cat(views)) * texts.repeat_interleave(_VIEWS, 0)).sum()
            (gradient,) = torch.autograd.grad(cosine, seen)
        return _PUSH * gradient / gradient.square().mean((1, 2, 3), keepdim=True).sqrt().clamp(min=1e-9)

    return guide
