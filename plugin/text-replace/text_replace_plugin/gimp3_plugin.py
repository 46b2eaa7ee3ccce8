"""The procedures in GIMP 3.0 and 3.2: run modes and return values. Their arguments are in `gimp3_arguments`."""

from __future__ import annotations

from typing import Any, Callable

import gi

from . import gimp3_arguments as arguments
from . import refusals, settings
from .i18n import _

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GLib, GObject  # noqa: E402


class TextReplace(Gimp.PlugIn):  # type: ignore[misc]
    def do_set_i18n(self, _name: str) -> bool:
        # The texts are translated when they get here: see i18n.
        return False

    def do_query_procedures(self) -> list[str]:
        return [settings.PROCEDURE, settings.EDIT_AGAIN]

    def do_create_procedure(self, name: str) -> Any:
        again = name == settings.EDIT_AGAIN
        run = _run_again if again else _run
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, run, None)
        # Kinds of image that cannot be edited get a sentence, not a grey menu item.
        procedure.set_image_types("*")
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
    return _ended(procedure, lambda: _edit_again(run_mode, image, drawables))


def _ended(procedure: Any, work: Callable[[], Any]) -> Any:
    """Return values for what `work` gives, a `session.Applied`, or for how it failed."""
    from . import outcome

    result = outcome.of(work)
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
    from text_replace_wire.errors import Cancelled

    from . import session

    host = _host(image, drawables)
    host.describe()
    interactive = run_mode == Gimp.RunMode.INTERACTIVE
    if run_mode != Gimp.RunMode.NONINTERACTIVE:
        arguments.recall(config)
    if interactive:
        from . import gtk3_windows

        if not gtk3_windows.ask(procedure, config):
            raise Cancelled("Cancelled in the dialog.")
    asked = settings.check(*(config.get_property(name) for name in settings.ARGUMENTS))
    display: Any = _bar()
    if interactive:
        display = gtk3_windows.ProgressWindow(display)
    try:
        applied = session.replace(host, display, asked)
    finally:
        display.close()
    if interactive:
        arguments.remember(config)
    Gimp.displays_flush()
    return applied


def _edit_again(run_mode: Any, image: Any, drawables: Any) -> Any:
    from . import again

    host = _host(image, drawables)
    display: Any = _bar()
    if run_mode == Gimp.RunMode.INTERACTIVE:
        from . import gtk3_windows

        display = gtk3_windows.ProgressWindow(display)
    try:
        applied = again.again(host, display)
    finally:
        display.close()
    Gimp.displays_flush()
    return applied


def _host(image: Any, drawables: Any) -> Any:
    from text_replace_wire.errors import BadImage

    from .gimp3_host import Gimp3Host

    if len(drawables) != 1:
        raise BadImage(refusals.ONE_LAYER)
    return Gimp3Host(image, drawables[0])


def _bar() -> Any:
    from .gimp_display import GimpDisplay

    return GimpDisplay(Gimp.progress_init, Gimp.progress_set_text, Gimp.progress_update)


def main(arguments_of_gimp: list[str]) -> int:
    return int(Gimp.main(TextReplace.__gtype__, arguments_of_gimp) or 0)
