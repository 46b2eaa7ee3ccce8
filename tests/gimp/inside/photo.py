"""The photo set in images of every mode: an object that is found by its name, a region given by hand, and removing."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any, Callable

from tests.gimp.inside.kinds import MODES, Kind, Workshop, made

WORD = "red apple"


def rows(kind: Kind) -> dict[str, Kind]:
    """By the name of what is done, the image that it is done in: with a selection, without and with alpha."""
    selected = dataclasses.replace(kind, selection="soft")
    other = dataclasses.replace(selected, alpha=not kind.alpha)
    return {"phrase": other, "region": selected, "removed": other}


def _replaced(workshop: Workshop, image: Any, layer: Any, use_selection: bool) -> tuple[str, str, Any]:
    asked = {"replace": WORD, "with_": "cat", "models": "photo", "use-selection": use_selection}
    many = workshop.call_with_options(image, layer, 7, **asked)
    return many.status, many.message, many.layers[0] if many.layers else None


def _removed(workshop: Workshop, image: Any, layer: Any) -> tuple[str, str, Any]:
    called = workshop.remove(image, layer, WORD, use_selection=True)
    return called.status, called.message, called.layer


_DONE: dict[str, Callable[[Workshop, Any, Any], tuple[str, str, Any]]] = {
    "phrase": lambda workshop, image, layer: _replaced(workshop, image, layer, use_selection=False),
    "region": lambda workshop, image, layer: _replaced(workshop, image, layer, use_selection=True),
    "removed": _removed,
}


def run(workshop: Workshop, names: list[str], profiles: pathlib.Path, out: pathlib.Path, done: dict[str, Any]) -> None:
    """All that is done in the modes of these names; results by mode and by what was done."""
    for mode in MODES:
        if mode.name not in names:
            continue
        done[mode.name] = {}
        for way, kind in rows(mode).items():
            image, layer = made(workshop, kind, profiles)
            folder = out / mode.name / way
            before = {**workshop.dump(image, None, folder / "before"), "metadata": workshop.metadata(image)}
            status, message, new = _DONE[way](workshop, image, layer)
            after = {**workshop.dump(image, new, folder / "after"), "metadata": workshop.metadata(image)}
            done[mode.name][way] = {"status": status, "message": message, "before": before, "after": after}
            workshop.close(image)
