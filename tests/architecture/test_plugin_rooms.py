"""The plug-in's rooms: a core that is the same in every editor, and one room for each GIMP."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.imports import PLUGIN, imported_modules, sources

CORE = PLUGIN / "text_replace_plugin"
#: Room -> what no file in it imports. The core is what lies beside the rooms.
FORBIDDEN = {
    ".": ("gi", f"{CORE.name}.gimp3", f"{CORE.name}.gimp210"),
    "gimp210": ("gi", f"{CORE.name}.gimp3"),
    "gimp3": (f"{CORE.name}.gimp210",),
}
DIALOG = f"{CORE.name}.gimp3.dialog"


def _room(file: Path) -> str:
    return file.relative_to(CORE).parts[0] if file.parent != CORE else "."


def _leads_to(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_every_room_has_its_rule() -> None:
    """A new room is not without rules."""
    assert {_room(file) for file in sources(CORE)} == set(FORBIDDEN)


@pytest.mark.parametrize("file", sources(CORE), ids=lambda file: str(file.relative_to(CORE)))
def test_rooms_keep_to_themselves(file: Path) -> None:
    """The core works without a GIMP; the GIMPs do not know each other."""
    used = set(imported_modules(file, PLUGIN))
    wrong = {module for module in used for package in FORBIDDEN[_room(file)] if _leads_to(module, package)}
    assert not wrong


def test_only_gimp3_opens_its_dialog() -> None:
    """Nothing else in the plug-in's folder imports the windows of GIMP 3."""
    outside = [file for file in sources(PLUGIN) if CORE / "gimp3" not in file.parents]
    assert not [
        (file, module) for file in outside for module in imported_modules(file, PLUGIN) if _leads_to(module, DIALOG)
    ]
