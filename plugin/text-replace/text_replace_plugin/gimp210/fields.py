"""The fields of the dialog in GIMP 2.10: the widget of a parameter, and how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from text_replace_plugin.gimp210 import gtk2
from text_replace_plugin.gimp210.parameters import PF_RADIO, PF_SLIDER, PF_SPINNER, PF_TOGGLE, Parameter

_SPACING = 12
#: The largest seed has so many.
_DIGITS = 10


class Field:
    """`connect` its handler once. A tick has its label in itself, and any other field a label of its own."""

    def __init__(self, parameter: Parameter, value: Any) -> None:
        self.parameter = parameter
        self.label: Any = None
        self._table: Any = None
        self._row = 0
        self.widget = self._made(value)
        if parameter.kind != PF_TOGGLE:
            self.label = gtk2.label_new(parameter.label.encode())
            gtk2.misc_align(self.label, 0.0, 0.5)
            gtk2.label_for(self.label, self.leads_to)
        name = parameter.label.replace("_", "").encode()
        gtk2.accessible_set_name(gtk2.widget_accessible(self.widget), name)
        self.explain(parameter.tooltip)

    def _made(self, value: Any) -> Any:
        parameter = self.parameter
        if parameter.kind == PF_TOGGLE:
            widget = gtk2.check_new(parameter.label.encode())
            gtk2.toggle_set(widget, int(value))
            return widget
        widget = gtk2.entry_new()
        gtk2.entry_set(widget, value.encode())
        gtk2.entry_activates(widget, 1)
        return widget

    def connect(self, handler: Any) -> None:
        """Call `handler` when the value changes."""
        gtk2.connect(self.widget, b"toggled" if self.parameter.kind == PF_TOGGLE else b"changed", handler)

    @property
    def leads_to(self) -> Any:
        """What the label's underlined letter reaches."""
        return self.widget

    def update(self) -> None:
        """Show what the value says of the field itself."""

    def value(self) -> Any:
        if self.parameter.kind == PF_TOGGLE:
            return gtk2.toggle_get(self.widget)
        return gtk2.entry_get(self.widget).decode()

    def set_sensitive(self, is_sensitive: bool) -> None:
        for widget in self._widgets():
            gtk2.widget_sensitive(widget, int(is_sensitive))

    def explain(self, tooltip: str) -> None:
        gtk2.widget_tooltip(self.widget, tooltip.encode())

    def attach(self, table: Any, row: int) -> None:
        """Put it into a row of the table: the label, if there is one, and the widget."""
        self._table, self._row = table, row
        for column, widget in zip((0, 1) if len(self._widgets()) > 1 else (0,), self._widgets()):
            is_last = widget == self.widget
            how = gtk2.EXPAND_FILL if is_last else gtk2.FILL
            gtk2.table_attach(table, widget, column, 2 if is_last else 1, row, row + 1, how, gtk2.FILL, 0, 0)

    def show(self, is_shown: bool) -> None:
        """In its table, or no trace of it."""
        for widget in self._widgets():
            (gtk2.widget_show if is_shown else gtk2.widget_hide)(widget)
        gtk2.table_row(self._table, self._row, _SPACING // 2 if is_shown else 0)

    def _widgets(self) -> list[Any]:
        return [widget for widget in (self.label, self.widget) if widget is not None]


class ChoiceField(Field):
    """A list of values; one that is not offered is shown as it is, and refused with a sentence if it is kept."""

    def _made(self, value: Any) -> Any:
        self.widget = gtk2.combo_new()
        self._values: list[str] = []
        self._fill(self.parameter.extra, value)
        return self.widget

    def offer(self, entries: Sequence[tuple[str, str]], value: str) -> None:
        """Only these, and this one of them chosen."""
        if [known for _label, known in entries] != self._values:
            self._fill(entries, value)

    def _fill(self, entries: Sequence[tuple[str, str]], value: str) -> None:
        offered = list(entries)
        if value not in [known for _label, known in offered]:
            offered.append((value, value))
        for _value in self._values:
            gtk2.combo_remove(self.widget, 0)
        self._values = [known for _label, known in offered]
        for label, _known in offered:
            gtk2.combo_append(self.widget, label.encode())
        gtk2.combo_set(self.widget, self._values.index(value))

    def value(self) -> Any:
        """None while it is filled anew."""
        place = gtk2.combo_get(self.widget)
        return self._values[place] if 0 <= place < len(self._values) else None


class NumberField(Field):
    """A number; where it can be left to others, a box to tick beside it."""

    def _made(self, value: Any) -> Any:
        lowest, highest, step = self.parameter.extra
        self._tick = None
        if self.parameter.left is None:
            self._number = self._spin(lowest, highest, step, value)
            return self._number
        unset, meaning, least, start = self.parameter.left
        is_left = value == unset
        self._number = self._spin(least, highest, step, start if is_left else value)
        self._tick = gtk2.check_new(meaning.encode())
        gtk2.toggle_set(self._tick, int(is_left))
        name = self.parameter.label.replace("_", "")
        gtk2.accessible_set_name(gtk2.widget_accessible(self._tick), f"{name}: {meaning}".encode())
        gtk2.accessible_set_name(gtk2.widget_accessible(self._number), name.encode())
        row = gtk2.row_new(0, _SPACING)
        gtk2.box_pack(row, self._tick, 1, 1, 0)
        gtk2.box_pack(row, self._number, 0, 0, 0)
        return row

    def _spin(self, lowest: float, highest: float, step: float, value: float) -> Any:
        spin = gtk2.spin_new(lowest, highest, step)
        gtk2.spin_digits(spin, self.parameter.digits)
        gtk2.spin_set(spin, value)
        gtk2.entry_width(spin, _DIGITS)
        gtk2.entry_activates(spin, 1)
        return spin

    def connect(self, handler: Any) -> None:
        """See `Field`: only the tick decides what else can be given."""
        if self._tick is not None:
            gtk2.connect(self._tick, b"toggled", handler)

    @property
    def leads_to(self) -> Any:
        """See `Field`: a row cannot be reached, the tick in it can."""
        return self._number if self._tick is None else self._tick

    def update(self) -> None:
        """See `Field`: what is left to others has no number."""
        gtk2.widget_sensitive(self._number, int(not self._is_left()))

    def _is_left(self) -> bool:
        return self._tick is not None and bool(gtk2.toggle_get(self._tick))

    def value(self) -> Any:
        if self._is_left():
            return self.parameter.left[0]
        number = gtk2.spin_get(self._number)
        return round(number) if self.parameter.kind == PF_SPINNER else number


def field(parameter: Parameter, value: Any) -> Field:
    """The field of a parameter, with this value."""
    kinds = {PF_RADIO: ChoiceField, PF_SPINNER: NumberField, PF_SLIDER: NumberField}
    return kinds.get(parameter.kind, Field)(parameter, value)
