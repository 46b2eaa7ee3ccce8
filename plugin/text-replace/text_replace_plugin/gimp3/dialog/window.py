"""The dialog in GIMP 3: say what to replace, see and choose what was found, paint, all in one window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, Optional, TypeVar

import gi

from text_replace_plugin import pointing, problems, settings
from text_replace_plugin.again import Again, job
from text_replace_plugin.gimp3.dialog import remedies
from text_replace_plugin.gimp3.dialog.candidates import CandidateList
from text_replace_plugin.gimp3.dialog.fields import Fields
from text_replace_plugin.gimp3.dialog.models_window import ModelsWindow
from text_replace_plugin.gimp3.dialog.objects import Objects, Sought
from text_replace_plugin.gimp3.dialog.preview import LayerPreview, pixbuf_of
from text_replace_plugin.gimp3.dialog.problem_bar import ProblemBar
from text_replace_plugin.gimp3.dialog.progress import ProgressArea, later
from text_replace_plugin.gimp3.dialog.target import Target
from text_replace_plugin.host import Display
from text_replace_plugin.i18n import _
from text_replace_plugin.pointing import Pointed
from text_replace_plugin.problems import Remedy
from text_replace_plugin.recipe import Recipe
from text_replace_plugin.results import Applied
from text_replace_plugin.session import Session, place_of
from text_replace_wire.errors import Cancelled, NotFound
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Found
from text_replace_wire.pairs import Pair, typed
from text_replace_wire.where import Where

gi.require_version("Gtk", "3.0")
gi.require_version("GimpUi", "3.0")
from gi.repository import GimpUi, GLib, Gtk  # noqa: E402

_FIRST_DRAWN = 150  # milliseconds
_Value = TypeVar("_Value")
_ENDING = (Gtk.ResponseType.CANCEL, Gtk.ResponseType.DELETE_EVENT, Gtk.ResponseType.CLOSE)


class ReplaceDialog:
    """`run` it once. host: of the layer; bar_in_gimp: makes GIMP's own progress bar; again: what to begin with."""

    def __init__(
        self, procedure: Any, config: Any, host: Any, bar_in_gimp: Callable[[], Display], again: Optional[Again] = None
    ) -> None:
        self._config, self._host, self._again = config, host, again
        self._busy = False
        title = settings.TITLE if again is None else _(settings.AGAIN_MENU_LABEL).rstrip(". ")
        self._dialog = GimpUi.ProcedureDialog.new(procedure, config, title)
        self._dialog.connect("response", self._responded)
        self._dialog.connect("delete-event", lambda *_ignored: self._busy)
        self._fields = Fields(config, lambda: later(self._find), lambda: later(self._get_models))
        self._layer_size = host.describe().size
        self._preview = LayerPreview(self._layer_size, self._clicked, self._drew_box)
        self._target = Target(host, self._preview, config)
        self._list = CandidateList(self._update, self._target.set_pointed)
        self._objects = Objects(self._list, self._target)
        self._problem = ProblemBar(lambda remedy: later(lambda: self._apply(remedy)))
        self._progress = ProgressArea(bar_in_gimp, self._preview.show_painted)
        self._session = Session(host, self._progress)
        self._lay_out()
        self._handlers = [config.connect("notify", self._changed)]
        self._forget()
        # A large layer takes a second to read: the window is to be seen before.
        GLib.timeout_add(_FIRST_DRAWN, self._show_layer)
        self._fields.models.ask_engine()

    def _lay_out(self) -> None:
        content = self._dialog.get_content_area()
        left = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        left.pack_start(self._preview, self._preview.is_tall, True, 0)
        self._hint = Gtk.Label(wrap=True, max_width_chars=50)
        self._hint.get_style_context().add_class("dim-label")
        left.add(self._hint)
        left.pack_start(self._list, not self._preview.is_tall, True, 0)
        columns = Gtk.Box(spacing=18)
        columns.pack_start(left, True, True, 0)
        columns.add(self._fields.widget)
        self._work_area = self._fields.widget, self._list
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, margin=12)
        box.add(self._problem)
        box.pack_start(columns, True, True, 0)
        box.add(self._progress)
        content.pack_start(box, True, True, 0)
        box.show_all()

    def run(self) -> Applied:
        """What was added to the image. Raises Cancelled when the user closed the dialog."""
        try:
            while self._dialog.run():
                applied = self._attempt(self._paint, can_keep=True)
                if applied is not None:
                    return applied
                self._fields.models.ask_engine()
        finally:
            for handler in self._handlers:
                self._config.disconnect(handler)
            self._fields.close()
            self._dialog.destroy()
        raise Cancelled

    def _show_layer(self) -> bool:
        size = self._preview.source_size
        picture = self._host.thumbnail(size)
        if picture is None:
            picture = pixbuf_of(self._host.read(Box(0, 0, *self._host.describe().size), size))
        self._preview.show_layer(picture)
        return False  # Once is enough.

    def _find(self) -> None:
        if self._busy or not all(pair.replace for pair in self._typed()):
            return
        sought = self._sought()
        looked = self._attempt(self._look, can_keep=False)
        self._fields.models.ask_engine()
        if looked is not None:
            asked, found = looked
            self._objects.show(sought, found)
            try:
                for one, each in zip(asked.each, found):
                    place_of(one, each, asked)
            except NotFound as error:
                self._problem.say(problems.of(error))

    def _look(self) -> tuple[settings.Settings, list[Found]]:
        asked = self._fields.to_search()
        return asked, self._session.find_all(asked)

    def _point(self, pointed: Pointed, shift: bool, control: bool) -> None:
        """Add what is pointed at to the candidates, and pick it, or with a key add it to what is picked, or leave it
        out of that.
        """
        if self._busy or self._config.get_property("use-selection"):
            return
        is_nameless = not self._config.get_property("replace").strip()
        if is_nameless:
            # Layer and recipe are named after a word; nothing looks for it.
            self._config.set_property("replace", _(settings.NAMELESS))
        new = self._attempt(lambda: self._session.find(self._fields.to_search(), pointed), can_keep=False)
        self._fields.models.ask_engine()
        if new is None or not new.candidates:
            if is_nameless:
                self._config.set_property("replace", "")
            if new is not None:
                self._problem.say(problems.of(NotFound(new.explanation)))
            return
        self._objects.point(self._sought(), new, add=shift, subtract=control)

    def _typed(self) -> Sequence[Pair]:
        replace, with_, remove = map(self._config.get_property, ("replace", "with", "remove"))
        return typed(replace, "" if remove else with_)

    def _sought(self) -> Sought:
        return [pair.replace for pair in self._typed()], self._config.get_property("models")

    def _forget(self) -> None:
        """What was found is not what the user asks for now."""
        own: list[Optional[Recipe]] = []
        if self._again is not None:
            own = self._again.belonging(self._sought()[0], self._again.settings.use_selection)
        recorded = [recipe.where for recipe in own if recipe is not None]
        used = _("The mask of the recipe is used. “Find” offers others.")
        text = used if recorded else _("“Find” shows what would be replaced, before anything is painted.")
        self._objects.forget(recorded, text)
        self._update()

    def _paint(self) -> Applied:
        asked = self._fields.checked()
        own: list[Optional[Recipe]] = [None] * len(asked.each)
        if self._again is not None:
            asked = self._again.completed(asked, self._fields.told)
            own = self._again.of_each(asked)
        if not self._objects and not asked.use_selection and not any(own):
            self._objects.show(self._sought(), self._session.find_all(asked))
        jobs = []
        for number, (one, recipe) in enumerate(zip(asked.each, own)):
            jobs.append(job(one, recipe, self._where(number, one, recipe, asked)))
        return self._session.apply(self._session.paint(jobs))

    def _where(self, number: int, one: settings.Settings, recipe: Optional[Recipe], among: settings.Settings) -> Where:
        """Where to paint `one` of the pairs, which has this number."""
        found = self._objects.of(number)
        if found is None and recipe is not None:
            return recipe.where
        if one.use_selection:
            return self._session.from_selection()
        if found is None:
            return place_of(one, self._session.find(one), among)
        candidates, pick = found
        return place_of(one, candidates, among, pick.picked, pick.without)

    def _attempt(self, work: Callable[[], _Value], can_keep: bool) -> Optional[_Value]:
        """What `work` gives; None where it was cancelled, or ended in a problem, which is shown then."""
        self._busy = True
        self._problem.clear()
        self._set_sensitive()
        self._progress.begin(can_keep)
        try:
            return work()
        except Cancelled:
            return None
        except Exception as error:
            self._problem.say(problems.of(error, **self._fields.facts(self._host)))
            return None
        finally:
            self._busy = False
            self._progress.end()
            self._preview.hide_painted()
            self._set_sensitive()

    def _set_sensitive(self) -> None:
        for widget in self._work_area:
            widget.set_sensitive(not self._busy)
        pairs = self._typed()
        removes, use_selection = map(self._config.get_property, ("remove", "use-selection"))
        filled = all(pair.replace and (removes or pair.with_) for pair in pairs)
        target = use_selection or self._objects.are_picked
        self._dialog.set_response_sensitive(Gtk.ResponseType.OK, not self._busy and filled and target)
        self._fields.set_can_find(all(pair.replace for pair in pairs))
        self._hint.set_text(
            _("Click what was found to choose it.")
            if len(pairs) > 1
            else _("Click an object, or drag a box around it.")
        )

    def _update(self) -> None:
        self._target.set_picked(self._list.picks)
        self._set_sensitive()

    def _changed(self, _config: Any, property_: Any) -> None:
        of_recipe = self._again is not None and not self._objects and property_.name == "replace"
        if of_recipe or (self._objects and not self._objects.fit(self._sought())):
            self._forget()
        else:
            self._update()

    def _clicked(self, place: tuple[int, int], shift: bool, control: bool) -> None:
        key = None if self._busy else self._target.at(place)
        if key is None:
            self._point_later(pointing.at(place, self._preview.shown, self._layer_size), shift, control)
        elif shift or control:
            self._list.toggle(key, subtract=control)
        else:
            self._list.pick(key)

    def _drew_box(self, box: Box, shift: bool, control: bool) -> None:
        self._point_later(pointing.within(box, self._preview.shown, self._layer_size), shift, control)

    def _point_later(self, pointed: Pointed, shift: bool, control: bool) -> None:
        # Of several objects nobody would know which one is pointed at.
        if len(self._typed()) == 1:
            later(lambda: self._point(pointed, shift, control))

    def _apply(self, remedy: Remedy) -> None:
        if remedy is Remedy.START_ENGINE:
            self._attempt(lambda: remedies.start_engine(self._progress), can_keep=False)
            self._fields.models.ask_engine()
        elif remedy is Remedy.OPEN_LOG:
            remedies.open_log(self._dialog)
        elif remedy is Remedy.PULL_MODELS:
            self._get_models()

    def _get_models(self) -> None:
        if ModelsWindow(self._dialog).offer():
            self._problem.clear()
        self._fields.models.ask_engine()

    def _responded(self, dialog: Any, response: int) -> None:
        if self._busy:
            # Ends the work, not the dialog.
            dialog.stop_emission_by_name("response")
            if response in _ENDING:
                self._progress.cancel()
