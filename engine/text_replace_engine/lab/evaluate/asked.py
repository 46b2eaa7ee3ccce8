"""Whether an edit has the colour, or shows the two objects, that were asked for.

The colour is measured in another space than the engine's, Oklab (https://bottosson.github.io/posts/oklab/), against
colours of CSS, on what differs from the ground that the scene was composed on: no mask, range or hue of the engine's
is in it. It cannot see whether the colour is on the right part of the object, nor what of the object looks like its
ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import ImageColor

from text_replace_engine.lab.evaluate.asked_cases import COLOURS, is_grey
from text_replace_engine.lab.evaluate.edit_cases import EditCase
from text_replace_engine.lab.evaluate.edits import paint
from text_replace_engine.lab.evaluate.judge import SURE, Judge
from text_replace_engine.models.lengths import room_for
from text_replace_engine.painting.guided.sampling.presets import Preset
from text_replace_engine.painting.region import edit_region
from text_replace_engine.painting.shares import shared_out
from text_replace_wire.api import EngineApi, IsCancelled

#: Degrees between the hue that is asked for and the one that is there.
RIGHT_HUE = 30.0
#: In Oklab: less chroma has no hue; what differs more from the ground is the object.
_GREY, _DIFFERENT = 0.04, 0.08
#: Lightness in Oklab; and how much of an object at least has no hue, where none is asked for.
_LIGHTNESS = {"black": (0.0, 0.45), "white": (0.8, 1.0), "grey": (0.4, 0.85)}
_LEAST_GREY = 0.5
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class ColouredEdit:
    """hue: of most of the object, in degrees of Oklab; None: it has none. right: it is the colour that was asked for.

    grey: the picture was; colourless: so is the result, to the bit, and around the region nothing has changed.
    """

    replace: str
    with_: str
    found: bool
    grey: bool = False
    hue: float | None = None
    lightness: float = 0.0
    right: bool = False
    colourless: bool = False


@dataclass(frozen=True)
class SeveralEdit:
    """answers, probabilities: what the judge calls what is in each share, and how sure it is of what was asked for."""

    replace: str
    with_: str
    found: bool
    answers: tuple[str, ...] = ()
    probabilities: tuple[float, ...] = ()

    @property
    def recognised(self) -> bool:
        return self.found and all(probability >= SURE for probability in self.probabilities)


def coloured(engine: EngineApi, case: EditCase, cancelled: IsCancelled) -> ColouredEdit:
    """An edit in a colour, by `ColouredEdits`. Raises whatever the engine raises."""
    result, grey = paint(engine, case, Preset.STANDARD, cancelled), is_grey(case)
    if result is None or case.twin is None:
        return ColouredEdit(case.replace, case.with_, found=False, grey=grey)
    inside = result.region > 127
    new = oklab(result.pixels[inside])
    colours = new[np.linalg.norm(new - oklab(case.twin.ground[inside]), axis=-1) > _DIFFERENT]
    word = case.with_.split()[0]
    found, lightness = main_hue(colours), float(np.median(colours[:, 0])) if len(colours) else 0.0
    outside = result.region == 0
    kept = bool((result.pixels[outside] == case.pixels[outside]).all())
    return ColouredEdit(
        case.replace,
        case.with_,
        found=True,
        grey=grey,
        hue=None if found is None else round(found, 1),
        lightness=round(lightness, 3),
        right=len(colours) > 0 and is_called(word, colours),
        colourless=kept and bool((result.pixels == result.pixels[..., :1]).all()),
    )


def several(engine: EngineApi, judge: Judge, case: EditCase, cancelled: IsCancelled) -> SeveralEdit:
    """An edit with two objects, by `SeveralEdits`, each judged in its share. Raises whatever the engine raises."""
    result = paint(engine, case, Preset.STANDARD, cancelled)
    if result is None:
        return SeveralEdit(case.replace, case.with_, found=False)
    names = case.with_.split(" and ")
    room = edit_region(torch.from_numpy(result.object_mask / np.float32(255))[None, None])
    shares = shared_out(room.expand(-1, 3, -1, -1), room, room, names, room_for(names))
    if shares is None:
        return SeveralEdit(case.replace, case.with_, found=False)
    planes = [(share.region[0, 0].numpy() * 255).astype(np.uint8) for share in shares.each]
    verdicts = [judge.verdict(result.pixels, plane) for plane in planes]
    sure = (round(verdict.probabilities[name], 4) for verdict, name in zip(verdicts, names, strict=True))
    return SeveralEdit(case.replace, case.with_, True, tuple(verdict.answer for verdict in verdicts), tuple(sure))


def oklab(pixels: NDArray[np.uint8]) -> Floats:
    """Oklab (…, 3) of sRGB (…, 3)."""
    encoded = pixels / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    colours: Floats = np.cbrt(linear @ _TO_CONES.T) @ _TO_OKLAB.T
    return colours


def main_hue(colours: Floats) -> float | None:
    """The commonest hue among colours (n, 3), in degrees; None where there is none."""
    chroma = np.hypot(colours[:, 1], colours[:, 2])
    hues = np.degrees(np.arctan2(colours[:, 2], colours[:, 1]))[chroma > _GREY] % 360
    if not len(hues):
        return None
    counts = np.bincount(hues.astype(int) % 360, chroma[chroma > _GREY], 360)
    # Over 31 degrees, around the circle.
    smooth = np.convolve(np.concatenate([counts[-15:], counts, counts[:15]]), np.ones(31), "valid")
    return float(smooth.argmax())


def is_called(word: str, colours: Floats) -> bool:
    """Whether colours (n, 3), n > 0, of an object are mostly what `word` of the list says."""
    css = COLOURS[word]
    if css is None:
        grey = np.hypot(colours[:, 1], colours[:, 2]) < _GREY
        first, last = _LIGHTNESS[word]
        return bool(grey.mean() >= _LEAST_GREY and first <= np.median(colours[grey, 0]) <= last)
    found = main_hue(colours)
    wanted = main_hue(oklab(np.array([ImageColor.getrgb(css)[:3]], np.uint8)))
    return found is not None and wanted is not None and abs((found - wanted + 180) % 360 - 180) <= RIGHT_HUE
