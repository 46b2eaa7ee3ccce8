"""The list of model sets in the dialog, which fills itself from the running engine."""

from __future__ import annotations

import threading
from typing import Any, Callable, Optional

import gi

from text_replace_plugin import model_choices, running_engine
from text_replace_plugin.gimp3.dialog.widgets import ChoiceField
from text_replace_plugin.i18n import _
from text_replace_wire.model_messages import ModelSets
from text_replace_wire.option import Entry
from text_replace_wire.options import MODELS

gi.require_version("Gtk", "3.0")
from gi.repository import GLib  # noqa: E402


class ModelsField(ChoiceField):
    """`close` it after use. on_told: the engine has said what there is."""

    def __init__(self, config: Any, on_told: Callable[[ModelSets], None]) -> None:
        super().__init__(config, MODELS)
        self._on_told = on_told
        self._asking: Optional[threading.Thread] = None
        self._is_open = True
        self.get_accessible().set_name(_(MODELS.label).replace("_", ""))
        self._fill(None)

    def ask_engine(self) -> None:
        """Fill the list from the engine, if one runs, and have it load what is chosen; returns at once."""
        if self._asking is not None and self._asking.is_alive():
            return
        models = self._config.get_property(MODELS.name)

        def tell(told: ModelSets) -> None:
            GLib.idle_add(self._learn, told)

        self._asking = threading.Thread(target=running_engine.prepare, args=(tell, models), daemon=True)
        self._asking.start()

    def close(self) -> None:
        self._is_open = False

    def _learn(self, told: ModelSets) -> bool:
        if self._is_open:
            self._fill(told)
            self._on_told(told)
        return False  # Once is enough.

    def _fill(self, told: Optional[ModelSets]) -> None:
        sets = () if told is None else told.sets
        offered = model_choices.choices(sets, self._config.get_property(MODELS.name))
        self.offer([Entry(choice.id, choice.label, choice.explanation) for choice in offered])
