"""Progress in the dialog: what happens, how far, how long still, and a way to end early with what there is."""

from __future__ import annotations

import time
from typing import Any, Callable

import gi

from text_replace_plugin.host import Display
from text_replace_plugin.i18n import _
from text_replace_plugin.texts import TimeLeft
from text_replace_wire.geometry import Box
from text_replace_wire.planes import Plane

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk  # noqa: E402


def redraw() -> None:
    """Let the windows show what has changed, and react."""
    context = GLib.MainContext.default()
    while context.pending():
        context.iteration(False)


def later(work: Callable[[], None]) -> None:
    """Do `work`, which takes long, after the signal at hand: screen readers wait for the end of what they press."""

    def once() -> bool:
        work()
        return False

    GLib.idle_add(once)


class ProgressArea(Gtk.Grid):  # type: ignore[misc]
    """See `host.Display`: a part of the dialog. What it shows, GIMP's own progress bar shows as well.

    on_preview: draws what is being painted over a box of the layer.
    """

    def __init__(self, bar_in_gimp: Callable[[], Display], on_preview: Callable[[Plane, Box], None]) -> None:
        super().__init__(row_spacing=6, column_spacing=12, no_show_all=True)
        self._make_bar, self._on_preview = bar_in_gimp, on_preview
        self._text = Gtk.Label(xalign=0.0, hexpand=True, ellipsize=3)
        self._left = Gtk.Label(xalign=1.0)
        self._bar = Gtk.ProgressBar(hexpand=True, valign=Gtk.Align.CENTER)
        self._keep = Gtk.Button(label=_("_Keep this"), use_underline=True)
        self._keep.set_tooltip_text(_("End now, with the best so far"))
        self._keep.connect("clicked", self._pressed_keep)
        self.attach(self._text, 0, 0, 1, 1)
        self.attach(self._left, 1, 0, 1, 1)
        self.attach(self._bar, 0, 1, 1, 1)
        self.attach(self._keep, 1, 1, 1, 1)
        for child in self.get_children():
            child.show()

    def begin(self, can_keep: bool) -> None:
        """Show it, for something new. can_keep: whether there will be something to keep."""
        self._bar_in_gimp = self._make_bar()
        self._cancelled = self._kept = False
        self._time_left = TimeLeft()
        self._keep.set_visible(can_keep)
        self._keep.set_sensitive(False)
        self._left.set_text("")
        self.show("", 0.0)
        self.set_visible(True)
        redraw()

    def end(self) -> None:
        self.set_visible(False)
        self._bar_in_gimp.close()
        redraw()

    def cancel(self) -> None:
        self._cancelled = True
        self._text.set_text(_("Cancelling…"))
        self._keep.set_sensitive(False)

    def _pressed_keep(self, _button: Any) -> None:
        self._kept = True
        self._keep.set_sensitive(False)

    def show(self, text: str, fraction: float) -> None:
        self._bar_in_gimp.show(text, fraction)
        if not self._cancelled:
            self._text.set_text(text)
            self._left.set_text(self._time_left.tell(fraction, time.monotonic()))
        self._bar.set_fraction(fraction)
        redraw()

    def next_edit(self) -> None:
        self._kept = False
        self._keep.set_sensitive(False)

    def preview(self, picture: Plane, box: Box) -> None:
        self._keep.set_sensitive(not self._kept and not self._cancelled)
        self._on_preview(picture, box)

    def cancelled(self) -> bool:
        redraw()
        return self._cancelled

    def kept(self) -> bool:
        return self._kept

    def close(self) -> None:
        self.end()
