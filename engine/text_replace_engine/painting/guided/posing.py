"""Where in a painting a known shape lies: the pose whose picture, the shape over bare ground, is most like it.

Every pose of a grid at a quarter of the size, then the best ones moved by ever smaller steps (Hooke & Jeeves 1961,
https://doi.org/10.1145/321062.321069).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from text_replace_engine.models.networks.shapes import drawn
from text_replace_engine.tensors import bounding_box
from text_replace_wire.geometry import Box

#: What a painted shape is of the region: its frame's side between these shares of the region's shorter and longer side,
#: and its middle so far from the region's, as a share of the shorter.
_SIDES, _AWAY = (0.62, 1.02), 0.16
#: The longer side of a region counts as no more than this many times the shorter, or a line would take ten seconds.
_LONGEST = 4.0
#: Between neighbours in the grid: the ratio of their sides, and the distance of their middles in shares of the shorter
#: side.
_RATIO, _APART = 1.13, 0.054
#: In radians: 12 degrees is the most that paintings are turned by.
_ANGLES = (-0.21, -0.07, 0.07, 0.21)
#: Squared differences of RGB above this count the same: a shape may be painted wrong in places, and ground is guessed.
_MOST = 0.12
#: How much a shape counts that lies outside the region.
_OUTSIDE = 0.5
#: Where a shape leaves more than this share of the bare ground's error, there is nothing that it could be.
_EXPLAINED = 0.9
#: Squared differences of RGB that are no more than what bare ground has, however it is guessed.
_LEAST = 0.003
#: Poses that are moved, and how often: ten poses find no better ones in 68 paintings. Poses that are drawn at once.
_KEPT, _ROUNDS, _AT_ONCE = 6, 14, 512


@dataclass(frozen=True)
class Sight:
    """A painting (1, 3, h, w), the ground (1, 3, h, w) that it would show without the shape, both in [0, 1], and the
    region (1, 1, h, w) in [0, 1], not empty, that it was painted in.
    """

    painting: Tensor
    ground: Tensor
    region: Tensor

    def smaller(self) -> Sight:
        """The same at a quarter of the size."""
        return Sight(*(functional.avg_pool2d(each, 4) for each in (self.painting, self.ground, self.region)))

    def squares(self, shapes: Tensor) -> Tensor:
        """The squared differences (n, 1, h, w) of n pictures from the painting, with premultiplied RGBA shapes
        (n, 4, h, w) over the ground.
        """
        pictures = shapes[:, :3] + (1 - shapes[:, 3:]) * self.ground
        return (self.painting - pictures).square().sum(1, keepdim=True).clamp(max=_MOST)

    def error(self, shapes: Tensor) -> Tensor:
        """How wrong n shapes are (n,), see `squares`."""
        alpha = shapes[:, 3:]
        within = (self.squares(shapes) * self.region).sum((1, 2, 3)) / self.region.sum()
        beyond = (alpha * (1 - self.region)).sum((1, 2, 3)) / alpha.sum((1, 2, 3)).clamp(min=1)
        return within + _OUTSIDE * beyond


@dataclass(frozen=True)
class Found:
    """pose: (1, 5), as `shapes.drawn` takes it. unexplained: the error of the picture drawn with the shape so, as a
    share of that of the bare ground, both where the shape is.
    """

    pose: Tensor
    unexplained: float

    @property
    def is_there(self) -> bool:
        """Whether anything is that it could be, however badly painted."""
        return self.unexplained < _EXPLAINED


def found(texture: Tensor, sight: Sight) -> Found:
    """A texture (1, 4, s, s) in the pose in which it is most like what was painted."""
    box = bounding_box(sight.region, threshold=min(0.5, float(sight.region.max()) / 2))
    poses = _grid(box).to(sight.painting)
    coarse = _errors(texture, poses * poses.new_tensor([0.25, 0.25, 0.25, 1, 1]), sight.smaller())
    best = poses[coarse.argsort(stable=True)[:_KEPT]]
    pose = _moved(texture, best, sight, _shorter(box))
    shape = drawn(texture, pose, (sight.painting.shape[-2], sight.painting.shape[-1]))
    where = shape[:, 3:] * sight.region
    shown, bare = (float((squares * where).sum()) for squares in (sight.squares(shape), sight.squares(shape * 0)))
    return Found(pose, shown / max(bare, _LEAST * float(where.sum()), 1e-6))


def _grid(box: Box) -> Tensor:
    shorter, longer = _shorter(box), max(box.size)
    smallest, largest = _SIDES[0] * shorter, _SIDES[1] * longer
    count = 1 + round(math.log(largest / smallest) / math.log(_RATIO))

    def middles(low: int, high: int, side: float) -> Tensor:
        away = max(_AWAY * shorter, (high - low - side) / 2)
        return (low + high) / 2 + torch.linspace(-away, away, 1 + 2 * max(1, round(away / (_APART * shorter))))

    grids = []
    for number in range(count):
        side = smallest * (largest / smallest) ** (number / (count - 1))
        x, y = middles(box.x0, box.x1, side), middles(box.y0, box.y1, side)
        grids.append(torch.cartesian_prod(x, y, torch.tensor([side]), torch.tensor(_ANGLES), torch.tensor([1.0, -1.0])))
    return torch.cat(grids)


def _shorter(box: Box) -> float:
    return max(min(box.size), max(box.size) / _LONGEST)


def _errors(texture: Tensor, poses: Tensor, sight: Sight) -> Tensor:
    size = (sight.painting.shape[-2], sight.painting.shape[-1])
    return torch.cat([sight.error(drawn(texture, some, size)) for some in torch.split(poses, _AT_ONCE)])


def _moved(texture: Tensor, poses: Tensor, sight: Sight, shorter: float) -> Tensor:
    """The best (1, 5) of poses (n, 5) after all were moved."""
    errors = _errors(texture, poses, sight)
    far = poses.new_tensor([_APART * shorter, _APART * shorter, (_RATIO - 1) * shorter, 0.07, 0]) / 2
    steps = far.expand_as(poses)
    # All but mirroring.
    moves = torch.cat([torch.eye(5)[:4], -torch.eye(5)[:4]]).to(poses)
    for _ in range(_ROUNDS):
        tried = poses[:, None] + moves * steps[:, None]
        tried[..., 2].clamp_(min=_SIDES[0] * shorter)
        found, which = _errors(texture, tried.flatten(0, 1), sight).view(len(poses), -1).min(1)
        better = (found < errors)[:, None]
        poses = torch.where(better, tried[torch.arange(len(poses)), which], poses)
        errors = torch.minimum(errors, found)
        steps = torch.where(better, steps, steps / 2)
    return poses[errors.argmin()][None]
