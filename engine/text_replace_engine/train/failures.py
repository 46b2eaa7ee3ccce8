"""Paintings that went wrong: the starter's own denoiser stopped half-way, misled, or guided by CLIP alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from text_replace_engine.models.clip import Clip
from text_replace_engine.models.denoiser import STEPS, Denoiser
from text_replace_engine.sampling.guidance import cutouts
from text_replace_engine.train.art import Art
from text_replace_engine.train.impostors import SEEN
from text_replace_engine.train.regions import region_around
from text_replace_engine.train.scenes import compose_crop

_BATCH = 16
_STEPS = 12
#: Up to this share of the steps x̂0 has colours but no shape yet.
_SHAPELESS = 0.25
_VIEWS = 2
#: Root mean square by which CLIP's gradient moves a picture in one step.
_PUSH = 0.03

Guide = Callable[[Tensor], Tensor]


def failed_paintings(clip: Clip, denoiser: Denoiser, art: Art, count: int, size: int, seed: int) -> Tensor:
    """`count` pictures (count, 3, size, size), uint8, that show nothing that could be named."""
    kinds = (_unprompted, _half_finished, _misled, _clip_alone, _pushed)
    found: list[Tensor] = []
    batch = 0
    while sum(map(len, found)) < count:
        rng = np.random.default_rng((seed, 7, batch))
        generator = torch.Generator().manual_seed(seed * 100_003 + batch)
        around, mask = _places(rng, art, denoiser.size)
        with torch.no_grad():
            texts = clip.encode_text([str(rng.choice(art.names)) for _ in range(_BATCH)])
        for picture in kinds[batch % len(kinds)](clip, denoiser, texts, around, mask, generator):
            whole = functional.interpolate((picture + 1) / 2, (size, size), mode="bicubic", align_corners=False)
            found.append((whole.clamp(0, 1) * 255).round().to(torch.uint8))
        batch += 1
    return torch.cat(found)[:count]


def _places(rng: np.random.Generator, art: Art, size: int) -> tuple[Tensor, Tensor]:
    """Backgrounds in [-1, 1] and regions to paint in them."""
    pictures, regions = [], []
    for _ in range(_BATCH):
        _, alpha = compose_crop(rng, art, str(rng.choice(art.names)), size, SEEN)
        pictures.append(compose_crop(rng, art, None, size, SEEN)[0])
        regions.append(region_around(rng, art, alpha))
    around = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return around, torch.from_numpy(np.stack(regions)).float()[:, None]


def _unprompted(
    clip: Clip, denoiser: Denoiser, texts: Tensor, around: Tensor, mask: Tensor, generator: torch.Generator
) -> Iterator[Tensor]:
    """No prompt at all."""
    steps = list(_painting(denoiser, None, around, mask, generator))
    yield from (steps[len(steps) // 2], steps[-1])


def _half_finished(
    clip: Clip, denoiser: Denoiser, texts: Tensor, around: Tensor, mask: Tensor, generator: torch.Generator
) -> Iterator[Tensor]:
    """The first estimates of a good painting."""
    early = max(1, round(_SHAPELESS * _STEPS))
    for index, step in enumerate(_painting(denoiser, texts, around, mask, generator)):
        if index == early:
            return
        yield step


def _misled(
    clip: Clip, denoiser: Denoiser, texts: Tensor, around: Tensor, mask: Tensor, generator: torch.Generator
) -> Iterator[Tensor]:
    """Guided away from a name, or towards two at once."""
    half = len(texts) // 2
    both = functional.normalize(texts[:half] + texts.roll(1, 0)[:half], dim=1)
    mixed = list(_painting(denoiser, both, around[:half], mask[:half], generator))
    away = list(_painting(denoiser, texts[half:], around[half:], mask[half:], generator, scale=-2))
    yield from (mixed[len(mixed) // 2], away[len(away) // 2], away[-1])


def _clip_alone(
    clip: Clip, denoiser: Denoiser, texts: Tensor, around: Tensor, mask: Tensor, generator: torch.Generator
) -> Iterator[Tensor]:
    """No prompt, but CLIP's gradient in every step, as the paper has it."""
    guide = _towards(clip, texts, generator)
    steps = list(_painting(denoiser, None, around, mask, generator, guide=guide))
    yield from (steps[len(steps) // 2], steps[-1])


def _pushed(
    clip: Clip, denoiser: Denoiser, texts: Tensor, around: Tensor, mask: Tensor, generator: torch.Generator
) -> Iterator[Tensor]:
    """No denoiser: a background or noise that CLIP's gradient has moved towards a name."""
    guide = _towards(clip, texts, generator)
    blobs = torch.randn(len(texts), 3, 8, 8, generator=generator) * 0.7
    smooth = functional.interpolate(blobs, around.shape[2:], mode="bicubic", align_corners=False)
    picture = torch.where(torch.rand(len(texts), 1, 1, 1, generator=generator) < 0.5, smooth, around)
    for _ in range(2 * _STEPS):
        picture = (picture + guide(picture)).clamp(-1, 1)
    yield picture


def _towards(clip: Clip, texts: Tensor, generator: torch.Generator) -> Guide:
    def guide(picture: Tensor) -> Tensor:
        with torch.enable_grad():
            seen = picture.detach().requires_grad_()
            views = [cutouts((seen[k : k + 1] + 1) / 2, clip.image_size, _VIEWS, generator) for k in range(len(seen))]
            cosine = (clip.encode_image(torch.cat(views)) * texts.repeat_interleave(_VIEWS, 0)).sum()
            (gradient,) = torch.autograd.grad(cosine, seen)
        return _PUSH * gradient / gradient.square().mean((1, 2, 3), keepdim=True).sqrt().clamp(min=1e-9)

    return guide


@torch.no_grad()
def _painting(
    denoiser: Denoiser,
    texts: Tensor | None,
    around: Tensor,
    mask: Tensor,
    generator: torch.Generator,
    scale: float = 2.5,
    guide: Guide | None = None,
) -> Iterator[Tensor]:
    """x̂0 of every step of plain DDIM (Song et al. 2020), with the surroundings around it."""
    x = torch.randn(around.shape, generator=generator)
    grid = np.linspace(STEPS - 1, 0, _STEPS).round().astype(int)
    for t, following in zip(grid, [*grid[1:], -1], strict=True):
        now = torch.full((len(x),), int(t))
        clean = denoiser.denoised(x, now, None, around, mask)
        if texts is not None:
            clean = clean + scale * (denoiser.denoised(x, now, texts, around, mask) - clean)
        if guide is not None:
            clean = clean + guide(clean * mask + around * (1 - mask))
        clean = clean.clamp(-1, 1)
        alpha = float(denoiser.alphas_cumprod[t])
        later = float(denoiser.alphas_cumprod[following]) if following >= 0 else 1.0
        rest = (x - math.sqrt(alpha) * clean) / math.sqrt(1 - alpha)
        x = math.sqrt(later) * clean + math.sqrt(1 - later) * rest
        yield clean * mask + around * (1 - mask)
