"""How lists of models are printed: the sets, and what each consists of, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from text_replace_engine.models.fetching.fetched import Offer
from text_replace_engine.sets.model_set import ModelSet, PullableSet
from text_replace_wire.model_messages import ModelSets, SetEntry


def as_json(listed: ModelSets, sets: Mapping[str, ModelSet], folder: str) -> dict[str, Any]:
    """Everything, by the names that REFERENCE.md lists."""
    rows = [{**_row(offer), "set": entry.id} for entry in listed.sets for offer in offers(sets[entry.id])]
    return {"folder": folder, "models": rows, "sets": [_set(entry, listed.auto) for entry in listed.sets]}


def lines(listed: ModelSets, sets: Mapping[str, ModelSet]) -> Iterator[str]:
    """The same for people."""
    for entry in listed.sets:
        marks = ["installed" if entry.installed else "not installed", *(["auto"] if entry.id == listed.auto else [])]
        yield f"{entry.id}: {entry.purpose} [{', '.join(marks)}]"
        if entry.pullable:
            yield f"  {size(entry.size)} to fetch. {entry.terms} {entry.fits}"
            there = offers(sets[entry.id])
            width = max((len(offer.model.variant) for offer in there), default=0)
            for offer in there:
                yield from _offer_lines(offer, width)
        else:
            yield from (f"  {licence}" for licence in entry.licences)
        yield ""


def offers(model_set: ModelSet) -> tuple[Offer, ...]:
    """What a set consists of, where it is one that is fetched."""
    return model_set.fetched.offers() if isinstance(model_set, PullableSet) else ()


def size(count: int) -> str:
    """Bytes for people."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"


def standing(published: bool) -> str:
    """What is known of the hash of an installed file."""
    return "verified against its published hash" if published else "unverified: no published hash confirms it"


def _set(entry: SetEntry, auto: str) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "purpose": entry.purpose,
        "installed": entry.installed,
        "auto": entry.id == auto,
        "pullable": entry.pullable,
        "bytes": entry.size,
        "licences": list(entry.licences),
        "terms": entry.terms,
        "fits": entry.fits,
    }


def _row(offer: Offer) -> dict[str, Any]:
    model = offer.model
    return {
        "role": model.role,
        "variant": model.variant,
        "default": offer.default,
        "title": model.title,
        "bytes": model.size,
        "licence": model.licence,
        "terms": model.terms,
        "urls": list(model.urls()),
        "sha256": offer.sha256,
        "verified": offer.verified,
        "cited": model.cited,
        "installed": offer.installed,
    }


def _offer_lines(offer: Offer, width: int) -> Iterator[str]:
    """width: of the longest variant of the set."""
    model = offer.model
    marks = [*(["installed"] if offer.installed else []), *(["default"] if offer.default else [])]
    state = f" [{', '.join(marks)}]" if marks else ""
    terms = f" ({model.terms})" if model.terms else ""
    known = "hash published" if offer.verified else "hash unverified"
    to_fetch = size(model.size) if model.size else "no download"
    yield f"  {model.role:10} {model.variant:{width}} {to_fetch:>8}  {model.title}{state}"
    yield f"{'':{24 + width}}{model.licence}{terms}; {known}"
