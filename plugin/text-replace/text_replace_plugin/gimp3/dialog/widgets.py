"""The widgets of options, each bound to its property of GIMP's arguments: Reset and the last values come with those."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gi

from text_replace_plugin.i18n import _
from text_replace_wire.option import Entry, Kind, Option

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, GObject, Gtk  # noqa: E402

#: The largest seed has so many.
_DIGITS = 10
#: Pixels for the frame that a window manager puts around.
_AROUND = 60
_BOTH_WAYS = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE


class ChoiceField(Gtk.ComboBoxText):  # type: ignore[misc]
    """A list of values; one that is not offered is shown as it is, until another one is chosen."""

    def __init__(self, config: Any, option: Option) -> None:
        super().__init__(valign=Gtk.Align.CENTER)
        self._config, self._option = config, option
        self._entries: Sequence[Entry] = ()
        self._filling = False
        self.offer(option.entries)
        self.connect("changed", self._chosen)
        _follow(self, config, option, self._show)

    def offer(self, entries: Sequence[Entry]) -> None:
        """Only these values."""
        if entries == self._entries:
            return
        self._entries = entries
        self._filling = True
        self.remove_all()
        for entry in entries:
            self.append(entry.value, _(entry.label))
        self._filling = False
        self._show()

    def _show(self) -> None:
        value = self._config.get_property(self._option.name)
        explanations = {entry.value: _(entry.explanation) for entry in self._entries}
        self._filling = True
        # Behind those that are offered: what was not, and was shown.
        while self.get_model().iter_n_children(None) > len(self._entries):
            self.remove(len(self._entries))
        if not self.set_active_id(value):
            self.append(value, value)
            self.set_active_id(value)
        self._filling = False
        self.set_tooltip_text(explanations.get(value))

    def _chosen(self, _combo: Any) -> None:
        if not self._filling:
            self._config.set_property(self._option.name, self.get_active_id())


class OptionalNumber(Gtk.Box):  # type: ignore[misc]
    """A number, and a box to tick where it is left to others."""

    def __init__(self, config: Any, option: Option) -> None:
        super().__init__(spacing=12)
        self._config, self._option = config, option
        self._showing = False
        name = _(option.label).replace("_", "")
        self.tick = Gtk.CheckButton(label=_(option.unset_label), tooltip_text=_(option.explanation))
        self.tick.get_accessible().set_name(f"{name}: {_(option.unset_label)}")
        self._number = _spin_button(option)
        self._number.set_value(option.start)
        self._number.get_accessible().set_name(name)
        self.pack_start(self.tick, True, True, 0)
        self.add(self._number)
        self.tick.connect("toggled", self._ticked)
        self._number.connect("value-changed", lambda _button: self._changed())
        self._show()
        _follow(self, config, option, self._show)

    def _show(self) -> None:
        value = self._config.get_property(self._option.name)
        is_left = value == self._option.unset
        self._showing = True
        self.tick.set_active(is_left)
        if not is_left:
            self._number.set_value(value)
        self._number.set_sensitive(not is_left)
        self._showing = False

    def _ticked(self, tick: Any) -> None:
        self._changed()
        if not self._showing and not tick.get_active():
            self._number.grab_focus()

    def _changed(self) -> None:
        if self._showing:
            return
        option, number = self._option, self._number.get_value()
        value = option.unset if self.tick.get_active() else round(number) if option.kind is Kind.INTEGER else number
        self._config.set_property(option.name, value)


def field(config: Any, option: Option) -> Any:
    """The widget of an option that is no box to tick."""
    if option.unset_label:
        return OptionalNumber(config, option)
    if option.kind is Kind.CHOICE:
        widget = ChoiceField(config, option)
    else:
        is_text = option.kind is Kind.TEXT
        widget = Gtk.Entry(width_chars=24) if is_text else _spin_button(option)
        config.bind_property(option.name, widget, "text" if is_text else "value", _BOTH_WAYS)
        widget.set_tooltip_text(_(option.explanation))
    # Screen readers know a field by its label.
    widget.get_accessible().set_name(_(option.label).replace("_", ""))
    return widget


def tick(config: Any, option: Option) -> Any:
    """A box to tick, with its label."""
    button = Gtk.CheckButton(label=_(option.label), use_underline=True, tooltip_text=_(option.explanation))
    config.bind_property(option.name, button, "active", _BOTH_WAYS)
    return button


def label(option: Option, widget: Any) -> Any:
    """The label of an option's widget, whose underlined letter leads there."""
    leads_to = widget.tick if isinstance(widget, OptionalNumber) else widget
    return Gtk.Label(label=_(option.label), use_underline=True, xalign=0.0, mnemonic_widget=leads_to)


def make_room(widget: Any) -> None:
    """Let the widget's window grow to what it needs now, as far as the screen allows."""

    def grow() -> bool:
        window = widget.get_toplevel()
        if window.get_window() is not None:
            screen = window.get_display().get_monitor_at_window(window.get_window()).get_workarea()
            _least, natural = window.get_preferred_size()
            width, height = window.get_size()
            window.resize(max(width, natural.width), min(max(height, natural.height), screen.height - _AROUND))
        return False  # Once is enough.

    GLib.idle_add(grow)


def _spin_button(option: Option) -> Any:
    step = option.step
    range_ = Gtk.Adjustment(lower=option.lowest, upper=option.most, step_increment=step, page_increment=10 * step)
    return Gtk.SpinButton(
        adjustment=range_, digits=option.digits, numeric=True, activates_default=True, width_chars=_DIGITS
    )


def _follow(widget: Any, config: Any, option: Option, show: Any) -> None:
    """Call `show` when the property changes, as long as the widget lives."""
    handler = config.connect(f"notify::{option.name}", lambda *_ignored: show())
    widget.connect("destroy", lambda _widget: config.disconnect(handler))
