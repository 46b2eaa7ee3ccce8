"""Colours as one sees differences between them: CIELAB (https://www.w3.org/TR/css-color-4/#lab-colors), from sRGB and
back.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float32]

#: From linear sRGB to XYZ, white at 1.
_TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32
) / np.array([[0.9505], [1], [1.089]], np.float32)
_TO_LINEAR = np.linalg.inv(_TO_XYZ.astype(np.float64)).astype(np.float32)


def cielab(image: Tensor) -> Floats:
    """CIELAB (h, w, 3), with the white of sRGB (IEC 61966-2-1), of an image (1, 3, h, w) in [0, 1]."""
    colours = image[0].permute(1, 2, 0).cpu().numpy()
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T
    roots = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = np.moveaxis(roots, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1).astype(np.float32)


def from_cielab(lab: Floats) -> Tensor:
    """The image (1, 3, h, w) in [0, 1] of colours (h, w, 3); those that sRGB has not are clamped."""
    y = (lab[..., 0] + 16) / 116
    roots = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], -1)
    xyz = np.where(roots > 6 / 29, roots**3, (roots - 16 / 116) / 7.787)
    linear = (xyz @ _TO_LINEAR.T).clip(0, 1)
    colours = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return torch.from_numpy(colours.astype(np.float32)).permute(2, 0, 1)[None]
