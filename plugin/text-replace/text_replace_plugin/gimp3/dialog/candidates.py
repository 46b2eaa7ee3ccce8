"""The ranked candidates of each pair: pick one, add others to it, subtract others from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable, Optional

import gi

from text_replace_plugin.gimp3.dialog.widgets import make_room
from text_replace_plugin.i18n import _
from text_replace_plugin.settings import display_name
from text_replace_wire.messages import Candidate, Found

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk  # noqa: E402

#: Pixels, at least.
_HEIGHT, _HEIGHT_FOR_SEVERAL = 132, 220
#: The number of the pair, and the rank among its candidates.
Key = tuple[int, int]


@dataclass(frozen=True)
class Pick:
    """Of one pair: ranks that are picked, the one that was picked first in front, and ranks that are subtracted."""

    picked: Sequence[int] = ()
    without: Sequence[int] = ()


class CandidateList(Gtk.ScrolledWindow):  # type: ignore[misc]
    """on_change: what is picked has changed. on_point: the pointer is over a candidate, or over none any more."""

    def __init__(self, on_change: Callable[[], None], on_point: Callable[[Optional[Key]], None]) -> None:
        super().__init__(hscrollbar_policy=Gtk.PolicyType.NEVER, shadow_type=Gtk.ShadowType.IN)
        self._on_change, self._on_point = on_change, on_point
        self._rows: list[dict[int, _Row]] = []
        self._telling = False
        self.set_size_request(-1, _HEIGHT)
        self.get_accessible().set_name(_("Candidates"))
        self.say("")

    def say(self, text: str) -> None:
        """No candidates, and why."""
        self._rows = []
        self._put(_note(text, xalign=0.5, margin=12))

    def show_found(self, words: Sequence[str], found: Sequence[Optional[Found]], picks: Sequence[Pick]) -> None:
        """The candidates of each pair that was looked for, best first; where there are several pairs, under what is to
        be replaced.
        """
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6, margin=6)
        self._rows = [{} for _each in found]
        for number, (word, each) in enumerate(zip(words, found)):
            if len(found) > 1:
                column.add(_heading(display_name(word)))
            if each is not None and each.understood:
                column.add(_note(each.understood, xalign=0.0))
            if each is None:
                column.add(_note(_("“Find” shows what would be replaced, before anything is painted."), xalign=0.0))
            elif each.candidates:
                column.add(self._grid(number, each.candidates))
            else:
                column.add(_note(_("Nothing was found that could be replaced."), xalign=0.0))
        self._telling = True
        for number, pick in enumerate(picks):
            self._set(number, pick)
        self._telling = False
        self._put(column)
        self.set_size_request(-1, _HEIGHT if len(found) == 1 else _HEIGHT_FOR_SEVERAL)
        make_room(self)
        self._on_change()

    def _grid(self, number: int, candidates: Sequence[Candidate]) -> Any:
        grid = Gtk.Grid(column_spacing=6, row_spacing=2)
        nobody = Gtk.RadioButton()
        for place, candidate in enumerate(candidates):
            row = _Row(candidate, nobody, lambda rank, what: self._changed((number, rank), what))
            row.area.connect("enter-notify-event", self._entered, (number, candidate.rank))
            row.area.connect("leave-notify-event", self._entered, None)
            for column, widget in enumerate((row.area, row.add, row.subtract)):
                grid.attach(widget, column, place, 1, 1)
            self._rows[number][candidate.rank] = row
        return grid

    @property
    def picks(self) -> list[Pick]:
        """Of each pair."""
        return [_pick(rows) for rows in self._rows]

    def pick(self, key: Key) -> None:
        """Pick only this one for its pair."""
        number, rank = key
        self._telling = True
        self._set(number, Pick((rank,)))
        self._telling = False
        self._on_change()

    def _set(self, number: int, pick: Pick) -> None:
        for rank, row in self._rows[number].items():
            if rank in pick.picked[:1]:
                row.only.set_active(True)
            row.add.set_active(rank in pick.picked[1:])
            row.subtract.set_active(rank in pick.without)

    def toggle(self, key: Key, subtract: bool) -> None:
        """Add the candidate, or subtract it; take that back where it is so already."""
        number, rank = key
        row = self._rows[number][rank]
        button = row.subtract if subtract else row.add
        if not (row.only.get_active() and not subtract):
            button.set_active(not button.get_active())

    def _changed(self, key: Key, what: str) -> None:
        if self._telling:
            return
        self._telling = True
        number, rank = key
        row = self._rows[number][rank]
        if what == "only" and row.only.get_active():
            for other in self._rows[number].values():
                other.add.set_active(False)
            row.subtract.set_active(False)
        elif what == "add" and row.add.get_active():
            row.subtract.set_active(False)
        elif what == "subtract" and row.subtract.get_active():
            row.add.set_active(False)
        self._telling = False
        self._on_change()

    def _entered(self, _widget: Any, _event: Any, key: Optional[Key]) -> None:
        self._on_point(key)

    def _put(self, widget: Any) -> None:
        child = self.get_child()
        if child is not None:
            self.remove(child)
            child.destroy()
        self.add(widget)
        widget.show_all()


class _Row:
    """`on_change` is called with the rank and which of the three was changed."""

    def __init__(self, candidate: Candidate, group: Any, on_change: Callable[[int, str], None]) -> None:
        # People count from one.
        rank, number, percent = candidate.rank, candidate.rank + 1, f"{candidate.probability:.0%}"
        self.only = Gtk.RadioButton(group=group)
        inside = Gtk.Box(spacing=6)
        inside.add(Gtk.Label(label=f"{number}."))
        name = display_name(candidate.label)
        inside.pack_start(Gtk.Label(label=name, xalign=0.0, ellipsize=3), True, True, 0)
        inside.add(Gtk.Label(label=percent, xalign=1.0))
        self.only.add(inside)
        self.only.set_hexpand(True)
        self.only.get_accessible().set_name(
            _("{number}: {label}, {percent}", number=number, label=name, percent=percent)
        )
        self.only.set_tooltip_text(_("Replace this one"))
        self.area = Gtk.EventBox(above_child=False)
        self.area.add(self.only)
        self.add = _toggle("+", _("Add {number}", number=number), _("Replace this one too"))
        self.subtract = _toggle("−", _("Subtract {number}", number=number), _("Leave this one out of what is replaced"))
        for name, button in (("only", self.only), ("add", self.add), ("subtract", self.subtract)):
            button.connect("toggled", lambda _button, what: on_change(rank, what), name)


def _pick(rows: dict[int, _Row]) -> Pick:
    first = [rank for rank, row in rows.items() if row.only.get_active()]
    added = [rank for rank, row in rows.items() if row.add.get_active() and rank not in first]
    return Pick((*first, *added), tuple(rank for rank, row in rows.items() if row.subtract.get_active()))


def _heading(word: str) -> Any:
    label = Gtk.Label(xalign=0.0, ellipsize=3)
    label.set_markup(f"<b>{GLib.markup_escape_text(word)}</b>")
    return label


def _note(text: str, **place: Any) -> Any:
    label = Gtk.Label(label=text, wrap=True, max_width_chars=50, **place)
    label.get_style_context().add_class("dim-label")
    return label


def _toggle(sign: str, name: str, tooltip: str) -> Any:
    button = Gtk.ToggleButton(label=sign, tooltip_text=tooltip)
    button.get_accessible().set_name(name)
    return button
