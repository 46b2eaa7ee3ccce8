"""A sample's pixels: what was painted, on the ground that is known, in the colours that were asked for."""

from __future__ import annotations

from collections.abc import Generator

import torch
from torch import Tensor

from text_replace_engine.colouring import coloured
from text_replace_engine.finding.finder import Finder
from text_replace_engine.models.vocabulary import Reading
from text_replace_engine.painting.gone import Gone
from text_replace_engine.painting.grounding import Site, grounded
from text_replace_engine.painting.painter import Canvas, Sample, SeeingPainter
from text_replace_engine.painting.settling import settled
from text_replace_engine.recognition import seen_around, seen_in, square_of
from text_replace_engine.sets.model_set import LoadedSet
from text_replace_engine.tensors import place
from text_replace_wire.errors import NoPicture
from text_replace_wire.messages import Stage


def rendered(
    models: LoadedSet, canvas: Canvas, told: Reading, sample: Sample
) -> Generator[Stage, None, tuple[Tensor, list[str]]]:
    """Pixels (1, 3, h, w) in [0, 1], and sentences on what was not painted as it was asked for. Raises NoPicture."""
    pixels = models.painter.render(canvas, sample)
    check_finite(pixels)
    if canvas.gone is not None:
        pixels = yield from _settled(models, canvas, told, sample, pixels, canvas.gone)
    return (yield from coloured(pixels, canvas, told, models.finder))


def _settled(
    models: LoadedSet, canvas: Canvas, told: Reading, sample: Sample, pixels: Tensor, gone: Gone
) -> Generator[Stage, None, Tensor]:
    shown = models.painter.shown(canvas, sample) if isinstance(models.painter, SeeingPainter) else None
    if shown is not None:
        seen = yield from seen_around(gone, canvas.region, canvas.image, told.text, models.finder)
        under = None if canvas.shares is None else canvas.shares.ground
        return grounded(pixels, shown, Site(canvas.image, canvas.region, seen.gone, seen.others, under))
    new = yield from _new(pixels, canvas, told, models.finder)
    return settled(pixels, canvas.image, canvas.region, gone.whole, new)


def check_finite(picture: Tensor) -> None:
    """Raises NoPicture: in float16 some cards compute what is none (https://github.com/pytorch/pytorch/issues/58123)."""
    if not bool(torch.isfinite(picture).all()):
        raise NoPicture


def _new(pixels: Tensor, canvas: Canvas, told: Reading, finder: Finder) -> Generator[Stage, None, Tensor | None]:
    """Where the new objects are, (1, 1, h, w) in [0, 1]; None where one of them is not to be seen."""
    shares = () if canvas.shares is None else canvas.shares.each
    new = torch.zeros_like(canvas.region)
    for text, region in [(share.text, share.region) for share in shares] or [(told.text, canvas.region)]:
        mask = yield from seen_in(pixels, region, text, finder, whatever=True)
        if mask is None:
            return None
        new = torch.maximum(new, place(torch.zeros_like(new), mask, square_of(region), region))
    return new
