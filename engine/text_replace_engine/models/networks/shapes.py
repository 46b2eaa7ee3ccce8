"""What the things look like that a painter has learnt: a picture of each, drawn wherever it lies.

Learnt textures (Thies et al. 2019, https://arxiv.org/abs/1904.12356), sampled through turned, scaled and mirrored grids
(Jaderberg et al. 2015, https://arxiv.org/abs/1506.02025).
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from text_replace_engine.models.files import damaged
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.store import Stored


class Shapes:
    """A texture for every name: premultiplied RGBA (1, 4, s, s) in [0, 1]."""

    def __init__(self, textures: Tensor, names: Tensor) -> None:
        """textures: (k, 4, s, s); names: CLIP's unit vectors of what they show (k, d)."""
        self._textures, self._names = textures, names

    @classmethod
    @torch.no_grad()
    def load(cls, stored: Stored, clip: Clip, device: torch.device) -> Shapes:
        """The shapes of stored textures (8 bits); raises ModelDamaged."""
        names, textures = stored.config["names"], stored.tensors.get("textures")
        if textures is None or textures.dtype != torch.uint8 or textures.shape[:2] != (len(names), 4):
            raise damaged(Path("shapes.safetensors"))
        return cls(textures.to(device).float() / 255, clip.encode_text(list(names)).to(device))

    def nearest(self, text: Tensor) -> Tensor:
        """The texture of what a unit vector (1, d) says."""
        index = int((self._names @ text[0].to(self._names)).argmax())
        return self._textures[index : index + 1]


def drawn(texture: Tensor, poses: Tensor, size: tuple[int, int]) -> Tensor:
    """A texture (1, 4, s, s) in n poses, each on a transparent picture of `size` (height, width): (n, 4, *size).

    texture: or one for every pose, (n, 4, s, s). poses (n, 5): x and y of the middle of its frame and the frame's side,
    in pixels; its angle in radians, counter-clockwise; 1, or −1 where it is mirrored before it is turned.
    Differentiable in the texture.
    """
    x, y, side, angle, mirrored = poses.unbind(1)
    cosine, sine = (2 * turned / side for turned in (angle.cos(), angle.sin()))
    # From pixels of the picture to [-1, 1] of the frame: turned back, then mirrored.
    across, down = (torch.arange(length, device=poses.device) + 0.5 for length in (size[1], size[0]))
    dx, dy = (across - x[:, None])[:, None, :], (down - y[:, None])[:, :, None]
    u = mirrored[:, None, None] * (cosine[:, None, None] * dx - sine[:, None, None] * dy)
    v = cosine[:, None, None] * dy + sine[:, None, None] * dx
    places = torch.stack([u.expand(-1, *size), v.expand(-1, *size)], 3)
    return functional.grid_sample(texture.expand(len(poses), -1, -1, -1), places, mode="bilinear", align_corners=False)
