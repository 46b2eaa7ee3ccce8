"""Pictures, RGB (h, w, 3), that are not in the starter's style, made by chance: photograph, scan, screenshot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Pixels = NDArray[np.uint8]


def photograph() -> Pixels:
    """What a camera's pictures have: detail at every scale, out of focus in parts, with sensor noise."""
    rng = np.random.default_rng(3)
    scales = (2, 4, 8, 16, 32, 64, 128)
    planes = [Image.fromarray(rng.normal(0, 1, (cells, cells)).astype(np.float32)) for cells in scales]
    field = sum(np.asarray(plane.resize((480, 360), Image.Resampling.BICUBIC)) / n for n, plane in enumerate(planes, 1))
    light = 0.45 + 0.16 * np.asarray(field)[..., None] * np.array([1.0, 0.85, 0.6])
    noisy = light + rng.normal(0, 0.02, light.shape)
    sharp = Image.fromarray((noisy.clip(0, 1) * 255).astype(np.uint8))
    blurred = np.asarray(sharp.filter(ImageFilter.GaussianBlur(4)))
    return np.where(np.arange(480)[None, :, None] < 200, np.asarray(sharp), blurred)


def page() -> Pixels:
    """A scan of text: grey paper, soft dark letters, a little askew."""
    rng = np.random.default_rng(4)
    image = Image.new("L", (620, 800), 235)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(15)
    for line in range(36):
        words = " ".join("".join(rng.choice(list("aeionrstlm"), rng.integers(2, 9))) for _ in range(10))
        draw.text((50, 40 + 20 * line), words[:62], fill=40, font=font)
    scanned = np.asarray(
        image.rotate(0.7, Image.Resampling.BICUBIC, fillcolor=235).filter(ImageFilter.GaussianBlur(0.7))
    )
    grain = scanned + rng.normal(0, 5, scanned.shape)
    return np.repeat(grain.clip(0, 255).astype(np.uint8)[..., None], 3, 2)


def screenshot() -> Pixels:
    """A window with a title, a list, fields and buttons."""
    image = Image.new("RGB", (720, 480), (246, 245, 244))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(14)
    draw.rectangle((0, 0, 720, 34), (222, 221, 218))
    draw.text((310, 9), "Preferences", fill=(46, 52, 54), font=font)
    draw.rectangle((0, 35, 190, 480), (255, 255, 255), (205, 199, 194))
    for row in range(12):
        draw.text((16, 48 + 34 * row), f"Section number {row}", fill=(46, 52, 54), font=font)
    for row in range(7):
        draw.text((215, 62 + 50 * row), "Name of this setting", fill=(46, 52, 54), font=font)
        draw.rectangle((420, 54 + 50 * row, 690, 84 + 50 * row), (255, 255, 255), (205, 199, 194))
        draw.text((430, 62 + 50 * row), "its value, and more", fill=(46, 52, 54), font=font)
    for left in (480, 590):
        draw.rectangle((left, 430, left + 100, 462), (237, 235, 233), (205, 199, 194))
        draw.text((left + 26, 438), "Button", fill=(46, 52, 54), font=font)
    return np.asarray(image)
