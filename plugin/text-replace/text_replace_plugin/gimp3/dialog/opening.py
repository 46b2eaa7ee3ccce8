"""Opens the windows in GIMP 3."""

from __future__ import annotations

from typing import Any, Callable, Optional

import gi

from text_replace_plugin import refusals, settings
from text_replace_plugin.again import Again
from text_replace_plugin.host import Display
from text_replace_plugin.results import Applied
from text_replace_wire.errors import UserError

gi.require_version("Gtk", "3.0")
gi.require_version("GimpUi", "3.0")
from gi.repository import GimpUi, Gtk  # noqa: E402


def replace(
    procedure: Any, config: Any, host: Any, bar_in_gimp: Callable[[], Display], again: Optional[Again] = None
) -> Applied:
    """Let the user replace something in the host's layer, from the recipe `again` where there is one.

    Raises Cancelled when the user closed the dialog, UserError without a screen.
    """
    if not Gtk.init_check()[0]:
        raise UserError(refusals.NO_SCREEN)
    GimpUi.init(settings.PROCEDURE)
    # Imported now: its classes are widgets, which cannot be made before GTK has started.
    from text_replace_plugin.gimp3.dialog.window import ReplaceDialog

    return ReplaceDialog(procedure, config, host, bar_in_gimp, again).run()
