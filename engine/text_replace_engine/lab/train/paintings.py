"""Paints with the starter's own denoiser, outside the pipeline: for sample sheets, and for the judge to learn from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from text_replace_engine.lab.classifier import ROOM
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.loop import autocast
from text_replace_engine.lab.train.regions import region_around
from text_replace_engine.lab.train.scenes import Variety, compose_crop
from text_replace_engine.models.networks.denoiser import STEPS, Denoiser
from text_replace_engine.models.networks.detail import Detail
from text_replace_engine.painting.guided.sampling.sampler import ddim_step, noised
from text_replace_engine.tensors import bounding_box, crop, in_grey, resample, signed, square_around, unsigned

GUIDANCE = 2.5
#: x̂0 (n, 3, h, w) -> how it is to be moved.
Guide = Callable[[Tensor], Tensor]
#: An edit's crop is always about one and a half times its object.
VARIETY = Variety(zoom=(1.3, 1.8), angle=12, shift=0.25, neighbours=0.2)


@dataclass(frozen=True)
class Places:
    """Pictures (n, 3, s, s) in [-1, 1] and regions (n, 1, s, s) in [0, 1] to paint in them."""

    around: Tensor
    mask: Tensor


def places(rng: np.random.Generator, art: Art, names: list[str], size: int, empty: bool, grey: bool = False) -> Places:
    """A region around every one of `names`, in a picture of it, or where `empty` in one of the background alone."""
    pictures, regions = [], []
    for name in names:
        picture, alpha = compose_crop(rng, art, name, size, VARIETY, grey)
        pictures.append(compose_crop(rng, art, None, size, VARIETY, grey)[0] if empty else picture)
        regions.append(region_around(rng, art, alpha))
    around = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return Places(around, torch.from_numpy(np.stack(regions)).float()[:, None])


@torch.no_grad()
def painting(
    denoiser: Denoiser,
    texts: Tensor | None,
    where: Places | None,
    noise: Tensor,
    steps: int,
    scale: float = GUIDANCE,
    guide: Guide | None = None,
    start: int = STEPS - 1,
) -> Iterator[Tensor]:
    """x̂0 of every step of plain DDIM (Song et al. 2020) from `noise`, or from its mixture with the pictures of `where`
    at timestep `start`; with those pictures outside the regions. `texts`: (n, d), None for no prompt.
    """
    x = noise
    around, mask = (None, None) if where is None else (where.around, where.mask)
    grid = np.linspace(start, 0, steps).round().astype(int)
    if around is not None and start < STEPS - 1:
        x = noised(around, float(denoiser.alphas_cumprod[start]), noise)
    for t, following in zip(grid, [*grid[1:], -1], strict=True):
        now = torch.full((len(x),), int(t), device=x.device)
        with autocast():
            clean = denoiser.denoised(x, now, None, around, mask).float()
            if texts is not None:
                clean = clean + scale * (denoiser.denoised(x, now, texts, around, mask).float() - clean)
        if guide is not None:
            clean = clean + guide(_inside(clean, where))
        clean = clean.clamp(-1, 1)
        later = float(denoiser.alphas_cumprod[following]) if following >= 0 else 1.0
        x = ddim_step(x, clean, float(denoiser.alphas_cumprod[t]), later)
        if where is not None:
            x = where.mask * x + (1 - where.mask) * noised(where.around, later, noise)
        yield _inside(clean, where)


def as_judged(pictures: Tensor, mask: Tensor, texts: Tensor, detail: Detail, size: int, grey: bool) -> Tensor:
    """Paintings (n, 3, s, s) in [-1, 1] as the judge sees an edit: drawn again in their regions (n, 1, s, s), as asked
    for by `texts` (n, d); the square around the region, uint8.
    """
    side = (detail.size, detail.size)
    enlarged, regions = signed(resample(unsigned(pictures), side)), resample(mask, side)
    large = unsigned(detail.draw(pictures, enlarged, regions, texts) * regions + enlarged * (1 - regions))
    seen = []
    for picture, region in zip(large, regions, strict=True):
        box = square_around(bounding_box(region[None], threshold=0.02), ROOM)
        seen.append(resample(crop(picture[None], box), (size, size)))
    whole = torch.cat(seen)
    return ((in_grey(whole) if grey else whole).clamp(0, 1) * 255).round().to(torch.uint8)


def _inside(clean: Tensor, where: Places | None) -> Tensor:
    return clean if where is None else clean * where.mask + where.around * (1 - where.mask)
