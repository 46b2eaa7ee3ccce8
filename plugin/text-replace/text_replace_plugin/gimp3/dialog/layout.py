"""Which option stands where in the dialog; every option of the table has a place, new ones too."""

from __future__ import annotations

from text_replace_wire import options
from text_replace_wire.options import Kind, Option

PROMPTS = (options.REPLACE, options.WITH)
#: Pixels: where the sliders end; the numbers beside them go on.
SLIDER_END = 200.0
_FIRST = (options.PRESET, options.STRENGTH, options.VARIATIONS, options.SEED)


def painting() -> list[Option]:
    """How to paint: all that has no other place."""
    elsewhere = (*PROMPTS, options.REMOVE, options.MODELS, *sliders(), *flags())
    here = [option for option in options.OPTIONS if option not in elsewhere]
    return sorted(here, key=lambda option: _FIRST.index(option) if option in _FIRST else len(_FIRST))


def sliders() -> list[Option]:
    """Numbers of which the lowest few are the usual ones."""
    return [option for option in options.OPTIONS if option.kind is Kind.NUMBER and option.most > SLIDER_END]


def flags() -> list[Option]:
    """Boxes to tick, but for the one beside what to paint."""
    return [option for option in options.OPTIONS if option.kind is Kind.FLAG and option is not options.REMOVE]
