"""Recipes in the layers and groups of GIMP 3."""

from __future__ import annotations

from typing import Any, Optional

import gi

from text_replace_plugin.recipe import PARASITE

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

#: libgimpbase/gimpparasite.h: the parasite is saved with the image, and its attachment can be undone.
_KEPT_IN_XCF = 1 | 2


def attach(item: Any, contents: Optional[bytes]) -> None:
    """Put a recipe, if there is one, into a layer or group."""
    if contents is not None:
        item.attach_parasite(Gimp.Parasite.new(PARASITE, _KEPT_IN_XCF, list(contents)))


def of(item: Any) -> Optional[bytes]:
    """The recipe in a layer or group; None where it has none."""
    parasite = item.get_parasite(PARASITE)
    return None if parasite is None else bytes(parasite.get_data())


def whole_result(layer: Any) -> Any:
    """The layer, or the group of several pairs around it: no other group has a recipe."""
    around = layer.get_parent()
    while around is not None and of(around) is None:
        around = around.get_parent()
    return around or layer
