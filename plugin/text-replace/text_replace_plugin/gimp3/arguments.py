"""Arguments and results of the procedures in GIMP 3, and the prompts of the last run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import gi
from text_replace_wire.adjustments import MAX_GROWTH

from text_replace_plugin import settings
from text_replace_plugin.i18n import _
from text_replace_wire.messages import ModelChoice, Preset
from text_replace_wire.options import MAX_SEED

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GObject  # noqa: E402

_READWRITE = GObject.ParamFlags.READWRITE
_PROMPTS = ("replace", "with")
#: In the user's profile. GIMP itself would put the last values into the image as well, where they would be saved.
_REMEMBERED = f"{settings.PROCEDURE}-prompts"
_PERSISTENT = 1


def add(procedure: Any) -> None:
    """The arguments of `settings.ARGUMENTS`."""
    labels = settings.LABELS
    procedure.add_string_argument("replace", labels["replace"], _("What is in the picture"), "", _READWRITE)
    procedure.add_string_argument("with", labels["with"], _("What to paint instead"), "", _READWRITE)
    procedure.add_int_argument(
        "seed", labels["seed"], _("The same seed gives the same picture"), -1, MAX_SEED, -1, _READWRITE
    )
    procedure.add_choice_argument(
        "preset", labels["preset"], _("How to paint"), _choice(settings.PRESETS), Preset.STANDARD.value, _READWRITE
    )
    procedure.add_choice_argument(
        "models",
        labels["models"],
        _("Which models to use"),
        _choice(settings.MODELS),
        ModelChoice.AUTO.value,
        _READWRITE,
    )
    procedure.add_double_argument(
        "strength",
        labels["strength"],
        _("Share of the schedule that runs: less keeps more of the picture; 0: as the preset has it"),
        0.0,
        1.0,
        settings.PRESETS_OWN,
        _READWRITE,
    )
    procedure.add_int_argument(
        "variations",
        labels["variations"],
        _("How many results, from as many seeds"),
        1,
        settings.MAX_VARIATIONS,
        1,
        _READWRITE,
    )
    for name, explanation in (
        ("grow", _("Pixels by which the object grows before it is painted over; −1: automatic")),
        ("feather", _("Pixels over which the edge fades; −1: automatic")),
    ):
        least = settings.AUTOMATIC
        procedure.add_double_argument(name, labels[name], explanation, least, float(MAX_GROWTH), least, _READWRITE)
    for name, explanation, value in (
        ("use-selection", _("Replace what is selected; look for nothing"), False),
        ("keep-selection", _("Else it is lost"), False),
        ("as-layer-mask", _("A whole layer, cut out by a mask to edit"), False),
        ("record-recipe", _("In the layer, for Edit Again; it has the descriptions"), True),
    ):
        procedure.add_boolean_argument(name, labels[name], explanation, value, _READWRITE)


def fill(config: Any, asked: settings.Settings) -> None:
    """Put checked settings back into the arguments."""
    for name, value in settings.values(asked).items():
        config.set_property(name, value)


def _choice(entries: Any) -> Any:
    choice = Gimp.Choice.new()
    for number, (value, (label, explanation)) in enumerate(entries.items()):
        choice.add(value.value, number, label, explanation)
    return choice


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
            config.set_property(name, str(prompts[name]))
    except (ValueError, KeyError, TypeError):
        # Somebody else's parasite; the user types.
        return
