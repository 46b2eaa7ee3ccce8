"""The descriptions in the dialog: one object at first, and with “+” further ones, each a line of both prompts."""

from __future__ import annotations

from typing import Any, Callable

import gi

from text_replace_plugin.gimp3.dialog.widgets import make_room
from text_replace_plugin.i18n import _
from text_replace_plugin.layout import PROMPTS
from text_replace_wire import options
from text_replace_wire.option import Option
from text_replace_wire.pairs import MAX_PAIRS

gi.require_version("Gtk", "3.0")
from gi.repository import GObject, Gtk  # noqa: E402

#: From the beginning, too.
_OPPOSITE = GObject.BindingFlags.INVERT_BOOLEAN | GObject.BindingFlags.SYNC_CREATE
_SPACING = 6


class PairFields(Gtk.Grid):  # type: ignore[misc]
    """Columns: labels, entries, and what stands beside them. on_find: Enter after what is to be replaced.

    labels: keeps them as wide as the dialog's other labels. beside: what stands behind the first object's prompts.
    """

    def __init__(self, config: Any, on_find: Callable[[], None], labels: Any, beside: tuple[Any, Any]) -> None:
        super().__init__(column_spacing=12, row_spacing=_SPACING)
        self._config, self._on_find, self._labels, self._beside = config, on_find, labels, beside
        self._pairs: list[_Pair] = []
        self._is_filling = False
        self._add = Gtk.Button(label=_("+ Another object"), halign=Gtk.Align.START)
        self._add.set_tooltip_text(_("Replace another object as well; both are found in the picture as it is now"))
        self._add.connect("clicked", lambda _button: self._append())
        # Below every pair that there may be.
        self.attach(self._add, 1, 2 * MAX_PAIRS, 2, 1)
        self._handlers = [
            config.connect(f"notify::{option.name}", lambda *_ignored: self._show()) for option in PROMPTS
        ]
        self._show()

    def close(self) -> None:
        for handler in self._handlers:
            self._config.disconnect(handler)

    def _lines(self) -> list[list[str]]:
        """Of both prompts, as many of each."""
        lines = [self._config.get_property(option.name).split("\n") for option in PROMPTS]
        count = max(map(len, lines))
        return [column + [""] * (count - len(column)) for column in lines]

    def _set_lines(self, lines: list[list[str]]) -> None:
        for option, column in zip(PROMPTS, lines):
            self._config.set_property(option.name, "\n".join(column))

    def _show(self) -> None:
        lines, before = self._lines(), len(self._pairs)
        self._is_filling = True
        while len(self._pairs) < len(lines[0]):
            self._pairs.append(self._made(len(self._pairs)))
        while len(self._pairs) > len(lines[0]):
            self._pairs.pop().destroy()
        for pair, words in zip(self._pairs, zip(*lines)):
            pair.fill(words)
        self._is_filling = False
        self._add.set_sensitive(len(self._pairs) < MAX_PAIRS)
        if len(self._pairs) > before:
            make_room(self)

    def _made(self, number: int) -> _Pair:
        beside = self._beside if number == 0 else (self._remove_button(number), None)
        pair = _Pair(number, self._typed, self._on_find, beside)
        for row, widgets in enumerate(pair.rows, 2 * number):
            for column, widget in enumerate(widgets):
                self.attach(widget, column, row, 1, 1)
        for label in pair.labels:
            self._labels.add_widget(label)
        self._config.bind_property(options.REMOVE.name, pair.entries[1], "sensitive", _OPPOSITE)
        return pair

    def _remove_button(self, number: int) -> Any:
        button = Gtk.Button(label="−", halign=Gtk.Align.START, tooltip_text=_("Leave this object as it is"))
        button.get_accessible().set_name(_("Take away {number}", number=number + 1))
        button.connect("clicked", lambda _button: self._take_away(number))
        return button

    def _append(self) -> None:
        self._set_lines([[*column, ""] for column in self._lines()])
        self._pairs[-1].entries[0].grab_focus()

    def _take_away(self, number: int) -> None:
        self._set_lines([column[:number] + column[number + 1 :] for column in self._lines()])

    def _typed(self) -> None:
        if not self._is_filling:
            self._set_lines([list(column) for column in zip(*(pair.words for pair in self._pairs))])


class _Pair:
    """on_typed, on_find: without arguments. beside: a widget for each of the two rows, if any."""

    def __init__(
        self, number: int, on_typed: Callable[[], None], on_find: Callable[[], None], beside: tuple[Any, Any]
    ) -> None:
        self.entries = [_entry(option, number) for option in PROMPTS]
        self.labels = [_label(option, number, entry) for option, entry in zip(PROMPTS, self.entries)]
        rows = zip(self.labels, self.entries, beside)
        self.rows = [[widget for widget in row if widget is not None] for row in rows]
        for entry in self.entries:
            entry.connect("changed", lambda _entry: on_typed())
        replace, with_ = self.entries
        replace.connect("activate", lambda _entry: on_find())
        with_.set_activates_default(True)
        for widget in self.rows[0] if number else ():
            widget.set_margin_top(_SPACING)
        for widget in (widget for row in self.rows for widget in row):
            widget.show()

    @property
    def words(self) -> list[str]:
        """Of both prompts; what was pasted may have more lines than one."""
        return [entry.get_text().replace("\n", " ") for entry in self.entries]

    def fill(self, words: tuple[str, ...]) -> None:
        for entry, text in zip(self.entries, words):
            if entry.get_text() != text:
                entry.set_text(text)

    def destroy(self) -> None:
        for widget in (widget for row in self.rows for widget in row):
            widget.destroy()


def _entry(option: Option, number: int) -> Any:
    entry = Gtk.Entry(width_chars=24, hexpand=True, tooltip_text=_(option.explanation))
    name = _(option.label).replace("_", "")
    # Screen readers know a field by its label.
    entry.get_accessible().set_name(f"{name} {number + 1}" if number else name)
    return entry


def _label(option: Option, number: int, entry: Any) -> Any:
    """Only the first one's underlined letter leads there."""
    text = _(option.label)
    if number:
        return Gtk.Label(label=text.replace("_", ""), xalign=0.0)
    return Gtk.Label(label=text, use_underline=True, xalign=0.0, mnemonic_widget=entry)
