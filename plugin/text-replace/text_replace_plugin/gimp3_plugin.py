"""The procedure in GIMP 3.0 and 3.2: registration, run modes, return values."""

from __future__ import annotations

from typing import Any

import gi
from text_replace_wire.messages import MAX_SEED, ModelChoice, Preset

from . import refusals, settings
from .i18n import _

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GLib, GObject  # noqa: E402

_ARGUMENTS = ("replace", "with", "seed", "preset", "models")
_READWRITE = GObject.ParamFlags.READWRITE


class TextReplace(Gimp.PlugIn):  # type: ignore[misc]
    def do_set_i18n(self, _name: str) -> bool:
        # The texts are translated when they get here: see i18n.
        return False

    def do_query_procedures(self) -> list[str]:
        return [settings.PROCEDURE]

    def do_create_procedure(self, name: str) -> Any:
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, _run, None)
        # Kinds of image that cannot be edited get a sentence, not a grey menu item.
        procedure.set_image_types("*")
        procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
        procedure.set_menu_label(_(settings.MENU_LABEL))
        procedure.add_menu_path("<Image>/Filters")
        procedure.set_documentation(_(settings.BLURB), _(settings.HELP), name)
        procedure.set_attribution(settings.AUTHORS, settings.AUTHORS, settings.DATE)
        procedure.add_string_argument("replace", _("Re_place"), _("What is in the picture"), "", _READWRITE)
        procedure.add_string_argument("with", _("_With"), _("What to paint instead"), "", _READWRITE)
        procedure.add_int_argument(
            "seed", _("S_eed (−1 = random)"), _("The same seed gives the same picture"), -1, MAX_SEED, -1, _READWRITE
        )
        procedure.add_choice_argument(
            "preset", _("Prese_t"), _("How to paint"), _choice(settings.PRESETS), Preset.STANDARD.value, _READWRITE
        )
        procedure.add_choice_argument(
            "models",
            _("_Models"),
            _("Which models to use"),
            _choice(settings.MODELS),
            ModelChoice.AUTO.value,
            _READWRITE,
        )
        procedure.add_layer_return_value("layer", _("Layer"), _("The new layer"), False, _READWRITE)
        return procedure


def _choice(entries: Any) -> Any:
    choice = Gimp.Choice.new()
    for number, (value, (label, explanation)) in enumerate(entries.items()):
        choice.add(value.value, number, label, explanation)
    return choice


def _run(procedure: Any, run_mode: Any, image: Any, drawables: Any, config: Any, _data: Any) -> Any:
    from . import outcome

    result = outcome.of(lambda: _replace(procedure, run_mode, image, drawables, config))
    if result.ending is outcome.Ending.DONE:
        values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())
        values.remove(1)
        values.insert(1, GObject.Value(Gimp.Layer, result.value))
        return values
    if result.ending is outcome.Ending.CANCELLED:
        return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, GLib.Error())
    return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, GLib.Error(result.message))


def _replace(procedure: Any, run_mode: Any, image: Any, drawables: Any, config: Any) -> Any:
    from text_replace_wire.errors import BadImage, Cancelled

    from . import session
    from .gimp3_host import Gimp3Host
    from .gimp_display import GimpDisplay

    if len(drawables) != 1:
        raise BadImage(refusals.ONE_LAYER)
    host = Gimp3Host(image, drawables[0])
    host.describe()
    interactive = run_mode == Gimp.RunMode.INTERACTIVE
    if interactive:
        from . import gtk3_windows

        if not gtk3_windows.ask(procedure, config):
            raise Cancelled("Cancelled in the dialog.")
    asked = settings.check(*(config.get_property(name) for name in _ARGUMENTS))
    display: Any = GimpDisplay(Gimp.progress_init, Gimp.progress_set_text, Gimp.progress_update)
    if interactive:
        display = gtk3_windows.ProgressWindow(display)
    try:
        (layer,) = session.replace(host, display, asked).layers
    finally:
        display.close()
    Gimp.displays_flush()
    return layer


def main(arguments: list[str]) -> int:
    return int(Gimp.main(TextReplace.__gtype__, arguments) or 0)
