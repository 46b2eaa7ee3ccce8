"""What went wrong, in the dialog, with its remedies as buttons."""

from __future__ import annotations

from typing import Any, Callable

import gi

from text_replace_plugin import problems
from text_replace_plugin.i18n import _
from text_replace_plugin.problems import Probe, Problem, Remedy

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402

_POLL = 50  # milliseconds
_LABELS = {
    Remedy.START_ENGINE: _("_Start engine"),
    Remedy.PULL_MODELS: _("_Pull models…"),
    Remedy.OPEN_LOG: _("Open _log"),
}


class ProblemBar(Gtk.InfoBar):  # type: ignore[misc]
    """on_remedy: called with the one that the user chose."""

    def __init__(self, on_remedy: Callable[[Remedy], None]) -> None:
        super().__init__(no_show_all=True, show_close_button=True)
        self._on_remedy = on_remedy
        self._text = Gtk.Label(wrap=True, xalign=0.0, max_width_chars=70, selectable=True)
        self._text.set_can_focus(False)
        self._buttons = Gtk.Box(spacing=6, halign=Gtk.Align.START)
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        column.pack_start(self._text, True, True, 0)
        column.add(self._buttons)
        column.show_all()
        self.get_content_area().pack_start(column, True, True, 0)
        self.connect("response", lambda *_ignored: self.clear())

    def say(self, problem: Problem) -> None:
        self.set_message_type(Gtk.MessageType.WARNING if problem.is_harmless else Gtk.MessageType.ERROR)
        self._text.set_text(problem.message)
        for child in self._buttons.get_children():
            child.destroy()
        for remedy in problem.remedies:
            self._add(_LABELS[remedy], lambda _button, chosen: self._on_remedy(chosen), remedy)
        self._add(_("_Copy diagnostics"), self._copy, problem)
        self.set_visible(True)

    def clear(self) -> None:
        self.set_visible(False)

    def _add(self, label: str, clicked: Callable[..., None], data: Any) -> None:
        button = Gtk.Button(label=label, use_underline=True, visible=True)
        button.connect("clicked", clicked, data)
        self._buttons.add(button)

    @staticmethod
    def _copy(button: Any, problem: Problem) -> None:
        button.set_sensitive(False)
        probe = Probe()

        def finish() -> bool:
            if probe.is_alive():
                return True
            clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
            clipboard.set_text(problems.diagnostics(problem, probe.found), -1)
            clipboard.store()
            button.set_label(_("Copied"))
            button.set_sensitive(True)
            return False

        GLib.timeout_add(_POLL, finish)
