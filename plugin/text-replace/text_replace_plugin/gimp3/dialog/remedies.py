"""What the dialog offers to do after a problem."""

from __future__ import annotations

from typing import Any

import gi

from text_replace_plugin.host import Display
from text_replace_plugin.i18n import _, explained
from text_replace_wire import launch, paths
from text_replace_wire.errors import EngineUnavailable

gi.require_version("Gtk", "3.0")
from gi.repository import Gio, GLib, Gtk  # noqa: E402


def start_engine(display: Display) -> None:
    """Raises EngineUnavailable where it does not start."""
    display.show(_("Starting the engine…"), 0.0)
    launch.ensure_engine(cancelled=display.cancelled).close()


def open_log(parent: Any) -> None:
    """The folder of the logs in the user's file manager; its place in words where there is none."""
    try:
        folder = paths.log_dir()
    except EngineUnavailable as error:
        say(parent, explained(error))
        return
    try:
        Gio.AppInfo.launch_default_for_uri(folder.absolute().as_uri(), None)
    except GLib.Error:
        say(parent, _("The logs are in the folder {folder}.", folder=folder))


def say(parent: Any, text: str) -> None:
    box = Gtk.MessageDialog(transient_for=parent, modal=True, text=text, buttons=Gtk.ButtonsType.CLOSE)
    box.run()
    box.destroy()
