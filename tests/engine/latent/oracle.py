"""Networks that know what is to be painted: a picture's own coordinates as colours.

In `ramp` red says how far to the right a pixel is and green how far down; blue is 0. The oracle sees the ramp around
the hole, in whatever crop and at whatever size, goes on with it inside, and makes blue 1 there. So where and how large
anything is painted can be read from the result, whoever cropped it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler
from torch import Tensor

from text_replace_engine.painting.latent.sd15.networks import LatentNetworks, PromptEncoder, Unet
from text_replace_engine.painting.latent.sd15.painter import StableDiffusionPainter
from text_replace_engine.tensors import signed, unsigned

SCHEDULE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
#: As Stable Diffusion's.
SCALE = 0.18215
MULTIPLE = 8


def ramp(size: tuple[int, int], blue: float = 0.0) -> Tensor:
    """(1, 3, h, w) in [0, 1], of `size` (width, height)."""
    right = ((torch.arange(size[0]) + 0.5) / size[0]).expand(size[1], -1)
    down = ((torch.arange(size[1]) + 0.5) / size[1])[:, None].expand(-1, size[0])
    return torch.stack([right, down, torch.full_like(right, blue)])[None]


@dataclass
class Mistakes:
    """What is broken on purpose between the painter and the networks."""

    flipped_mask: bool = False
    wrong_scale: bool = False
    swapped_channels: bool = False
    moved: bool = False


@dataclass
class OracleAutoencoder:
    """See `autoencoder.Autoencoder`: means over 8 × 8 pixels, and red, green and blue as three of four latents.

    darker: by how much all that it decodes is.
    """

    mistakes: Mistakes
    multiple: int = MULTIPLE
    darker: float = 0.0

    def encoded(self, image: Tensor) -> Tensor:
        means = F.avg_pool2d(signed(image), MULTIPLE)
        return torch.cat([means, means[:, :1] * 0], dim=1) * SCALE

    def decoded(self, latents: Tensor) -> Tensor:
        colours = latents[:, :3] / (1.0 if self.mistakes.wrong_scale else SCALE)
        if self.mistakes.swapped_channels:
            colours = colours.flip(1)
        if self.mistakes.moved:
            colours = colours.roll(1, dims=-1)
        wide = _continued(_continued(colours, -1), -2)
        image = F.interpolate(wide, scale_factor=MULTIPLE, mode="bilinear", align_corners=False)
        return (unsigned(image[..., MULTIPLE:-MULTIPLE, MULTIPLE:-MULTIPLE]) - self.darker).clamp(0, 1)


def _continued(colours: Tensor, axis: int) -> Tensor:
    """With one more at either end of an axis, on the line through the last two."""
    first, second = colours.narrow(axis, 0, 1), colours.narrow(axis, 1, 1)
    last, before = colours.narrow(axis, -1, 1), colours.narrow(axis, -2, 1)
    return torch.cat([2 * first - second, colours, 2 * last - before], dim=axis)


@dataclass
class OracleUnet:
    """Diffusers' UNet2DConditionModel: the noise by which x_t is the ramp with blue 1 in the cells that are new.

    cells: those of every call. moody: by how much red is more in every second answer, and less in the others.
    """

    mistakes: Mistakes
    dtype: torch.dtype = torch.float32
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    config: Any = field(default_factory=lambda: SimpleNamespace(sample_size=16))
    cells: list[Tensor] = field(default_factory=list)
    moody: float = 0.0

    def __call__(self, seen: Tensor, t: Tensor, encoder_hidden_states: Tensor, return_dict: bool) -> tuple[Tensor]:
        x_t, cells, masked = seen[:, :4], seen[:, 4:5], seen[:, 5:]
        if self.mistakes.flipped_mask:
            cells = 1 - cells
        self.cells.append(cells)
        around = DDIMScheduler(**SCHEDULE).alphas_cumprod[int(t)]
        goal = _goal(cells, masked)
        goal[:, 0] += 2 * SCALE * self.moody * (-1) ** len(self.cells)
        return ((x_t - around.sqrt() * goal) / (1 - around).sqrt(),)


def _goal(cells: Tensor, masked: Tensor) -> Tensor:
    """What it sees outside of the cells, continued inside them on a plane through it; blue is 1 there, and close by."""
    height, width = cells.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height).float(), torch.arange(width).float(), indexing="ij")
    places = torch.stack([x.flatten(), y.flatten(), torch.ones(height * width)], dim=1)
    outside = cells[0, 0].flatten() < 0.5
    seen = masked[0, :2].flatten(1).T
    planes = torch.linalg.lstsq(places[outside], seen[outside]).solution
    coordinates = (places @ planes).T.view(2, height, width)
    blue = SCALE * (2 * F.max_pool2d(cells[0], 3, 1, 1) - 1)
    return torch.cat([coordinates, blue, blue * 0])[None].repeat(len(masked), 1, 1, 1)


class _Words:
    """A tokenizer and a text encoder to whom all prompts are alike."""

    model_max_length = 77
    device = torch.device("cpu")

    def __call__(self, told: Any, **_: Any) -> Any:
        return (told.view(-1, 1, 1),) if isinstance(told, Tensor) else SimpleNamespace(input_ids=torch.zeros(len(told)))


def oracle_painter(
    mistakes: Mistakes = Mistakes(),  # noqa: B008
    darker: float = 0.0,
) -> tuple[StableDiffusionPainter, OracleUnet]:
    """A painter that paints 128 × 128 pixels, and its U-Net."""
    unet = OracleUnet(mistakes)
    networks = LatentNetworks(
        unet=Unet(lambda _few_steps: unet, few_steps=True, dtype=unet.dtype),
        autoencoder=OracleAutoencoder(mistakes, darker=darker),
        prompts=PromptEncoder(_Words(), _Words()),
        schedule=SCHEDULE,
    )
    return StableDiffusionPainter(networks, unet.device), unet
