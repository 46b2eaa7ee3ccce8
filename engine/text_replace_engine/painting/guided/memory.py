"""What an edit may cost in memory: the ways to do it, best first, and how much each needs, from measured numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.painting.guided.sampling.presets import PresetSettings
from text_replace_engine.painting.guided.sampling.tiles import FINEST
from text_replace_engine.painting.options import check_working_size
from text_replace_engine.painting.painter import Plan


@dataclass(frozen=True)
class Cost:
    """KiB that one step needs beside the weights for each pixel of x_t, in float32."""

    forward: float
    gradient: float
    #: With the gradient, activations computed twice instead of kept.
    checkpointed: float


@dataclass(frozen=True, kw_only=True)
class GuidedPlan(Plan):
    """`working_size`: side of the square with as many pixels as are painted; `cutouts`: views of CLIP in the first and
    the last guided step; `checkpointing`: activations are computed twice instead of kept.
    """

    working_size: int
    cutouts: tuple[int, int]
    checkpointing: bool

    def instead_of(self, best: GuidedPlan) -> GuidedPlan:
        """With what the user is told where this plan, taken for want of memory instead of `best`, changes the
        picture.
        """
        warnings = []
        if self.working_size < best.working_size:
            warnings.append(f"Painted at {self.working_size} instead of {best.working_size} pixels: memory is short.")
        if self.cutouts != best.cutouts:
            warnings.append(f"Guided by {self.cutouts[1]} instead of {best.cutouts[1]} views: memory is short.")
        return dataclasses.replace(self, warnings=tuple(warnings))


#: Measured by tests/benchmarks/memory.py between two sizes (64 and 128); by the channels of the network's levels.
_MEASURED: dict[tuple[int, ...], Cost] = {
    (256, 256, 512, 512, 1024, 1024): Cost(forward=15, gradient=90, checkpointed=49)
}
_TYPICAL = (256, 256, 512, 512, 1024, 1024)
#: What every size needs besides: at most 157 MiB were measured.
_WORKSPACE = 160 * 2**20
#: Bytes for each pixel that a view of CLIP (ViT-B/32: 820 measured), or LPIPS (AlexNet: 400; VGG needs more), sees,
#: gradient included.
_VIEW_PIXEL = 850
_PERCEPTUAL_PIXEL = 4000
#: What the machine keeps for everything else, and how far a measurement on another machine may be off.
_RESERVE = 256 * 2**20
_MARGIN = 1.1
#: Sizes to fall back to, as shares of the first.
_SMALLER = (1.0, 0.75, 0.5)


def plans(
    settings: PresetSettings, network: Denoiser, size: int | None, fixed_views: bool, batches: Sequence[int]
) -> Iterator[GuidedPlan]:
    """The ways to paint, best first, whatever memory there is.

    size: the working size where it was asked for: no other is then tried. fixed_views: whether the number of views was.
    batches: how many samples may be painted at once, most first. Raises UserError for a size that the network does not
    take.
    """
    multiple = network.multiple
    if size is not None:
        check_working_size(size, multiple)
    views, least = settings.cutouts, batches[-1]
    fewer = views if fixed_views else (max(1, views[0] // 2), max(1, views[1] // 2))
    for share in _SMALLER if size is None else (1.0,):
        side = size or max(multiple, round(network.size * share / multiple) * multiple)
        ways = [_plan(side, batch, views, False) for batch in batches]
        if settings.full_gradient:
            ways.append(_plan(side, least, views, True))
        ways.append(_plan(side, least, fewer, settings.full_gradient))
        yield from dict.fromkeys(ways)


def _plan(working_size: int, batch: int, cutouts: tuple[int, int], checkpointing: bool) -> GuidedPlan:
    return GuidedPlan(batch=batch, working_size=working_size, cutouts=cutouts, checkpointing=checkpointing)


def needed(plan: GuidedPlan, settings: PresetSettings, network: Denoiser, view_side: int) -> int:
    """Bytes that painting by `plan` allocates beside the networks' weights, as an upper bound.

    view_side: of the square that CLIP sees, in pixels.
    """
    cost = cost_of(network)
    step = cost.gradient if settings.full_gradient else cost.forward
    if settings.full_gradient and plan.checkpointing:
        step = cost.checkpointed
    pixels = plan.working_size**2
    prompts = 2 if network.takes_text and settings.prompted and settings.guidance_scale != 1 else 1
    views = plan.cutouts[1] * view_side**2 * _VIEW_PIXEL

    def beside(step: float, losses: float) -> float:
        # The losses' activations are there while the network's are kept for its gradient.
        return pixels * prompts * step * 1024 + views + losses

    most = beside(step, pixels * _PERCEPTUAL_PIXEL) * plan.batch
    if settings.refined and network.paints_pieces:
        # One tile at a time, without a gradient; the losses see all tiles.
        most = max(most, beside(cost.forward, pixels * FINEST**2 * _PERCEPTUAL_PIXEL))
    size = torch.finfo(network.network.dtype).bits / 32
    return round((most * size + _WORKSPACE) * _MARGIN) + _RESERVE


def cost_of(network: Denoiser) -> Cost:
    """Measured; of a network that was not, estimated from a measured one by the channels that each pixel passes."""
    channels = network.channels
    known = _MEASURED.get(channels)
    if known is not None:
        return known
    typical = _MEASURED[_TYPICAL]
    stem = network.multiple >> (len(channels) - 1)
    share = _channels_a_pixel(channels) / _channels_a_pixel(_TYPICAL) / stem**2
    return Cost(*(share * kibibytes for kibibytes in dataclasses.astuple(typical)))


def use_checkpointing(network: Denoiser, wanted: bool) -> None:
    """Whether activations are computed a second time for the gradient, instead of kept."""
    if wanted:
        network.network.enable_gradient_checkpointing()
    else:
        network.network.disable_gradient_checkpointing()


def _channels_a_pixel(channels: tuple[int, ...]) -> float:
    return sum(count / float(4**level) for level, count in enumerate(channels))
