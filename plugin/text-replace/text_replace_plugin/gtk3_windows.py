"""The windows in GIMP 3: the dialog with the two entries, and progress with a Cancel button."""

from __future__ import annotations

from typing import Any

import gi
from text_replace_wire.errors import UserError
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Plane

from . import refusals, settings
from .host import Display
from .i18n import _

gi.require_version("Gtk", "3.0")
gi.require_version("GimpUi", "3.0")
from gi.repository import GimpUi, GLib, GObject, Gtk  # noqa: E402

_PROMPTS = ("replace", "with")
_MORE = ("preset", "models", "seed")


def _start_gtk() -> None:
    if not Gtk.init_check()[0]:
        raise UserError(refusals.NO_SCREEN)
    GimpUi.init(settings.PROCEDURE)


def ask(procedure: Any, config: Any) -> bool:
    """Show the dialog; answers land in `config`. False when the user cancelled. Raises UserError without a screen."""
    _start_gtk()
    dialog = GimpUi.ProcedureDialog.new(procedure, config, settings.TITLE)
    dialog.fill([*_PROMPTS, *_MORE])
    for name in (*_PROMPTS, *_MORE):
        label, field = dialog.get_widget(name, GObject.TYPE_NONE).get_children()
        # Screen readers know a field by its label; GIMP leaves its name empty.
        field.get_accessible().set_name(label.get_text())
        if name in _PROMPTS:
            field.set_activates_default(True)

    def update(*_ignored: Any) -> None:
        filled = all(config.get_property(name).strip() for name in _PROMPTS)
        dialog.set_response_sensitive(Gtk.ResponseType.OK, filled)

    handlers = [config.connect(f"notify::{name}", update) for name in _PROMPTS]
    update()
    answered = bool(dialog.run())
    for handler in handlers:
        config.disconnect(handler)
    dialog.destroy()
    return answered


class ProgressWindow:
    """See `host.Display`. What it shows, GIMP's own progress bar shows as well."""

    def __init__(self, bar_in_gimp: Display) -> None:
        self._bar_in_gimp = bar_in_gimp
        self._cancelled = False
        self._dialog = Gtk.Dialog(title=settings.TITLE, resizable=False)
        self._dialog.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
        self._dialog.connect("response", self._cancel)
        self._dialog.connect("delete-event", self._cancel)
        self._label = Gtk.Label(xalign=0.0)
        self._bar = Gtk.ProgressBar(width_request=420)
        content = self._dialog.get_content_area()
        content.set_property("margin", 12)
        content.set_spacing(12)
        content.add(self._label)
        content.add(self._bar)
        GimpUi.window_set_transient(self._dialog)
        self._dialog.show_all()
        self._redraw()

    def _cancel(self, *_ignored: Any) -> bool:
        self._cancelled = True
        self._label.set_text(_("Cancelling…"))
        return True  # keeps the window until the engine has answered

    def show(self, text: str, fraction: float) -> None:
        self._bar_in_gimp.show(text, fraction)
        if not self._cancelled:
            self._label.set_text(text)
        self._bar.set_fraction(fraction)
        self._redraw()

    def cancelled(self) -> bool:
        self._redraw()
        return self._cancelled

    def kept(self) -> bool:
        return False

    def preview(self, picture: Plane, box: Box) -> None:
        """This window shows no pictures."""

    def close(self) -> None:
        self._dialog.destroy()
        self._redraw()
        self._bar_in_gimp.close()

    @staticmethod
    def _redraw() -> None:
        context = GLib.MainContext.default()
        while context.pending():
            context.iteration(False)
