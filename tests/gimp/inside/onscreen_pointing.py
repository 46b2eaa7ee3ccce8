"""Clicks and drags in the preview of GIMP 3's dialog; runs as `onscreen` does.

The engine finds the middle of the picture, and whatever is pointed at but in the lowest tenth of it.
"""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from gi.repository import Atspi  # noqa: E402

from tests.gimp.inside import onscreen  # noqa: E402
from tests.gimp.inside.onscreen import candidate, enabled, fill, first, matching, press, shot, wait  # noqa: E402

#: Key codes of X.
SHIFT, CONTROL = 50, 37
#: Shares of the preview's width and height.
Place = tuple[float, float]
OUTSIDE: Place = (0.1, 0.15)
ELSEWHERE: Place = (0.9, 0.2)
NOTHING: Place = (0.1, 0.97)
MIDDLE: Place = (0.3, 0.5)
BOX: tuple[Place, Place] = ((0.05, 0.6), (0.2, 0.8))
INSIDE: tuple[Place, Place] = ((0.4, 0.4), (0.6, 0.6))


class Mouse:
    """In the preview, by shares of its size."""

    def __init__(self, dialog: Any) -> None:
        look = functools.partial(first, dialog, ("icon", "image"), "Preview of the layer")
        self._dialog, self._preview = dialog, wait("the preview", look)

    @property
    def width(self) -> int:
        """Of the preview."""
        return int(Atspi.Component.get_extents(self._preview, Atspi.CoordType.SCREEN).width)

    def grow(self, width: int, height: int) -> None:
        """Make the window so much larger, and wait for a larger preview."""
        before = self.width
        space = Atspi.Component.get_extents(self._dialog, Atspi.CoordType.SCREEN)
        Atspi.Component.set_size(self._dialog, space.width + width, space.height + height)
        wait("a larger preview", lambda: self.width > 1.2 * before)

    def _go(self, place: Place) -> tuple[int, int]:
        space = Atspi.Component.get_extents(self._preview, Atspi.CoordType.SCREEN)
        x, y = (
            round(at + share * side) for at, share, side in zip((space.x, space.y), place, (space.width, space.height))
        )
        Atspi.generate_mouse_event(x, y, "abs")
        return x, y

    def click(self, place: Place) -> None:
        x, y = self._go(place)
        Atspi.generate_mouse_event(x, y, "b1p")
        Atspi.generate_mouse_event(x, y, "b1r")

    def drag(self, start: Place, end: Place, shot_name: str = "") -> None:
        Atspi.generate_mouse_event(*self._go(start), "b1p")
        self._go(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
        x, y = self._go(end)
        if shot_name:
            shot(shot_name)
        Atspi.generate_mouse_event(x, y, "b1r")


class Held:
    """A key is held down."""

    def __init__(self, code: int) -> None:
        self._code = code

    def __enter__(self) -> None:
        Atspi.generate_keyboard_event(self._code, None, Atspi.KeySynthType.PRESS)

    def __exit__(self, *_ended: object) -> None:
        Atspi.generate_keyboard_event(self._code, None, Atspi.KeySynthType.RELEASE)


def state(dialog: Any) -> dict[str, Any]:
    """The candidates' labels, and the numbers of those that are picked, added and subtracted."""

    def on(role: str, begin: str) -> list[str]:
        buttons = matching(dialog, lambda own, name: own == role and name.startswith(begin))
        return [node.get_name() for node in buttons if onscreen.is_checked(node)]

    radios = matching(dialog, lambda role, name: role == "radio button" and ": " in name)
    return {
        "candidates": [node.get_name().split(",")[0] for node in radios],
        "picked": [name.split(":")[0] for name in on("radio button", "") if ": " in name],
        "added": on("toggle button", "Add "),
        "subtracted": on("toggle button", "Subtract "),
    }


def replace_entry(dialog: Any) -> str:
    entry = wait("the entry Replace", functools.partial(first, dialog, ("text", "entry"), "Replace"))
    return str(Atspi.Text.get_text(entry, 0, -1))


def point_without_a_word(dialog: Any, mouse: Mouse, seen: dict[str, Any]) -> None:
    """A place where there is nothing says so and changes nothing; another becomes an object without a name."""
    mouse.click(NOTHING)
    wait("the reason", lambda: next(matching(dialog, lambda _, name: "nothing to tell apart" in name), None))
    shot("20-nothing-there")
    seen["after nothing"] = {**state(dialog), "word": replace_entry(dialog)}
    mouse.click(OUTSIDE)
    candidate(dialog, 1)
    shot("21-clicked-first")
    seen["first"] = {**state(dialog), "word": replace_entry(dialog)}


def point_beside_what_was_found(dialog: Any, mouse: Mouse, seen: dict[str, Any]) -> None:
    """New candidates follow the one that was found, picked alone, with it, or left out of it."""
    mouse.grow(240, 120)
    fill(dialog, "apple", "orange")
    press(dialog, "Find")
    candidate(dialog, 2)
    seen["found"] = state(dialog)
    mouse.click(OUTSIDE)
    candidate(dialog, 3)
    seen["clicked"] = state(dialog)
    mouse.click(MIDDLE)
    wait("the found one picked", lambda: state(dialog)["picked"] == ["2"])
    with Held(SHIFT):
        mouse.click(ELSEWHERE)
        candidate(dialog, 4)
    seen["added"] = state(dialog)
    with Held(CONTROL):
        mouse.drag(*INSIDE, shot_name="22-dragging")
        candidate(dialog, 5)
    shot("23-subtracted")
    seen["subtracted"] = state(dialog)
    mouse.click(NOTHING)
    wait("the reason", lambda: next(matching(dialog, lambda _, name: "nothing to tell apart" in name), None))
    seen["after another nothing"] = state(dialog)


def main() -> None:
    seen: dict[str, Any] = {}
    wait("one layer", onscreen.has_layers(1))
    dialog = onscreen.open_dialog()
    mouse = Mouse(dialog)
    point_without_a_word(dialog, mouse, seen)
    point_beside_what_was_found(dialog, mouse, seen)
    enabled(dialog, "OK").do_action(0)
    wait("the new layer", onscreen.has_layers(2))
    onscreen.closed()
    dialog = onscreen.open_dialog("Text Replace: Edit Again")
    enabled(dialog, "OK").do_action(0)
    wait("the same once more", onscreen.has_layers(3))
    onscreen.closed()
    dialog = onscreen.open_dialog("Text Replace: Edit Again")
    Mouse(dialog).drag(*BOX)
    candidate(dialog, 1)
    shot("24-again-with-a-box")
    seen["again"] = state(dialog)
    enabled(dialog, "OK").do_action(0)
    wait("a fourth layer", onscreen.has_layers(4))
    onscreen.closed()
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main()
