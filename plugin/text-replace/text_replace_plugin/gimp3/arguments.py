"""Arguments and results of the procedures in GIMP 3, and the prompts of the last run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import gi

from text_replace_plugin import settings
from text_replace_plugin.i18n import _
from text_replace_wire import options
from text_replace_wire.option import Entry, Kind, Option

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GObject  # noqa: E402

_READWRITE = GObject.ParamFlags.READWRITE
_PROMPTS = tuple(option.name for option in options.PROMPTS)
#: In the user's profile. GIMP itself would put the last values into the image as well, where they would be saved.
_REMEMBERED = f"{settings.PROCEDURE}-prompts"
_PERSISTENT = 1


def add(procedure: Any) -> None:
    """The arguments of the options."""
    for option in options.OPTIONS:
        _add(procedure, option)


def _add(procedure: Any, option: Option) -> None:
    names = option.name, _(option.label), settings.documented(option)
    if option.kind is Kind.TEXT:
        procedure.add_string_argument(*names, option.default, _READWRITE)
    elif option.kind is Kind.INTEGER:
        procedure.add_int_argument(*names, *map(int, settings.bounds(option)), option.default, _READWRITE)
    elif option.kind is Kind.NUMBER:
        procedure.add_double_argument(*names, *map(float, settings.bounds(option)), option.default, _READWRITE)
    elif option.kind is Kind.CHOICE:
        procedure.add_choice_argument(*names, _choice(option.entries), option.default, _READWRITE)
    else:
        procedure.add_boolean_argument(*names, option.default, _READWRITE)


def _choice(entries: Sequence[Entry]) -> Any:
    choice = Gimp.Choice.new()
    for number, entry in enumerate(entries):
        choice.add(entry.value, number, _(entry.label), _(entry.explanation))
    return choice


def values(config: Any) -> dict[str, Any]:
    """The arguments, by the options' fields."""
    return {option.field: config.get_property(option.name) for option in options.OPTIONS}


def fill(config: Any, asked: settings.Settings) -> None:
    """Put checked settings back into the arguments."""
    spoken = settings.values(asked)
    for option in options.OPTIONS:
        config.set_property(option.name, spoken[option.field])


def add_results(procedure: Any) -> None:
    """The best layer, all of them, best first, and their scores."""
    procedure.add_layer_return_value("layer", _("Layer"), _("The new layer"), False, _READWRITE)
    procedure.add_core_object_array_return_value(
        "layers", _("Layers"), _("All new layers, best first"), Gimp.Layer.__gtype__, _READWRITE
    )
    procedure.add_double_array_return_value(
        "scores", _("Scores"), _("How well each layer fits the description: CLIP's cosine"), _READWRITE
    )


def layer_array(layers: Sequence[Any]) -> Any:
    """A GValue for a return value."""
    # From Python only a config can make an array of objects.
    config = Gimp.get_pdb().lookup_procedure(settings.PROCEDURE).create_config()
    config.set_core_object_array("drawables", list(layers))
    value = GObject.Value()
    value.init(Gimp.core_object_array_get_type())
    value.set_boxed(config.get_property("drawables"))
    return value


def double_array(numbers: Sequence[float]) -> Any:
    """A GValue for a return value."""
    value = GObject.Value()
    value.init(Gimp.DoubleArray.__gtype__)
    Gimp.value_set_double_array(value, list(numbers))
    return value


def remember(config: Any) -> None:
    """Keep the prompts for the next run, and take them out of what GIMP is about to keep in the image."""
    prompts = {name: config.get_property(name) for name in _PROMPTS}
    Gimp.attach_parasite(Gimp.Parasite.new(_REMEMBERED, _PERSISTENT, list(json.dumps(prompts).encode())))
    for name in _PROMPTS:
        config.set_property(name, "")


def recall(config: Any) -> None:
    """Fill in the prompts of the last run where there are none."""
    parasite = Gimp.get_parasite(_REMEMBERED)
    if parasite is None or any(config.get_property(name) for name in _PROMPTS):
        return
    try:
        prompts = json.loads(bytes(parasite.get_data()))
        for name in _PROMPTS:
            # Older versions kept fewer.
            config.set_property(name, str(prompts.get(name, "")))
    except (ValueError, AttributeError):
        # Somebody else's parasite; the user types.
        return
