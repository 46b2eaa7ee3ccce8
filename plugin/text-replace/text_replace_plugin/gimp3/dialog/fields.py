"""The fields of the dialog: what is always asked for, and a part that opens for the rest. What the chosen models do not
take is not shown, and not asked for.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any, Callable, Optional

import gi

from text_replace_plugin import layout, offers, settings
from text_replace_plugin.gimp3 import arguments
from text_replace_plugin.gimp3.dialog import widgets
from text_replace_plugin.gimp3.dialog.models_field import ModelsField
from text_replace_plugin.gimp3.dialog.more_options import MoreOptions
from text_replace_plugin.gimp3.dialog.pair_fields import PairFields
from text_replace_plugin.i18n import _
from text_replace_plugin.offers import Offer
from text_replace_wire import options
from text_replace_wire.errors import TextReplaceError
from text_replace_wire.model_messages import ModelSets
from text_replace_wire.option import Option

gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, Gtk  # noqa: E402

_PRIVATE = (*options.PROMPTS, options.SEED)
#: What decides what else can be asked.
_DECIDING = (options.MODELS, options.PAINTER, options.PRESET, options.REMOVE)
_SPACING = 6


@dataclass(frozen=True)
class _Row:
    label: Any
    field: Any

    def show(self, is_shown: bool) -> None:
        for widget in (self.label, self.field):
            widget.set_visible(is_shown)


class Fields:
    """widget: all fields; models: one of them; told: what an engine said of its model sets, None: none has yet.

    on_find: the user pressed Find, or Enter after what is to be replaced. on_get: the user wants other models.
    """

    def __init__(self, config: Any, on_find: Callable[[], None], on_get: Callable[[], None]) -> None:
        self._config = config
        self.told: Optional[ModelSets] = None
        self._rows: dict[Option, _Row] = {}
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        self._labels = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)
        self._buttons = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)
        self._add_words(column, on_find)
        self._add_painting(column, on_get)
        column.add(widgets.tick(config, options.USE_SELECTION))
        self._add_further(column)
        self.widget = Gtk.ScrolledWindow(
            hscrollbar_policy=Gtk.PolicyType.NEVER, propagate_natural_height=True, overlay_scrolling=False
        )
        self.widget.get_vscrollbar().set_margin_start(_SPACING)
        self.widget.add(column)
        # The preview gets what room there is.
        self.widget.set_hexpand(False)
        self._handlers = [config.connect(f"notify::{option.name}", self._update) for option in _DECIDING]
        self.widget.show_all()
        # What is hidden now stays so when the window shows everything.
        self.widget.set_no_show_all(True)
        self._update()

    def close(self) -> None:
        self.models.close()
        self._pairs.close()
        for handler in self._handlers:
            self._config.disconnect(handler)

    def set_can_find(self, can: bool) -> None:
        self._find.set_sensitive(can)

    def to_search(self) -> settings.Settings:
        """What can be looked for already. Raises UserError for what cannot be asked."""
        return settings.to_search(**self._fitting())

    def checked(self) -> settings.Settings:
        """What is asked for, which is also what stays for the next time. Raises UserError for what cannot be."""
        fitting = self._fitting()
        for option in options.OPTIONS:
            if self._config.get_property(option.name) != fitting[option.field]:
                self._config.set_property(option.name, fitting[option.field])
        return settings.check(**fitting)

    def facts(self, host: Any) -> dict[str, Any]:
        """What a report may say of the request."""
        told = [option.name for option in options.OPTIONS if option not in _PRIVATE]
        asked = {name: self._config.get_property(name) for name in told}
        facts = {"GIMP": Gimp.version(), **asked}
        # The problem may be that the layer is gone.
        with contextlib.suppress(TextReplaceError):
            facts["layer"] = list(host.describe().size)
        return facts

    def _add_words(self, column: Any, on_find: Callable[[], None]) -> None:
        self._find = Gtk.Button(label=_("_Find"), use_underline=True, tooltip_text=_("Show what would be replaced"))
        self._find.connect("clicked", lambda _button: on_find())
        self._remove = widgets.tick(self._config, options.REMOVE)
        self._pairs = PairFields(self._config, on_find, self._labels, (self._find, self._remove))
        self._buttons.add_widget(self._remove)
        column.add(self._pairs)

    def _add_painting(self, column: Any, on_get: Callable[[], None]) -> None:
        grid = self._add_grid(column)
        for option in layout.PAINTING:
            self._add_row(grid, option)
        get = Gtk.Button(label=_("Get…"), tooltip_text=_("Fetch models for photographs"))
        get.connect("clicked", lambda _button: on_get())
        self._buttons.add_widget(get)
        grid.attach_next_to(get, self.models, Gtk.PositionType.RIGHT, 1, 1)

    def _add_further(self, column: Any) -> None:
        more = MoreOptions()
        grid = self._add_grid(more.content)
        for option in layout.further():
            self._add_row(grid, option)
        ticks = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=_SPACING)
        for option in layout.flags():
            ticks.add(widgets.tick(self._config, option))
        more.content.add(ticks)
        column.add(more)
        for row in self._rows.values():
            self._labels.add_widget(row.label)

    def _add_grid(self, box: Any) -> Any:
        grid = Gtk.Grid(column_spacing=12, row_spacing=_SPACING)
        box.add(grid)
        return grid

    def _add_row(self, grid: Any, option: Option) -> Any:
        """The option's widget, behind its label."""
        if option is options.MODELS:
            self.models = widget = ModelsField(self._config, self._learn)
        else:
            widget = widgets.field(self._config, option)
        widget.set_hexpand(True)
        row = _Row(widgets.label(option, widget), widget)
        grid.attach(row.label, 0, len(self._rows), 1, 1)
        # Beside this stands a button.
        grid.attach(widget, 1, len(self._rows), 1 if option is options.MODELS else 2, 1)
        self._rows[option] = row
        return widget

    def _fitting(self) -> dict[str, Any]:
        values = arguments.values(self._config)
        return offers.offer(self.told, values).fitting(values)

    def _learn(self, told: ModelSets) -> None:
        self.told = told
        self._update()

    def _update(self, *_ignored: Any) -> None:
        """Show what can be asked for now."""
        values = arguments.values(self._config)
        offer = offers.offer(self.told, values)
        fitting = offer.fitting(values)
        for option in _DECIDING:
            if fitting[option.field] != values[option.field]:
                # Leads here again.
                self._config.set_property(option.name, fitting[option.field])
                return
        self._show(offer)

    def _show(self, offer: Offer) -> None:
        for option, row in self._rows.items():
            row.show(offer.shows(option))
        for option, offered in offer.choices():
            self._rows[option].field.offer([entry for entry in option.entries if entry.value in offered])
        self._remove.set_sensitive(offer.can_remove)
        self._remove.set_tooltip_text(_(options.REMOVE.explanation if offer.can_remove else offers.CANNOT_REMOVE))
