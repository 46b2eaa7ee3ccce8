"""Fetching models from inside GIMP: which sets there are, what one consists of, the user's consent, progress."""

from __future__ import annotations

from typing import Any, Callable, Optional, TypeVar

import gi

from text_replace_plugin import outcome
from text_replace_plugin.gimp3.dialog.progress import later, redraw
from text_replace_plugin.gimp3.dialog.set_choice import SetChoice
from text_replace_plugin.i18n import _
from text_replace_wire import launch
from text_replace_wire.errors import Cancelled, ModelError, OutputError
from text_replace_wire.link import Link
from text_replace_wire.messages import Progress, Stage
from text_replace_wire.model_messages import ModelList, Pull

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk  # noqa: E402

_Value = TypeVar("_Value")
_FETCH = Gtk.ResponseType.OK


class ModelsWindow(Gtk.Dialog):  # type: ignore[misc]
    """The user chooses a set, reads sizes and licences, accepts them, and the engine fetches. `offer` it once."""

    def __init__(self, parent: Any) -> None:
        super().__init__(title=_("Get models"), transient_for=parent, modal=True, resizable=False)
        self._busy = self._cancelled = self._is_needed = self._is_fetched = False
        self._leave = self.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
        self._fetch = self.add_button(_("_Fetch"), _FETCH)
        self._sets = SetChoice(lambda: later(self._show_parts))
        self._rows = Gtk.Grid(column_spacing=12, row_spacing=6)
        self._total = Gtk.Label(xalign=0.0, wrap=True, max_width_chars=70)
        self._accept = Gtk.CheckButton(label=_("I _accept these licences"), use_underline=True)
        self._accept.connect("toggled", lambda _button: self._set_sensitive())
        self._bar = Gtk.ProgressBar(show_text=True, no_show_all=True)
        self._problem = Gtk.Label(xalign=0.0, wrap=True, max_width_chars=70, selectable=True, no_show_all=True)
        content = self.get_content_area()
        content.set_property("margin", 12)
        content.set_spacing(12)
        for widget in (self._sets, Gtk.Separator(), self._rows, self._total, self._accept, self._bar, self._problem):
            content.add(widget)
        self.connect("response", self._responded)
        self.connect("delete-event", lambda *_ignored: self._busy)
        self._set_sensitive()

    def offer(self) -> bool:
        """Whether models were fetched. The window is gone then."""
        self.show_all()
        try:
            self._show_sets()
            while self.run() == _FETCH:
                if self._attempt(self._pull):
                    self._is_fetched = True
                    self._show_sets()
            return self._is_fetched
        finally:
            self.destroy()
            redraw()

    def _show_sets(self) -> None:
        known = self._attempt(lambda link: link.model_sets().sets)
        if known is not None:
            self._sets.show_sets([entry for entry in known if entry.pullable])
            self._show_parts()

    def _show_parts(self) -> None:
        """Of the chosen set; consent to another one's licences is none to its."""
        self._accept.set_active(False)
        listed = self._attempt(lambda link: link.models(self._sets.chosen)) if self._sets.chosen else None
        if listed is not None:
            self._show(listed)

    def _show(self, listed: ModelList) -> None:
        for child in self._rows.get_children():
            child.destroy()
        chosen = [model for model in listed.models if model.chosen]
        for number, model in enumerate(chosen):
            name = Gtk.Label(label=model.title, xalign=0.0, wrap=True, max_width_chars=32)
            size = Gtk.Label(label=_("installed") if model.installed else GLib.format_size(model.size), xalign=1.0)
            licence = Gtk.Label(label=model.licence, xalign=0.0, wrap=True, max_width_chars=44)
            widgets = [name, size, licence]
            if model.terms:
                widgets.append(Gtk.LinkButton(uri=model.terms, label=_("Licence")))
            for column, widget in enumerate(widgets):
                self._rows.attach(widget, column, number, 1, 1)
        self._is_needed = bool(listed.to_fetch) or not listed.complete
        sizes = {"fetch": GLib.format_size(listed.to_fetch), "free": GLib.format_size(listed.free)}
        self._total.set_text(
            _("{fetch} will be downloaded; {free} are free on that disk. They stay on this machine.", **sizes)
            if self._is_needed
            else _("These models are installed.")
        )
        self._leave.set_label(_("_Cancel") if self._is_needed else _("_Close"))
        self._rows.show_all()
        self._set_sensitive()

    def _pull(self, link: Link) -> bool:
        """Whether the chosen models are all there then."""
        models = self._sets.chosen
        try:
            return link.pull(Pull(accepted=True, models=models), self._tell, self._stop).complete
        except (ModelError, OutputError):
            # Some of them may have come, and the disk may have less room.
            self._show(link.models(models))
            raise

    def _attempt(self, work: Callable[[Link], _Value]) -> Optional[_Value]:
        """What `work` gives; None where it was cancelled, or failed, which is shown then."""
        self._busy, self._cancelled = True, False
        self._problem.hide()
        self._bar.set_fraction(0.0)
        self._bar.set_text(_("Connecting to the engine…"))
        self._bar.show()
        self._set_sensitive()
        try:
            with launch.ensure_engine(cancelled=self._stop) as link:
                return work(link)
        except Cancelled:
            return None
        except Exception as error:
            self._problem.set_text(outcome.sentence(error))
            self._problem.show()
            return None
        finally:
            self._busy = False
            self._bar.hide()
            self._set_sensitive()

    def _tell(self, progress: Progress) -> None:
        done, all_ = progress.step, progress.steps
        self._bar.set_fraction(min(1.0, done / all_) if all_ > 0 else 0.0)
        if progress.stage is Stage.FETCH:
            self._bar.set_text(_("{done} of {all}", done=GLib.format_size(done), all=GLib.format_size(all_)))
        else:
            self._bar.set_text(_("Installing the models…"))
        redraw()

    def _stop(self) -> bool:
        redraw()
        return self._cancelled

    def _set_sensitive(self) -> None:
        self._sets.set_sensitive(not self._busy)
        can = self._is_needed and not self._busy
        self._accept.set_sensitive(can)
        self._fetch.set_sensitive(can and self._accept.get_active())

    def _responded(self, dialog: Any, _response: int) -> None:
        if self._busy:
            # Ends the work, not the window.
            dialog.stop_emission_by_name("response")
            self._cancelled = True
