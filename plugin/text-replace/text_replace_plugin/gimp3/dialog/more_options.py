"""The part of the dialog that is closed at first; while GIMP runs it stays as the user left it."""

from __future__ import annotations

import gi

from text_replace_plugin import settings
from text_replace_plugin.i18n import _

gi.require_version("Gimp", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, GLib, Gtk  # noqa: E402

#: There while it is to be open. Not kept in the user's profile.
_IS_OPEN = f"{settings.PROCEDURE}-more-options"
_THIS_SESSION = 0
#: Pixels for the frame that a window manager puts around.
_AROUND = 60


class MoreOptions(Gtk.Expander):  # type: ignore[misc]
    """content: the box for what is in it. Its window grows as far as the screen allows."""

    def __init__(self) -> None:
        super().__init__(label=_("More optio_ns"), use_underline=True)
        self.content = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, margin_top=6)
        self.add(self.content)
        self.set_expanded(Gimp.get_parasite(_IS_OPEN) is not None)
        self.connect("notify::expanded", lambda *_ignored: self._remember())
        self.connect("map", lambda *_ignored: GLib.idle_add(self._make_room))

    def _remember(self) -> None:
        if self.get_expanded():
            Gimp.attach_parasite(Gimp.Parasite.new(_IS_OPEN, _THIS_SESSION, [1]))
            GLib.idle_add(self._make_room)
        else:
            Gimp.detach_parasite(_IS_OPEN)

    def _make_room(self) -> bool:
        window = self.get_toplevel()
        if window.get_window() is not None:
            screen = window.get_display().get_monitor_at_window(window.get_window()).get_workarea()
            _least, natural = window.get_preferred_size()
            width, height = window.get_size()
            window.resize(max(width, natural.width), min(max(height, natural.height), screen.height - _AROUND))
        return False  # Once is enough.
