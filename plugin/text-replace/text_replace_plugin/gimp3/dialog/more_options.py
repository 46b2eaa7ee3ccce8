"""The part of the dialog that is closed at first; while GIMP runs it stays as the user left it."""

from __future__ import annotations

import gi

from text_replace_plugin import settings
from text_replace_plugin.gimp3.dialog import widgets
from text_replace_plugin.i18n import _

gi.require_version("Gimp", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, Gtk  # noqa: E402

#: There while it is to be open. Not kept in the user's profile.
_IS_OPEN = f"{settings.PROCEDURE}-more-options"
_THIS_SESSION = 0


class MoreOptions(Gtk.Expander):  # type: ignore[misc]
    """content: the box for what is in it. Its window grows as far as the screen allows."""

    def __init__(self) -> None:
        super().__init__(label=_("More optio_ns"), use_underline=True)
        self.content = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, margin_top=6)
        self.add(self.content)
        self.set_expanded(Gimp.get_parasite(_IS_OPEN) is not None)
        self.connect("notify::expanded", lambda *_ignored: self._remember())
        self.connect("map", lambda *_ignored: widgets.make_room(self))

    def _remember(self) -> None:
        if self.get_expanded():
            Gimp.attach_parasite(Gimp.Parasite.new(_IS_OPEN, _THIS_SESSION, [1]))
            widgets.make_room(self)
        else:
            Gimp.detach_parasite(_IS_OPEN)
