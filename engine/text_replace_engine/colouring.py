"""The colours that a prompt says: given to what was painted for it, for models that were told of none. The set's own
finder sees where in the painting the object is.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch
from torch import Tensor

from text_replace_engine.cielab import cielab, from_cielab
from text_replace_engine.colour_words import Colour, colour_named
from text_replace_engine.finding.finder import Finder
from text_replace_engine.models.vocabulary import Named, Reading
from text_replace_engine.painting.matting import matte
from text_replace_engine.painting.painter import Canvas
from text_replace_engine.painting.recolour import recoloured
from text_replace_engine.recognition import seen_in, square_of
from text_replace_engine.tensors import crop, in_grey, place
from text_replace_wire.messages import Stage
from text_replace_wire.prompts import shown


def apart(told: Reading, canvas: Canvas) -> tuple[Named, ...]:
    """The objects that are painted by themselves, or in a colour that was said; none where several have no room."""
    return told.objects if canvas.shares is not None or len(told.objects) == 1 else ()


def notes(told: Reading, canvas: Canvas) -> list[str]:
    """A sentence on colours that cannot show, because the picture is grey, or on objects that are not painted apart;
    none where there are none.
    """
    said = [thing for thing in told.objects if thing.colour]
    if told.objects and not apart(told, canvas):
        names = " and ".join(f"“{shown(thing.text)}”" for thing in told.objects)
        lost = f" and without {_colours(said)}" if said else ""
        return [f"There is no room to paint {names} apart, so they are painted as one{lost}: name one of them only."]
    hidden = [thing for thing in said if _colour_of(thing, canvas.grey) is None]
    return [f"The picture is grey and stays so, without {_colours(hidden)}."] if hidden else []


def coloured(
    pixels: Tensor, canvas: Canvas, told: Reading, finder: Finder
) -> Generator[Stage, None, tuple[Tensor, list[str]]]:
    """A rendered painting (1, 3, h, w) in [0, 1] with its objects in the colours they were asked for in, and sentences
    on those that were not found in it. Objects of which no colour was said keep theirs.
    """
    missed: list[str] = []
    things = apart(told, canvas)
    if not things:
        return pixels, missed
    regions = [canvas.region] if canvas.shares is None else [share.region for share in canvas.shares.each]
    for thing, region in zip(things, regions, strict=True):
        colour = _colour_of(thing, canvas.grey)
        if colour is None:
            continue
        mask = yield from seen_in(pixels, region, thing.text, finder)
        if mask is None:
            missed.append(f"What was painted is not {colour.name}: there is no {shown(thing.text)} to be told apart.")
            continue
        area = square_of(region)
        view, inside = crop(pixels, area), crop(region, area)
        weight = (matte(view, mask) * (inside > 0))[0, 0].cpu().numpy()
        new = from_cielab(recoloured(cielab(view), weight, colour)).to(pixels)
        pixels = place(pixels, torch.where(inside > 0, new, view), area, region)
    return in_grey(pixels) if canvas.grey else pixels, missed


def _colours(things: Sequence[Named]) -> str:
    return ", ".join(f"“{shown(thing.colour)}”" for thing in things if thing.colour)


def _colour_of(thing: Named, grey: bool) -> Colour | None:
    """The colour to give it; in a grey picture black, white and what is between can be."""
    colour = None if thing.colour is None else colour_named(thing.colour)
    return None if colour is None or (grey and colour.hue is not None) else colour
