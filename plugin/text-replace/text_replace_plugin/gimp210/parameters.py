"""Parameters of procedures in gimpfu's words, and those that the options are in GIMP 2.10."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional

from text_replace_plugin import settings
from text_replace_plugin.i18n import _
from text_replace_plugin.model_choices import ModelChoice, choices
from text_replace_wire import options
from text_replace_wire.option import Kind, Option

PF_INT32 = "int32"
PF_FLOAT = "float"
PF_STRING = "string"
PF_RADIO = "radio"
PF_SPINNER = "spinner"
PF_SLIDER, PF_TOGGLE = "slider", "toggle"
PF_INT32ARRAY, PF_FLOATARRAY = "int32array", "floatarray"
PF_IMAGE = "image"
PF_LAYER = "layer"
PF_DRAWABLE = "drawable"

#: The arguments that the first procedure has always had.
_FIRST = (options.REPLACE, options.WITH, options.SEED, options.PRESET, options.MODELS)

#: What came later is asked in dialogs only: scripts have to give all arguments of a procedure, and have always given
#: those before.
_ASKED_ONLY = (
    options.MARK,
    options.REMOVE,
    options.PAINTER,
    options.ROOM,
    options.STEPS,
    options.GUIDANCE_SCALE,
    options.NEGATIVE_PROMPT,
    options.WORKING_SIZE,
)


@dataclass(frozen=True)
class Parameter:
    """One entry of `register`'s params: (type, name, label, default[, extra[, tooltip[, left[, digits]]]]).

    extra: PF_RADIO: ((label, value), …); PF_SPINNER (whole numbers) and PF_SLIDER: (lowest, highest, step).
    left: of a number that can be left to others: (the value that says so, what it means, the lowest besides, where the
    user begins). digits: of a number, so many behind the point.
    """

    kind: str
    name: str
    label: str
    default: Any = None
    extra: Any = None
    tooltip: str = ""
    left: Any = None
    digits: int = 0

    @property
    def description(self) -> str:
        """For who calls the procedure."""
        plain = self.label.replace("_", "")
        if self.left is None:
            return plain
        value, meaning, *_rest = self.left
        return settings.with_unset(plain, value, meaning)


def first() -> list[Option]:
    """The options that every procedure takes."""
    return list(_FIRST)


def further() -> list[Option]:
    """The other options, which dialogs ask for as well."""
    return [option for option in options.OPTIONS if option not in _FIRST]


def extended() -> list[Option]:
    """Those of them that the extended procedure takes, the first ones."""
    return [option for option in further() if option not in _ASKED_ONLY]


def of(option: Option) -> Parameter:
    """The parameter that an option is."""
    name, label, default, tooltip = option.name, _(option.label), option.default, _(option.explanation)
    if option is options.MODELS:
        return offering(choices((), default))
    if option.kind is Kind.TEXT:
        return Parameter(PF_STRING, name, label, default, tooltip=tooltip)
    if option.kind is Kind.CHOICE:
        return Parameter(PF_RADIO, name, label, default, entries(option), tooltip)
    if option.kind is Kind.FLAG:
        return Parameter(PF_TOGGLE, name, label, int(default), tooltip=tooltip)
    kind = PF_SPINNER if option.kind is Kind.INTEGER else PF_SLIDER
    left = None
    if option.unset_label:
        left = (option.unset, _(option.unset_label), option.lowest, option.start)
    range_ = (*settings.bounds(option), option.step)
    return Parameter(kind, name, label, default, range_, tooltip, left, option.digits)


def entries(option: Option, values: Optional[Sequence[str]] = None) -> tuple[tuple[str, str], ...]:
    """A choice as PF_RADIO has it. values: only these."""
    return tuple((_(entry.label), entry.value) for entry in option.entries if values is None or entry.value in values)


def offering(models: Sequence[ModelChoice]) -> Parameter:
    """The parameter of the models with these to choose from. No button fetches them here: the labels say how."""
    option = options.MODELS
    offered = tuple((": ".join(filter(None, (choice.label, choice.command))), choice.id) for choice in models)
    return Parameter(PF_RADIO, option.name, _(option.label), option.default, offered, _(option.explanation))


def by_field(given: Sequence[Any]) -> dict[str, Any]:
    """The values of `first` and `further`, in this order, as `settings.check` takes them."""
    return {option.field: value for option, value in zip((*first(), *further()), given)}


def in_order(spoken: dict[str, Any]) -> list[Any]:
    """The values by field in the order of `first` and `further`."""
    return [spoken[option.field] for option in (*first(), *further())]
