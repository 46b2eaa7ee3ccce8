"""Pixels as tensors: conversions between planes and float images, and the few geometric operations every stage needs.

An *image* is float (n, c, h, w) in [0, 1]; a *mask* is float (1, 1, h, w) in [0, 1]. Only samplers and the networks
that they drive see [-1, 1]: `signed` and `unsigned` lead there and back.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from text_replace_engine import boxes
from text_replace_wire.geometry import Box
from text_replace_wire.planes import Plane

#: Rec. 601 weights, on non-linear values.
LUMA_WEIGHTS = (0.299, 0.587, 0.114)


def from_plane(plane: Plane) -> Tensor:
    """The image (1, channels, h, w) in [0, 1] of a plane."""
    flat = torch.frombuffer(bytearray(plane.data), dtype=torch.uint8)
    return flat.view(1, plane.height, plane.width, plane.channels).permute(0, 3, 1, 2).float() / 255


def to_plane(image: Tensor) -> Plane:
    """The plane of one image (1, c, h, w) in [0, 1]; what is outside is clamped, and values are rounded to 8 bits."""
    _, channels, height, width = image.shape
    pixels = (image[0].clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous()
    return Plane(width, height, channels, pixels.cpu().numpy().tobytes())


def signed(image: Tensor) -> Tensor:
    """From [0, 1] to [-1, 1], in any shape."""
    return image * 2 - 1


def unsigned(image: Tensor) -> Tensor:
    """From [-1, 1] to [0, 1], in any shape."""
    return (image + 1) / 2


def colour(image: Tensor) -> Tensor:
    """RGB (n, 3, h, w) of an image (n, c, h, w) with c = 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; both in [0, 1]."""
    return image[:, :1].expand(-1, 3, -1, -1) if image.shape[1] < 3 else image[:, :3]


def opacity(image: Tensor) -> Tensor:
    """Alpha (n, 1, h, w) in [0, 1] of an image with 2 or 4 channels, 1 for one without."""
    return image[:, -1:] if image.shape[1] in (2, 4) else torch.ones_like(image[:, :1])


def luma(image: Tensor) -> Tensor:
    """The luma (n, 1, h, w) of RGB (n, 3, h, w), in the range of that: it is linear, so it serves differences too."""
    weights = image.new_tensor(LUMA_WEIGHTS).view(1, 3, 1, 1)
    return (image * weights).sum(1, keepdim=True)


def in_grey(image: Tensor) -> Tensor:
    """RGB (n, 3, h, w) as its luma, still of three channels."""
    return luma(image).expand_as(image)


def resample(image: Tensor, size: tuple[int, int]) -> Tensor:
    """An image (n, c, h, w) in [0, 1] at `size` (height, width): antialiased bilinear where it shrinks, bicubic where
    it grows. What bicubic overshoots is clamped to [0, 1], so one in [-1, 1] has to be `unsigned` first.
    """
    if image.shape[-2:] == size:
        return image
    shrinks = size[0] <= image.shape[-2] and size[1] <= image.shape[-1]
    mode = "bilinear" if shrinks else "bicubic"
    return F.interpolate(image, size, mode=mode, antialias=shrinks, align_corners=False).clamp(0, 1)


def reduced_size(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """A size in its proportions, with at most `longest` pixels a side, and at least one; smaller ones stay."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def as_square(image: Tensor) -> Tensor:
    """The image (n, c, h, w), in any range, with its edges repeated until it is square (n, c, s, s), for networks that
    see squares.
    """
    height, width = image.shape[-2:]
    if height == width:
        return image
    side = max(height, width)
    left, top = (side - width) // 2, (side - height) // 2
    return F.pad(image, (left, side - width - left, top, side - height - top), mode="replicate")


def crop(image: Tensor, box: Box) -> Tensor:
    """The pixels (n, c, height, width) of `box` in an image (n, c, h, w), in any range. The box may reach outside the
    image, but has some of it: there the nearest edge pixel is repeated.
    """
    inside = box.clipped((image.shape[-1], image.shape[-2]))
    part = image[..., inside.y0 : inside.y1, inside.x0 : inside.x1].contiguous()
    beyond = (inside.x0 - box.x0, box.x1 - inside.x1, inside.y0 - box.y0, box.y1 - inside.y1)
    return F.pad(part, beyond, mode="replicate")


def square_around(box: Box, factor: float) -> Box:
    """The square centred on `box` whose side is `factor` times its longer side; may reach outside the picture."""
    side = max(2, round(max(box.size) * factor))
    x0, y0 = (box.x0 + box.x1 - side) // 2, (box.y0 + box.y1 - side) // 2
    return Box(x0, y0, x0 + side, y0 + side)


def between(values: Tensor, low: float, high: float) -> Tensor:
    """0 up to `low`, 1 from `high` on, and the share of the way between them."""
    return ((values - low) / (high - low)).clamp(0, 1)


def place(image: Tensor, painted: Tensor, area: Box, where: Tensor) -> Tensor:
    """An image (1, c, h, w) in [0, 1] with `painted` (1, c, height, width) in [0, 1], which covers `area`, where the
    mask `where` (1, 1, h, w) is not 0.
    """
    inside = area.clipped((image.shape[-1], image.shape[-2]))
    left, top = inside.x0 - area.x0, inside.y0 - area.y0
    new = painted[..., top : top + inside.height, left : left + inside.width]
    part = (..., slice(inside.y0, inside.y1), slice(inside.x0, inside.x1))
    result = image.clone()
    result[part] = torch.where(where[part] > 0, new, image[part])
    return result


def sample_box(mask: Tensor, layer_size: tuple[int, int], box: Box) -> Tensor:
    """`box` (in a layer of `layer_size` = width, height) of a mask (1, 1, h, w) in [0, 1] of that whole layer, kept at
    another size: (1, 1, height, width) of the box, in [0, 1].

    Bilinear with half-pixel centres, one axis after the other, so that a huge layer is never held whole.
    """
    rows = _lerp(mask, -2, box.y0, box.y1, mask.shape[-2] / layer_size[1])
    return _lerp(rows, -1, box.x0, box.x1, mask.shape[-1] / layer_size[0])


def _lerp(image: Tensor, axis: int, start: int, stop: int, scale: float) -> Tensor:
    length = image.shape[axis]
    position = ((torch.arange(start, stop, device=image.device) + 0.5) * scale - 0.5).clamp(0, length - 1)
    lower = position.floor().long()
    upper = (lower + 1).clamp(max=length - 1)
    fraction = (position - lower).to(image.dtype)
    fraction = fraction[:, None] if axis == -2 else fraction
    return torch.lerp(image.index_select(axis, lower), image.index_select(axis, upper), fraction)


def shifted(image: Tensor, down: int, right: int, box: Box | None = None) -> Tensor:
    """image(x + s), s = (`down`, `right`), at every x of a box, else of the image (n, c, h, w); 0 where that is
    outside.
    """
    height, width = image.shape[-2:]
    box = box or Box(0, 0, width, height)
    result = image.new_zeros(*image.shape[:2], box.height, box.width)
    y0, y1 = max(0, box.y0 + down), min(height, box.y1 + down)
    x0, x1 = max(0, box.x0 + right), min(width, box.x1 + right)
    if y0 < y1 and x0 < x1:
        top, left = y0 - down - box.y0, x0 - right - box.x0
        result[..., top : top + y1 - y0, left : left + x1 - x0] = image[..., y0:y1, x0:x1]
    return result


def bounding_box(mask: Tensor, threshold: float = 0.5) -> Box:
    """The box of the pixels of a mask (1, 1, h, w) above `threshold`. Raises ValueError where there is none."""
    return boxes.bounding_box((mask[0, 0] > threshold).cpu().numpy())


def dilate(mask: Tensor, radius: int) -> Tensor:
    """A mask (1, 1, h, w) grown by `radius` pixels: maximum over an octagon (a square and a diamond share the work)."""
    square, cross = radius - radius // 2, radius // 2
    grown = highest_around(mask, square)
    for _ in range(cross):
        grown = torch.maximum(_highest_along(grown, -2, 1), _highest_along(grown, -1, 1))
    return grown


def highest_around(image: Tensor, reach: int) -> Tensor:
    """For every pixel of an image (n, c, h, w) in any range the highest value of the square (2 `reach` + 1 a side)
    around it, in its shape: as max pooling, in a tenth of its time.
    """
    return _highest_along(_highest_along(image, -2, reach), -1, reach)


def _highest_along(image: Tensor, axis: int, reach: int) -> Tensor:
    beyond = (0, 0, reach, reach) if axis == -2 else (reach, reach)
    highest = F.pad(image, beyond, value=-torch.inf)
    # Each turn at most doubles how many neighbours every value is the highest of.
    window, covered = 2 * reach + 1, 1
    while covered < window:
        step = min(covered, window - covered)
        length = highest.shape[axis] - step
        highest = torch.maximum(highest.narrow(axis, 0, length), highest.narrow(axis, step, length))
        covered += step
    return highest


def blur(image: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of an image (n, c, h, w), in any range, with `sigma` in pixels; edges are replicated."""
    # Not by a convolution: oneDNN makes and keeps a program for each size of a picture, up to 1,024 of them.
    # https://uxlfoundation.github.io/oneDNN/dev_guide_primitive_cache.html
    radius = max(1, round(3 * sigma))
    kernel = torch.exp(-0.5 * (torch.arange(radius + 1) / max(sigma, 1e-6)) ** 2)
    weights = (kernel / (2 * kernel.sum() - kernel[0])).tolist()
    vertical = _weighted_along(F.pad(image, (0, 0, radius, radius), mode="replicate"), -2, weights)
    return _weighted_along(F.pad(vertical, (radius, radius, 0, 0), mode="replicate"), -1, weights)


def weighted_blur(image: Tensor, weight: Tensor, sigma: float, least: float = 1e-3) -> Tensor:
    """The same of what counts by `weight` (1, 1, h, w) alone, spread to where that is little: the mean of the pixels
    around each. least: weight around a pixel that is taken for as much, or nothing would be divided by nothing.
    """
    return blur(image * weight, sigma) / blur(weight, sigma).clamp(min=least)


def _weighted_along(padded: Tensor, axis: int, weights: list[float]) -> Tensor:
    """The sum of every value by the first weight and of its neighbours along an axis, on either side, by the others."""
    radius = len(weights) - 1
    length = padded.shape[axis] - 2 * radius
    total = padded.narrow(axis, radius, length) * weights[0]
    for away, weight in enumerate(weights[1:], 1):
        pair = padded.narrow(axis, radius - away, length) + padded.narrow(axis, radius + away, length)
        total.add_(pair, alpha=weight)
    return total
