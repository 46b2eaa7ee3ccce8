"""The descriptions in the dialog of GIMP 2.10: one object at first, and with “+” further ones, each a line of both
prompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from text_replace_plugin.gimp210 import gtk2
from text_replace_plugin.gimp210.fields import Field
from text_replace_plugin.gimp210.parameters import Parameter
from text_replace_plugin.i18n import _
from text_replace_wire.pairs import MAX_PAIRS

_SPACING = 12


class PromptField(Field):
    """One of the two prompts: an entry for each pair that there may be, of which as many are used as `count` says."""

    def __init__(self, parameter: Parameter, value: str) -> None:
        self.count = 1
        self._entries: list[Any] = []
        super().__init__(parameter, value)

    def _made(self, value: str) -> Any:
        lines = value.split("\n")
        self.count = len(lines)
        for number in range(MAX_PAIRS):
            entry = gtk2.entry_new()
            gtk2.entry_set(entry, (lines[number] if number < len(lines) else "").encode())
            gtk2.entry_activates(entry, 1)
            name = self.parameter.label.replace("_", "") + (f" {number + 1}" if number else "")
            gtk2.accessible_set_name(gtk2.widget_accessible(entry), name.encode())
            gtk2.widget_tooltip(entry, self.parameter.tooltip.encode())
            self._entries.append(entry)
        return self._entries[0]

    def connect(self, handler: Any) -> None:
        """See `Field`."""
        for entry in self._entries:
            gtk2.connect(entry, b"changed", handler)

    def value(self) -> str:
        """A line for each pair."""
        return "\n".join(self._line(number) for number in range(self.count))

    def take_away(self, number: int) -> None:
        """The line of this pair; those below move up."""
        for place in range(number, self.count):
            below = self._line(place + 1) if place + 1 < self.count else ""
            gtk2.entry_set(self._entries[place], below.encode())

    def set_sensitive(self, is_sensitive: bool) -> None:
        """See `Field`."""
        for entry in self._entries:
            gtk2.widget_sensitive(entry, int(is_sensitive))

    def label_of(self, number: int) -> Any:
        """Only the first one's underlined letter leads there."""
        if number == 0:
            return self.label
        label = gtk2.label_new(self.parameter.label.replace("_", "").encode())
        gtk2.misc_align(label, 0.0, 0.5)
        return label

    def entry_of(self, number: int) -> Any:
        return self._entries[number]

    def _line(self, number: int) -> str:
        # What was pasted may have more lines than one.
        text: bytes = gtk2.entry_get(self._entries[number])
        return text.decode().replace("\n", " ")


class PairFields:
    """widget: the entries of both prompts, pair by pair, and the button for another one."""

    def __init__(self, prompts: Sequence[PromptField]) -> None:
        self._prompts = prompts
        self._count = max(prompt.count for prompt in prompts)
        self.widget = gtk2.table_new(2 * MAX_PAIRS + 1, 3, 0)
        gtk2.table_columns(self.widget, _SPACING)
        # GTK calls what Python would forget.
        self._handlers: list[Any] = []
        self._rows = [self._row(number, prompt) for number in range(MAX_PAIRS) for prompt in prompts]
        self._add = gtk2.button_new(_("+ Another object").encode())
        explanation = _("Replace another object as well; both are found in the picture as it is now")
        gtk2.widget_tooltip(self._add, explanation.encode())
        self._on_click(self._add, self._append)
        as_wide_as_needed = gtk2.row_new(0, 0)
        gtk2.box_pack(as_wide_as_needed, self._add, 0, 0, 0)
        below = 2 * MAX_PAIRS
        gtk2.table_attach(self.widget, as_wide_as_needed, 1, 3, below, below + 1, gtk2.EXPAND_FILL, gtk2.FILL, 0, 0)

    def _row(self, number: int, prompt: PromptField) -> list[Any]:
        """What it consists of."""
        row = 2 * number + self._prompts.index(prompt)
        widgets = [prompt.label_of(number), prompt.entry_of(number)]
        if number and prompt is self._prompts[0]:
            button = gtk2.button_new("−".encode())
            gtk2.widget_tooltip(button, _("Leave this object as it is").encode())
            name = _("Take away {number}", number=number + 1)
            gtk2.accessible_set_name(gtk2.widget_accessible(button), name.encode())
            self._on_click(button, lambda: self._take_away(number))
            widgets.append(button)
        for column, widget in enumerate(widgets):
            how = gtk2.EXPAND_FILL if column == 1 else gtk2.FILL
            # Beside the first pair stands nothing.
            last = 3 if column == 1 and number == 0 else column + 1
            gtk2.table_attach(self.widget, widget, column, last, row, row + 1, how, gtk2.FILL, 0, 0)
        return widgets

    def _on_click(self, button: Any, work: Any) -> None:
        self._handlers.append(gtk2.Changed(lambda *_ignored: work()))
        gtk2.connect(button, b"clicked", self._handlers[-1])

    def labels(self) -> list[Any]:
        return [row[0] for row in self._rows]

    def show(self) -> None:
        """As many as there are."""
        for prompt in self._prompts:
            prompt.count = self._count
        for number, row in enumerate(self._rows):
            is_shown = number < 2 * self._count
            for widget in row:
                (gtk2.widget_show if is_shown else gtk2.widget_hide)(widget)
            # Pairs are farther apart than what is of one.
            below = _SPACING if number % 2 else _SPACING // 2
            gtk2.table_row(self.widget, number, below if is_shown else 0)
        gtk2.widget_sensitive(self._add, int(self._count < MAX_PAIRS))

    def _append(self) -> None:
        self._count += 1
        self.show()
        gtk2.widget_focus(self._prompts[0].entry_of(self._count - 1))

    def _take_away(self, number: int) -> None:
        for prompt in self._prompts:
            prompt.take_away(number)
        self._count -= 1
        self.show()
