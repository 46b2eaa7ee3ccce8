"""The fields of the dialog, made by GIMP from the procedure's arguments: Reset and the last values come with them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, Callable

import gi

from text_replace_plugin import settings
from text_replace_plugin.gimp3 import arguments
from text_replace_plugin.gimp3.dialog import layout
from text_replace_plugin.gimp3.dialog.models_field import ModelsField
from text_replace_plugin.i18n import _
from text_replace_wire import options
from text_replace_wire.errors import TextReplaceError
from text_replace_wire.options import Option

gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, GObject, Gtk  # noqa: E402

_PRIVATE = (*layout.PROMPTS, options.SEED)
#: From the beginning, too.
_OPPOSITE = GObject.BindingFlags.INVERT_BOOLEAN | GObject.BindingFlags.SYNC_CREATE


class Fields:
    """widget: all fields; models: one of them. on_find: the user pressed Find, or Enter after what is to be replaced.
    on_get: the user wants other models.
    """

    def __init__(self, dialog: Any, config: Any, on_find: Callable[[], None], on_get: Callable[[], None]) -> None:
        self._dialog, self._config = dialog, config
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._find = Gtk.Button(label=_("_Find"), use_underline=True)
        self._find.set_tooltip_text(_("Show what would be replaced"))
        self._find.connect("clicked", lambda _button: on_find())
        replace, with_ = (self._labelled(option) for option in layout.PROMPTS)
        self.widget.add(_row(replace, self._find))
        remove = dialog.get_widget(options.REMOVE.name, GObject.TYPE_NONE)
        config.bind_property(options.REMOVE.name, with_, "sensitive", _OPPOSITE)
        self.widget.add(_row(with_, remove))
        _entry(replace).connect("activate", lambda _entry: on_find())
        _entry(with_).set_activates_default(True)
        self._add_group(layout.painting(), self._labelled)
        get = Gtk.Button(label=_("Get…"), tooltip_text=_("Fetch models for photographs"))
        get.connect("clicked", lambda _button: on_get())
        self.models = ModelsField(config)
        self._as_wide = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)
        for label in (_label(with_), self.models.label):
            self._as_wide.add_widget(label)
        self.widget.add(_row(self.models, get))
        self._add_group(layout.sliders(), self._slider)
        self._add_group(layout.flags(), lambda option: dialog.get_widget(option.name, GObject.TYPE_NONE))

    def set_can_find(self, can: bool) -> None:
        self._find.set_sensitive(can)

    def to_search(self) -> settings.Settings:
        """What can be looked for already. Raises UserError for what cannot be asked."""
        return settings.to_search(**arguments.values(self._config))

    def checked(self) -> settings.Settings:
        """Raises UserError for what cannot be asked."""
        return settings.check(**arguments.values(self._config))

    def facts(self, host: Any) -> dict[str, Any]:
        """What a report may say of the request."""
        told = [option.name for option in options.OPTIONS if option not in _PRIVATE]
        asked = {name: self._config.get_property(name) for name in told}
        facts = {"GIMP": Gimp.version(), **asked}
        # The problem may be that the layer is gone.
        with contextlib.suppress(TextReplaceError):
            facts["layer"] = list(host.describe().size)
        return facts

    def _add_group(self, group: Sequence[Option], make: Callable[[Option], Any]) -> None:
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6, margin_top=6)
        for option in group:
            box.add(make(option))
        self.widget.add(box)

    def _labelled(self, option: Option) -> Any:
        widget = self._dialog.get_widget(option.name, GObject.TYPE_NONE)
        _name(widget)
        return widget

    def _slider(self, option: Option) -> Any:
        widget = self._dialog.get_scale_entry(option.name, 1.0)
        widget.set_bounds(settings.bounds(option)[0], layout.SLIDER_END, True)
        _name(widget)
        return widget


def _row(field: Any, button: Any) -> Any:
    row = Gtk.Box(spacing=6)
    row.pack_start(field, True, True, 0)
    row.add(button)
    return row


def _entry(labelled: Any) -> Any:
    return next(child for child in labelled.get_children() if isinstance(child, Gtk.Entry))


def _label(labelled: Any) -> Any:
    return next(child for child in labelled.get_children() if isinstance(child, Gtk.Label))


def _name(labelled: Any) -> None:
    """Screen readers know a field by its label; GIMP leaves its name empty."""
    label = _label(labelled)
    for child in labelled.get_children():
        if child is not label:
            child.get_accessible().set_name(label.get_text())
