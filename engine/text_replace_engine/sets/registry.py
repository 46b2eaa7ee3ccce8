"""The one list of model sets: those of this package, and those that others register.

A package registers a set by an entry point in the group `text_replace.model_sets` that leads to a `ModelSet`.
"""

from __future__ import annotations

import dataclasses
import logging
import re
from functools import lru_cache
from importlib.metadata import entry_points

from text_replace_engine.sets.model_set import DescribedSet, ModelSet, PullableSet
from text_replace_engine.sets.paper import FULL_SET, STARTER_SET
from text_replace_engine.sets.photo import PHOTO_SET
from text_replace_wire import codec
from text_replace_wire.errors import UserError
from text_replace_wire.model_messages import ModelSets, SetEntry
from text_replace_wire.options import AUTO

log = logging.getLogger(__name__)

GROUP = "text_replace.model_sets"
_ID = re.compile(r"[A-Za-z0-9_-]{1,50}")


@lru_cache(maxsize=1)
def model_sets() -> dict[str, ModelSet]:
    """Every set by its id, this package's first; one that cannot be used is logged and left out."""
    found: dict[str, ModelSet] = {each.id: each for each in (PHOTO_SET, FULL_SET, STARTER_SET)}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            model_set: ModelSet = point.load()
            identifier = model_set.id
            if not _ID.fullmatch(identifier) or identifier in (AUTO, *found):
                raise ValueError(f"its id “{identifier}” is taken, or has other characters than letters and digits")
        # It is somebody else's code.
        except Exception:
            log.exception("The model set “%s” cannot be used", point.value)
        else:
            found[identifier] = model_set
    return found


def has_others() -> bool:
    """Whether other packages register sets, without importing them."""
    return bool(entry_points(group=GROUP))


def resolved(models: str) -> ModelSet:
    """The set that a request means: `auto` is photo where that is installed, else full, else starter.

    Raises UserError for one that there is not.
    """
    if models == AUTO:
        return next((each for each in (PHOTO_SET, FULL_SET) if each.is_installed()), STARTER_SET)
    known = model_sets()
    if models not in known:
        raise UserError(f"There are no models “{models}” here: choose one of {', '.join((AUTO, *known))}.")
    return known[models]


def pullable(models: str) -> PullableSet:
    """The set that a request to list or fetch models means. Raises UserError for one that is not fetched."""
    found = resolved(models)
    if isinstance(found, PullableSet):
        return found
    known = " or ".join(each.id for each in model_sets().values() if isinstance(each, PullableSet))
    if found is STARTER_SET:
        raise UserError(f"The starter models come with the engine: there is nothing to fetch but {known}.")
    raise UserError(f"The models “{found.id}” came with a package of their own: only {known} can be fetched.")


def described() -> ModelSets:
    """What clients are told; a set that cannot describe itself is left out."""
    entries = []
    for model_set in model_sets().values():
        try:
            entry = _entry(model_set)
            # One value of another type, and clients could read nothing of the whole list.
            header = codec.encode(ModelSets((entry,), entry.id))[codec.PREFIX.size :]
            codec.decode(header, b"")
        # Its files may be damaged, and it may be somebody else's code.
        except Exception:
            log.exception("The model set “%s” cannot be described", model_set.id)
        else:
            entries.append(entry)
    return ModelSets(tuple(entries), resolved(AUTO).id)


def _entry(model_set: ModelSet) -> SetEntry:
    entry = SetEntry(
        model_set.id,
        model_set.title,
        model_set.purpose,
        model_set.is_installed(),
        model_set.vocabulary(),
        model_set.licences(),
    )
    if isinstance(model_set, DescribedSet):
        entry = dataclasses.replace(entry, painters=model_set.painters(), erasers=model_set.erasers())
    if not isinstance(model_set, PullableSet):
        return entry
    size, terms, fits = model_set.fetched.size(), model_set.terms(), model_set.fits()
    return dataclasses.replace(entry, pullable=True, size=size, terms=terms, fits=fits)
