"""What a dialog offers for the chosen models: what the engine says that they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from text_replace_plugin.i18n import N_
from text_replace_wire import options
from text_replace_wire.model_messages import ModelSets, PainterEntry, SetEntry
from text_replace_wire.option import Option, Owner
from text_replace_wire.options import AUTO
from text_replace_wire.painting import Painting

#: Why nothing can be removed; dialogs translate it.
CANNOT_REMOVE = N_("These models put something in its place; the photo models can remove, too")
_PRESETS = tuple(entry.value for entry in options.PRESET.entries)


@dataclass(frozen=True)
class Offer:
    """presets: their values, at least one. painters: values of the option, empty where there is no choice.

    fields: the painter's options that are taken; None: nobody knows, so that all are offered, and refused with a
    sentence.
    """

    presets: tuple[str, ...] = _PRESETS
    painters: tuple[str, ...] = ()
    fields: Optional[frozenset[str]] = None
    can_remove: bool = True

    def takes(self, option: Option) -> bool:
        """Whether the option means anything to the models."""
        if option is options.PAINTER and self.fields is not None:
            return bool(self.painters)
        if option is options.REMOVE:
            return self.can_remove
        return option.owner is not Owner.PAINTER or self.fields is None or option.field in self.fields

    def shows(self, option: Option) -> bool:
        """Whether a dialog has a field for it: for the painter only where several are known; removing is greyed out."""
        return bool(self.painters) if option is options.PAINTER else option is options.REMOVE or self.takes(option)

    def fitting(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A procedure's values, by the options' fields, without what is not offered."""
        fit = {
            option.field: asked[option.field] if self.takes(option) else option.default for option in options.OPTIONS
        }
        for option, offered in self.choices():
            if offered:
                fit[option.field] = one_of(offered, fit[option.field])
        return fit

    def choices(self) -> tuple[tuple[Option, tuple[str, ...]], ...]:
        """The options of which values may be missing, with what is offered of each."""
        return (options.PRESET, self.presets), (options.PAINTER, self.painters)


def one_of(offered: Sequence[str], value: str) -> str:
    """The value, or the first that is offered, where it is not among them."""
    return value if value in offered else offered[0]


def offer(told: Optional[ModelSets], asked: Mapping[str, Any]) -> Offer:
    """What can be asked of the models in `asked`, a procedure's values. told: by a running engine, None: by none."""
    entry = _described(told, asked[options.MODELS.field])
    if entry is None:
        return Offer()
    choice = _choice(entry, asked[options.REMOVE.field])
    painters = tuple(painter.id for painter in choice)
    meant = [painter for painter in choice if painter.id == asked[options.PAINTER.field]] or choice
    return Offer(
        presets=_common(meant),
        painters=(AUTO, *painters) if len(painters) > 1 else (),
        # Which of several paints depends on what is asked.
        fields=frozenset(field for painter in meant for field in painter.options),
        can_remove=bool(entry.erasers),
    )


def may_paint(told: Optional[ModelSets], models: str, painting: Painting) -> bool:
    """Whether the painter that `painting` names, if any, is there and takes all of it, as far as anybody knows."""
    entry, named = _described(told, models), painting.options.get(options.PAINTER.field)
    if entry is None or named is None:
        return True
    return any(
        painter.id == named and painting.preset in painter.presets and painting.options.keys() <= set(painter.options)
        for painter in _choice(entry, painting.remove)
    )


def _described(told: Optional[ModelSets], models: str) -> Optional[SetEntry]:
    """The set, where it says who paints for it."""
    if told is None:
        return None
    id_ = told.auto if models == AUTO else models
    return next((entry for entry in told.sets if entry.id == id_ and entry.painters), None)


def _choice(entry: SetEntry, remove: bool) -> tuple[PainterEntry, ...]:
    return entry.erasers if remove and entry.erasers else entry.painters


def _common(painters: Sequence[PainterEntry]) -> tuple[str, ...]:
    common = tuple(preset for preset in _PRESETS if all(preset in painter.presets for painter in painters))
    # Others may be known by names that no dialog has: then only the engine can say.
    return common or _PRESETS
