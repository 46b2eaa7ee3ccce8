"""The list of model sets in the dialog, which fills itself from the running engine."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Optional

import gi

from text_replace_plugin import model_choices, running_engine
from text_replace_plugin.i18n import _
from text_replace_plugin.model_choices import ModelChoice
from text_replace_wire.model_messages import SetEntry
from text_replace_wire.options import MODELS

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk  # noqa: E402


class ModelsField(Gtk.Box):  # type: ignore[misc]
    """A combo box with its label, bound to the property of the models in `config`. `close` it after use."""

    def __init__(self, config: Any) -> None:
        super().__init__(spacing=6)
        self._config = config
        self._sets: Sequence[SetEntry] = ()
        self._asking: Optional[threading.Thread] = None
        self._is_open = True
        self._filling = False
        self._offered: list[ModelChoice] = []
        self._combo = Gtk.ComboBoxText(valign=Gtk.Align.CENTER)
        #: So that the list stands where the other fields do, it may be made as wide as their labels.
        self.label = Gtk.Label(label=_(MODELS.label), use_underline=True, xalign=0.0, mnemonic_widget=self._combo)
        self._combo.get_accessible().set_name(self.label.get_text())
        self.add(self.label)
        self.pack_start(self._combo, True, True, 0)
        self._fill()
        self._combo.connect("changed", self._chosen)
        self._handler = config.connect(f"notify::{MODELS.name}", lambda *_ignored: self._show())

    def ask_engine(self) -> None:
        """Fill the list from the engine, if one runs, and have it load what is chosen; returns at once."""
        if self._asking is not None and self._asking.is_alive():
            return
        models = self._config.get_property(MODELS.name)

        def tell(sets: Sequence[SetEntry]) -> None:
            GLib.idle_add(self._learn, sets)

        self._asking = threading.Thread(target=running_engine.prepare, args=(tell, models), daemon=True)
        self._asking.start()

    def close(self) -> None:
        self._is_open = False
        self._config.disconnect(self._handler)

    def _learn(self, sets: Sequence[SetEntry]) -> bool:
        if self._is_open:
            self._sets = sets
            self._fill()
        return False  # Once is enough.

    def _fill(self) -> None:
        self._offered = model_choices.choices(self._sets, self._config.get_property(MODELS.name))
        self._filling = True
        self._combo.remove_all()
        for choice in self._offered:
            self._combo.append(choice.id, choice.label)
        self._filling = False
        self._show()

    def _show(self) -> None:
        """What the property says."""
        wanted = self._config.get_property(MODELS.name)
        explanations = {choice.id: choice.explanation for choice in self._offered}
        if wanted not in explanations:
            self._fill()
            return
        self._filling = True
        self._combo.set_active_id(wanted)
        self._filling = False
        self._combo.set_tooltip_text(explanations[wanted])

    def _chosen(self, combo: Any) -> None:
        if not self._filling:
            self._config.set_property(MODELS.name, combo.get_active_id())
