"""Other colours made grey or RGB with straight alpha, which is what an engine paints."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from text_replace_engine.client import profiles

#: (h, w, c), or (h, w), of uint8 or uint16, which the file decides.
Samples = NDArray[Any]
NO_PROFILE = "The CMYK colours were converted without a colour profile: they may look different."


def most(samples: Samples) -> int:
    """The largest value that samples of their type can have."""
    return int(np.iinfo(samples.dtype).max)


def eight_bits(samples: Samples) -> NDArray[np.uint8]:
    """The same picture with 8 bits: v/257, rounded. A picture of 8 bits is returned itself."""
    if samples.dtype != np.uint8:
        samples = (samples.astype(np.uint32) + 128) // 257
    return np.asarray(samples, np.uint8)


def scaled_up(values: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Values of `bits` bits as 8 bits."""
    return (values.astype(np.uint16) * (255 // ((1 << bits) - 1))).astype(np.uint8)


def straightened(samples: Samples) -> Samples:
    """Colour that is multiplied with its alpha (the last channel, associated alpha) divided by it again, rounded."""
    top = most(samples)
    result = samples.copy()
    alpha = samples[:, :, -1:].astype(np.uint64)
    colour = samples[:, :, :-1].astype(np.uint64)
    result[:, :, :-1] = np.minimum((colour * top + alpha // 2) // np.maximum(alpha, 1), top)
    return result


def with_transparent_colour(samples: Samples, colour: tuple[int, ...]) -> Samples:
    """With an alpha channel that is 0 where the pixel (h, w, c) is `colour`."""
    opaque = (samples != np.array(colour, samples.dtype)).any(2, keepdims=True)
    return np.concatenate([samples, opaque.astype(samples.dtype) * samples.dtype.type(most(samples))], 2)


def from_cmyk(cmyk: NDArray[np.uint8], profile: bytes | None) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """(h, w, 4), 255 full ink, as sRGB (h, w, 3), through `profile` where it is one of CMYK; and what to say of it."""
    image = Image.frombytes("CMYK", (cmyk.shape[1], cmyk.shape[0]), cmyk.tobytes())
    if profile is not None and profiles.colours_of(profile) == "CMYK":
        try:
            return _converted(image, profiles.opened(profile)), ()
        # A profile's inside may be damaged.
        except (ImageCms.PyCMSError, OSError):
            pass
    return np.asarray(image.convert("RGB")), (NO_PROFILE,)


def from_lab(lab: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """CIE L*a*b* (h, w, 3) under D50, L from 0 to 255, a and b signed, as sRGB (h, w, 3)."""
    image = Image.frombytes("LAB", (lab.shape[1], lab.shape[0]), lab.tobytes())
    return _converted(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> NDArray[np.uint8]:
    converted = ImageCms.profileToProfile(
        image,
        profile,
        profiles.opened(profiles.srgb()),
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        "RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None
    return np.asarray(converted)
