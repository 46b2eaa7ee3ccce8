"""The fields of the dialog, made by GIMP from the procedure's arguments: Reset and the last values come with them."""

from __future__ import annotations

import contextlib
from typing import Any, Callable

import gi

from text_replace_plugin import settings
from text_replace_plugin.i18n import _
from text_replace_wire.errors import TextReplaceError

gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, GObject, Gtk  # noqa: E402

PROMPTS = ("replace", "with")
_HOW = ("preset", "strength", "variations", "seed")
_SHAPE = ("grow", "feather")
_CHOICES = ("use-selection", "keep-selection", "as-layer-mask", "record-recipe")
#: Pixels: where the sliders end; the numbers beside them go on.
_SLIDER_END = 200.0


class Fields:
    """widget: all fields. on_find: the user pressed Find, or Enter after what is to be replaced. on_get: the user wants
    the full models.
    """

    def __init__(self, dialog: Any, config: Any, on_find: Callable[[], None], on_get: Callable[[], None]) -> None:
        self._dialog, self._config = dialog, config
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._find = Gtk.Button(label=_("_Find"), use_underline=True)
        self._find.set_tooltip_text(_("Show what would be replaced"))
        self._find.connect("clicked", lambda _button: on_find())
        replace, with_ = (self._labelled(name) for name in PROMPTS)
        self.widget.add(_row(replace, self._find))
        self.widget.add(with_)
        _entry(replace).connect("activate", lambda _entry: on_find())
        _entry(with_).set_activates_default(True)
        self._add_group(_HOW, self._labelled)
        # GIMP 3.2 shows few choices as a column, beside which a button would stretch.
        get = Gtk.Button(
            label=_("Get…"), valign=Gtk.Align.CENTER, tooltip_text=_("Fetch the full models, for photographs")
        )
        get.connect("clicked", lambda _button: on_get())
        self.widget.add(_row(self._labelled("models"), get))
        self._add_group(_SHAPE, self._slider)
        self._add_group(_CHOICES, lambda name: dialog.get_widget(name, GObject.TYPE_NONE))

    def set_can_find(self, can: bool) -> None:
        self._find.set_sensitive(can)

    def values(self) -> dict[str, Any]:
        return {name: self._config.get_property(name) for name in settings.ARGUMENTS}

    def checked(self) -> settings.Settings:
        """Raises UserError for what cannot be asked."""
        return settings.check(*self.values().values())

    def facts(self, host: Any) -> dict[str, Any]:
        """What a report may say of the request."""
        asked = {name: value for name, value in self.values().items() if name not in (*PROMPTS, "seed")}
        facts = {"GIMP": Gimp.version(), **asked}
        # The problem may be that the layer is gone.
        with contextlib.suppress(TextReplaceError):
            facts["layer"] = list(host.describe().size)
        return facts

    def _add_group(self, names: tuple[str, ...], make: Callable[[str], Any]) -> None:
        group = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6, margin_top=6)
        for name in names:
            group.add(make(name))
        self.widget.add(group)

    def _labelled(self, name: str) -> Any:
        widget = self._dialog.get_widget(name, GObject.TYPE_NONE)
        _name(widget)
        return widget

    def _slider(self, name: str) -> Any:
        widget = self._dialog.get_scale_entry(name, 1.0)
        widget.set_bounds(settings.AUTOMATIC, _SLIDER_END, True)
        _name(widget)
        return widget


def _row(field: Any, button: Any) -> Any:
    row = Gtk.Box(spacing=6)
    row.pack_start(field, True, True, 0)
    row.add(button)
    return row


def _entry(labelled: Any) -> Any:
    return next(each for each in labelled.get_children() if isinstance(each, Gtk.Entry))


def _name(labelled: Any) -> None:
    """Screen readers know a field by its label; GIMP leaves its name empty."""
    children = labelled.get_children()
    label = next(each for each in children if isinstance(each, Gtk.Label))
    for child in children:
        if child is not label:
            child.get_accessible().set_name(label.get_text())
