"""What was painted, with the shape of the thing as it is known, in the pose in which it was painted."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from text_replace_engine.models.networks.shapes import drawn
from text_replace_engine.painting.filling import filled
from text_replace_engine.painting.guided.posing import Sight, found
from text_replace_engine.painting.guided.sampling.sampler import Shaped
from text_replace_engine.tensors import in_grey, signed, unsigned

#: What leaves more unexplained may be something else: of 34 paintings the right thing left 0.41 at most in 95 of 100,
#: and a wrong one 0.48 at least.
_DOUBTFUL = 0.45
#: By no more than this a seed turns a shape, in radians, moves it, in shares of its frame, and makes it smaller: most
#: paintings of one region show it in nearly the same pose, whatever the seed.
_TURNED, _MOVED, _SHRUNK = 0.1, 0.03, 0.08


class Shaping:
    """Of one texture, in paintings of one region."""

    def __init__(self, texture: Tensor, original: Tensor, mask: Tensor, grey: bool) -> None:
        """texture: premultiplied RGBA (1, 4, s, s) in [0, 1]; original (1, 3, h, w) in [-1, 1] and the region to paint
        (1, 1, h, w) in [0, 1]; grey: the picture has no colour.
        """
        self._texture, self._mask, self._grey = texture, mask.float(), grey
        self._ground = filled(unsigned(original).float(), self._mask)

    def poses(self, painted: Tensor, seeds: Sequence[int]) -> list[Tensor | None]:
        """Where each of n pictures (n, 3, h, w) in [-1, 1] shows it, but for a little that its seed decides: (1, 5) as
        `shapes.drawn` takes it; None where one does not.
        """
        found_poses = [self._pose(picture[None]) for picture in unsigned(painted).float()]
        return [pose if pose is None else _varied(pose, seed) for pose, seed in zip(found_poses, seeds, strict=True)]

    def shapes(self, poses: Sequence[Tensor | None], scale: int = 1) -> Tensor:
        """It in n poses, `scale` times as large as the paintings: premultiplied RGBA (n, 4, h, w) in [0, 1]."""
        size = (scale * self._mask.shape[-2], scale * self._mask.shape[-1])
        texture = without_colour(self._texture) if self._grey else self._texture
        larger = texture.new_tensor([scale, scale, scale, 1, 1])
        nothing = texture.new_zeros(1, 4, *size)
        return torch.cat([nothing if pose is None else drawn(texture, pose * larger, size) for pose in poses])

    def _pose(self, picture: Tensor) -> Tensor | None:
        grey = without_colour(self._texture)
        without = Sight(in_grey(picture), in_grey(self._ground), self._mask)
        if self._grey:
            best = found(grey, without)
        else:
            best = found(self._texture, Sight(picture, self._ground, self._mask))
            if best.unexplained > _DOUBTFUL:
                # Before grey grounds the network often paints without colour.
                best = min(best, found(grey, without), key=lambda one: one.unexplained)
        return best.pose if best.is_there else None


def _varied(pose: Tensor, seed: int) -> Tensor:
    """A pose (1, 5), and one that is never larger."""
    turned, right, down, shrunk = torch.rand(4, generator=torch.Generator().manual_seed(seed)).tolist()
    side = float(pose[0, 2])
    away = (side * _MOVED * (2 * right - 1), side * _MOVED * (2 * down - 1), -side * _SHRUNK * shrunk)
    return pose + pose.new_tensor([*away, _TURNED * (2 * turned - 1), 0])


def showing(shapes: Tensor) -> Shaped:
    """What puts premultiplied RGBA (n, 4, h, w) in [0, 1] into pictures (n, 3, h, w) in [-1, 1]."""
    beside = 1 - shapes[:, 3:]
    # What is premultiplied is 0, not −1, where nothing is.
    colours = signed(shapes[:, :3]) + beside
    return lambda denoised: denoised * beside + colours


def without_colour(shapes: Tensor) -> Tensor:
    """Premultiplied RGBA (n, 4, h, w) in grey."""
    return torch.cat([in_grey(shapes[:, :3]), shapes[:, 3:]], 1)
