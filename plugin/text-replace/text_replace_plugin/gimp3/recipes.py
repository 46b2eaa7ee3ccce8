"""Recipes in the layers and groups of GIMP 3."""

from __future__ import annotations

from typing import Any, Optional

import gi

from text_replace_plugin import recipe

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

#: libgimpbase/gimpparasite.h: the parasite is saved with the image, and its attachment can be undone.
_KEPT_IN_XCF = 1 | 2


def attach(item: Any, contents: Optional[bytes]) -> None:
    """Put a recipe, if there is one, into a layer or group."""
    if contents is not None:
        item.attach_parasite(Gimp.Parasite.new(recipe.PARASITE, _KEPT_IN_XCF, list(contents)))


def of(item: Any) -> Optional[bytes]:
    """The recipe in a layer or group; None where it has none."""
    parasite = item.get_parasite(recipe.PARASITE)
    return None if parasite is None else bytes(parasite.get_data())


def whole_result(item: Any) -> Any:
    """The layer or group of pairs, or the group of pairs around a layer: see `recipe.whole_result`."""
    around = []
    if not item.is_group():
        parent = item.get_parent()
        while parent is not None:
            around.append(parent)
            parent = parent.get_parent()
    return recipe.whole_result(item, around, of)
