"""The model sets that a dialog offers: those that every engine has, and those that a running engine names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

from text_replace_plugin.i18n import _
from text_replace_wire.model_messages import SetEntry
from text_replace_wire.options import AUTO


@dataclass(frozen=True)
class ModelChoice:
    """id: what procedures and requests call it. label, explanation: for the user, in the user's language.

    command: fetches it; empty where it is installed, or comes otherwise.
    """

    id: str
    label: str
    explanation: str
    command: str = ""


_KNOWN = (
    ModelChoice(
        AUTO, _("Automatic"), _("The photo models where installed, else the full ones, else the starter models")
    ),
    ModelChoice("starter", _("Starter"), _("Small models that know a few dozen objects")),
    ModelChoice("photo", _("Photo"), _("Models for photographs, which find whatever can be said in words")),
    ModelChoice("full", _("Full"), _("Large models for photographs, for research")),
)


def choices(sets: Sequence[SetEntry], wanted: str) -> list[ModelChoice]:
    """What to offer while an engine knows `sets`, empty where none was asked; `wanted` is always among them."""
    offered = list(_KNOWN)
    if sets:
        known = {choice.id: choice for choice in _KNOWN}
        offered = [known[AUTO], *(_choice(entry, known.get(entry.id)) for entry in sets)]
    if wanted not in [choice.id for choice in offered]:
        offered.append(ModelChoice(wanted, wanted, ""))
    return offered


def title_of(entry: SetEntry) -> str:
    """What users call it, in their language where we have a name for it."""
    return next((choice.label for choice in _KNOWN if choice.id == entry.id), entry.title)


def _choice(entry: SetEntry, known: Optional[ModelChoice]) -> ModelChoice:
    label, explanation = title_of(entry), known.explanation if known else entry.purpose
    if not entry.installed:
        label = _("{models} (not installed)", models=label)
    fetching = f"text-replace models pull {entry.id}" if entry.pullable and not entry.installed else ""
    return ModelChoice(entry.id, label, explanation, fetching)
