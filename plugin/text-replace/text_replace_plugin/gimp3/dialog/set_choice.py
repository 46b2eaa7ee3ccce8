"""The model sets that can be fetched, one of them chosen: what each is for, allows, takes, and how it runs here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable

import gi

from text_replace_plugin.i18n import _
from text_replace_plugin.model_choices import title_of
from text_replace_wire.model_messages import SetEntry

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk  # noqa: E402

_WIDTH = 70  # characters


class SetChoice(Gtk.Box):  # type: ignore[misc]
    """on_change: another one was chosen by the user."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._on_change = on_change
        self._buttons: dict[str, Any] = {}

    def show_sets(self, sets: Sequence[SetEntry]) -> None:
        """The first one chosen; of those that are there already, the same as before."""
        before = self.chosen
        for child in self.get_children():
            child.destroy()
        self._buttons = {}
        first = None
        for entry in sets:
            button = Gtk.RadioButton(group=first)
            first = first or button
            button.add(_described(entry))
            button.get_accessible().set_name(title_of(entry))
            button.get_accessible().set_description(" ".join(_facts(entry)))
            button.set_active(entry.id == before)
            button.connect("toggled", self._toggled)
            self._buttons[entry.id] = button
            self.add(button)
        self.show_all()

    @property
    def chosen(self) -> str:
        """An id; empty while there is none."""
        return next((id_ for id_, button in self._buttons.items() if button.get_active()), "")

    def _toggled(self, button: Any) -> None:
        if button.get_active():
            self._on_change()


def _described(entry: SetEntry) -> Any:
    title, state = map(GLib.markup_escape_text, (title_of(entry), _state(entry)))
    column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, margin_start=6)
    for text in (f"<b>{title}</b>  ({state})", GLib.markup_escape_text("\n".join(_facts(entry)))):
        label = Gtk.Label(xalign=0.0, wrap=True, width_chars=_WIDTH, max_width_chars=_WIDTH)
        # GIMP's themes show all of the chosen one in bold.
        label.set_markup(f'<span weight="normal">{text}</span>')
        column.add(label)
    return column


def _state(entry: SetEntry) -> str:
    return _("installed") if entry.installed else str(GLib.format_size(entry.size))


def _facts(entry: SetEntry) -> list[str]:
    return [fact for fact in (entry.purpose, entry.terms, entry.fits) if fact]
