"""The procedures in GIMP 3.0 and 3.2: run modes and return values. Their arguments are in `arguments`."""

from __future__ import annotations

from typing import Any, Callable

import gi

from text_replace_plugin import refusals, settings
from text_replace_plugin.gimp3 import arguments
from text_replace_plugin.i18n import DOMAIN, HELP, _

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, Gio, GLib, GObject  # noqa: E402


class TextReplace(Gimp.PlugIn):  # type: ignore[misc]
    def do_set_i18n(self, _name: str) -> bool:
        # The texts are translated when they get here: see i18n.
        return False

    def do_query_procedures(self) -> list[str]:
        # Where F1 and the dialog's Help button look for the procedures' help pages.
        self.set_help_domain(DOMAIN, Gio.File.new_for_path(str(HELP)))
        return [settings.PROCEDURE, settings.EDIT_AGAIN]

    def do_create_procedure(self, name: str) -> Any:
        again = name == settings.EDIT_AGAIN
        run = _run_again if again else _run
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, run, None)
        # GIMP greys the menu item out for anything else and names these kinds; scripts get sentences of our own.
        procedure.set_image_types("RGB*, GRAY*")
        procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
        label, blurb, text = (
            (settings.AGAIN_MENU_LABEL, settings.AGAIN_BLURB, settings.AGAIN_HELP)
            if again
            else (settings.MENU_LABEL, settings.BLURB, settings.HELP)
        )
        procedure.set_menu_label(_(label))
        procedure.add_menu_path("<Image>/Filters")
        procedure.set_documentation(_(blurb), _(text), name)
        procedure.set_attribution(settings.AUTHORS, settings.AUTHORS, settings.DATE)
        if not again:
            arguments.add(procedure)
        arguments.add_results(procedure)
        return procedure


def _run(procedure: Any, run_mode: Any, image: Any, drawables: Any, config: Any, _data: Any) -> Any:
    return _ended(procedure, lambda: _replace(procedure, run_mode, image, drawables, config))


def _run_again(procedure: Any, run_mode: Any, image: Any, drawables: Any, _config: Any, _data: Any) -> Any:
    return _ended(procedure, lambda: _edit_again(procedure, run_mode, image, drawables))


def _ended(procedure: Any, work: Callable[[], Any]) -> Any:
    """Return values for what `work` gives, a `session.Applied`, or for how it failed."""
    from text_replace_plugin import outcome

    result = outcome.of(work)
    Gimp.displays_flush()
    if result.ending is outcome.Ending.DONE:
        values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())
        layers = result.value.layers
        results = [
            GObject.Value(Gimp.Layer, layers[0]),
            arguments.layer_array(layers),
            arguments.double_array(result.value.scores),
        ]
        for number, value in enumerate(results, 1):
            values.remove(number)
            values.insert(number, value)
        return values
    if result.ending is outcome.Ending.CANCELLED:
        return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, GLib.Error())
    return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, GLib.Error(result.message))


def _replace(procedure: Any, run_mode: Any, image: Any, drawables: Any, config: Any) -> Any:
    from text_replace_plugin import session

    host = _host(image, drawables)
    host.describe()
    if run_mode != Gimp.RunMode.NONINTERACTIVE:
        arguments.recall(config)
    if run_mode == Gimp.RunMode.INTERACTIVE:
        from text_replace_plugin.gimp3.dialog import opening

        applied = opening.replace(procedure, config, host, _bar)
        arguments.remember(config)
        return applied
    asked = settings.check(**arguments.values(config))
    return _with_bar(lambda display: session.replace(host, display, asked))


def _edit_again(procedure: Any, run_mode: Any, image: Any, drawables: Any) -> Any:
    from text_replace_plugin import again

    result = _host(image, drawables)
    if run_mode != Gimp.RunMode.INTERACTIVE:
        return _with_bar(lambda display: again.again(result, display))
    from text_replace_plugin.gimp3.dialog import opening

    opened = again.open_recipe(result)
    # The dialog shows the arguments of the first procedure, filled in from the recipe.
    shown = procedure.get_plug_in().do_create_procedure(settings.PROCEDURE)
    config = shown.create_config()
    arguments.fill(config, opened.asked)
    return opening.replace(shown, config, opened.host, _bar, opened)


def _with_bar(work: Callable[[Any], Any]) -> Any:
    """What `work` gives, called with GIMP's own progress bar."""
    display = _bar()
    try:
        return work(display)
    finally:
        display.close()


def _host(image: Any, drawables: Any) -> Any:
    from text_replace_plugin.gimp3.host import Gimp3Host
    from text_replace_wire.errors import BadImage

    if len(drawables) != 1:
        raise BadImage(refusals.ONE_LAYER)
    return Gimp3Host(image, drawables[0])


def _bar() -> Any:
    from text_replace_plugin.gimp_display import GimpDisplay

    return GimpDisplay(Gimp.progress_init, Gimp.progress_set_text, Gimp.progress_update, Gimp.progress_end)


def main(arguments_of_gimp: list[str]) -> int:
    return int(Gimp.main(TextReplace.__gtype__, arguments_of_gimp) or 0)
