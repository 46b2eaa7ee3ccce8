"""The ranked candidates: pick one, add others to it, subtract others from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, Optional

import gi

from text_replace_plugin.i18n import _
from text_replace_plugin.settings import display_name
from text_replace_wire.messages import Candidate

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402


class CandidateList(Gtk.ScrolledWindow):  # type: ignore[misc]
    """on_change: what is picked has changed. on_point: the pointer is over a candidate, or over none any more."""

    def __init__(self, on_change: Callable[[], None], on_point: Callable[[Optional[Candidate]], None]) -> None:
        super().__init__(hscrollbar_policy=Gtk.PolicyType.NEVER, shadow_type=Gtk.ShadowType.IN)
        self.set_size_request(-1, 132)
        self._on_change, self._on_point = on_change, on_point
        self._rows: dict[int, _Row] = {}
        self._telling = False
        self.get_accessible().set_name(_("Candidates"))
        self.say("")

    def say(self, text: str) -> None:
        """No candidates, and why."""
        self._rows = {}
        label = Gtk.Label(label=text, wrap=True, xalign=0.5, margin=12, max_width_chars=50)
        label.get_style_context().add_class("dim-label")
        self._put(label)

    def show_candidates(
        self, candidates: Sequence[Candidate], chosen: Sequence[int], without: Sequence[int] = ()
    ) -> None:
        """The candidates, best first; the first rank of `chosen` picked, the others added, and `without` subtracted."""
        grid = Gtk.Grid(column_spacing=6, row_spacing=2, margin=6)
        nobody = Gtk.RadioButton()
        self._rows = {}
        for number, candidate in enumerate(candidates):
            row = _Row(candidate, nobody, lambda rank, what: self._changed(rank, what))
            row.area.connect("enter-notify-event", self._entered, candidate)
            row.area.connect("leave-notify-event", self._entered, None)
            for column, widget in enumerate((row.area, row.add, row.subtract)):
                grid.attach(widget, column, number, 1, 1)
            self._rows[candidate.rank] = row
        self.pick(chosen, without)
        self._put(grid)

    @property
    def picked(self) -> tuple[int, ...]:
        """Ranks, the one that was picked first in front."""
        ranks = [rank for rank, row in self._rows.items() if row.only.get_active()]
        return (*ranks, *(rank for rank, row in self._rows.items() if row.add.get_active() and rank not in ranks))

    @property
    def without(self) -> tuple[int, ...]:
        return tuple(rank for rank, row in self._rows.items() if row.subtract.get_active())

    def pick(self, ranks: Sequence[int], without: Sequence[int] = ()) -> None:
        """Pick and subtract exactly these."""
        self._telling = True
        for rank, row in self._rows.items():
            if rank in ranks[:1]:
                row.only.set_active(True)
            row.add.set_active(rank in ranks[1:])
            row.subtract.set_active(rank in without)
        self._telling = False
        self._on_change()

    def toggle(self, rank: int, subtract: bool) -> None:
        """Add the candidate, or subtract it; take that back where it is so already."""
        row = self._rows[rank]
        button = row.subtract if subtract else row.add
        if not (row.only.get_active() and not subtract):
            button.set_active(not button.get_active())

    def _changed(self, rank: int, what: str) -> None:
        if self._telling:
            return
        self._telling = True
        row = self._rows[rank]
        if what == "only" and row.only.get_active():
            for other in self._rows.values():
                other.add.set_active(False)
            row.subtract.set_active(False)
        elif what == "add" and row.add.get_active():
            row.subtract.set_active(False)
        elif what == "subtract" and row.subtract.get_active():
            row.add.set_active(False)
        self._telling = False
        self._on_change()

    def _entered(self, _widget: Any, _event: Any, candidate: Optional[Candidate]) -> None:
        self._on_point(candidate)

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


def _toggle(sign: str, name: str, tooltip: str) -> Any:
    button = Gtk.ToggleButton(label=sign, tooltip_text=tooltip)
    button.get_accessible().set_name(name)
    return button
