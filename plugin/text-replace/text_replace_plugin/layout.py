"""Which option stands where in the dialogs; every option of the table has a place, new ones too."""

from __future__ import annotations

from text_replace_wire import options
from text_replace_wire.option import Kind, Option

PROMPTS = (options.REPLACE, options.WITH)
#: How to paint, in sight.
PAINTING = (options.MODELS, options.PAINTER, options.PRESET, options.ROOM, options.VARIATIONS)
#: All that is in sight, from the top.
MAIN = (*PROMPTS, options.REMOVE, *PAINTING, options.USE_SELECTION)
_FIRST = (options.SEED, options.STRENGTH, options.STEPS, options.GUIDANCE_SCALE, options.NEGATIVE_PROMPT)


def further() -> list[Option]:
    """What is rarely asked for: everything that has no other place, but boxes to tick."""
    here = [option for option in _rest() if option.kind is not Kind.FLAG]
    return sorted(here, key=lambda option: _FIRST.index(option) if option in _FIRST else len(_FIRST))


def flags() -> list[Option]:
    """Boxes to tick, behind those."""
    return [option for option in _rest() if option.kind is Kind.FLAG]


def _rest() -> list[Option]:
    return [option for option in options.OPTIONS if option not in MAIN]
