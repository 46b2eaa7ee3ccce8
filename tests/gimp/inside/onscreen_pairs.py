"""Several pairs in the dialog of a GIMP; runs as `onscreen` does.

The engine finds an apple, a cat and a tree, and paints until the shot “painting” was taken for "wait".
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
from tests.gimp.inside.onscreen import BUTTONS, enabled, first, matching, press, shot, wait  # noqa: E402
from tests.gimp.inside.onscreen_scripted import is_changed, said  # noqa: E402


def entry(dialog: Any, name: str) -> Any:
    return wait(f"the entry {name}", functools.partial(first, dialog, ("text", "entry"), name))


def fill(dialog: Any, *pairs: tuple[str, str]) -> None:
    for number, words in enumerate(pairs, 1):
        for name, text in zip(("Replace", "With"), words):
            Atspi.EditableText.set_text_contents(entry(dialog, name if number == 1 else f"{name} {number}"), text)


def words(dialog: Any) -> list[list[str]]:
    """Of the pairs that are to be seen."""
    found = []
    for number in range(1, 9):
        names = [f"{name} {number}" if number > 1 else name for name in ("Replace", "With")]
        fields = [first(dialog, ("text", "entry"), name) for name in names]
        if all(field is not None and onscreen.is_shown(field) for field in fields):
            found.append([str(Atspi.Text.get_text(field, 0, -1)) for field in fields])
    return found


def picked(dialog: Any) -> list[str]:
    radios = matching(dialog, lambda role, name: role == "radio button" and ": " in name)
    return [node.get_name().split(",")[0] for node in radios if onscreen.is_checked(node)]


def add(dialog: Any, count: int) -> None:
    """A pair more, which is the one of that number."""
    press(dialog, "+ Another object")
    wait(f"{count} pairs", lambda: len(words(dialog)) == count)


def main() -> None:
    seen: dict[str, Any] = {}
    wait("one layer", onscreen.has_layers(1))
    dialog = onscreen.open_dialog()
    fill(dialog, ("apple", "cat"))
    add(dialog, 2)
    seen["ok with a blank pair"] = onscreen.is_enabled(enabled(dialog, "OK"))
    fill(dialog, ("apple", "cat"), ("cat", ""))
    wait("OK that needs a word", lambda: not onscreen.is_enabled(onscreen.ok_button(dialog)))
    add(dialog, 3)
    fill(dialog, ("apple", "cat"), ("cat", "apple"), ("tree", "football"))
    enabled(dialog, "OK")
    shot("30-pairs")
    press(dialog, "Take away 2")
    wait("two pairs", lambda: len(words(dialog)) == 2)
    seen["after taking away"] = words(dialog)
    fill(dialog, ("apple", "cat"), ("cat", "apple"))
    if first(dialog, BUTTONS, "Find"):
        press(dialog, "Find")
        wait("candidates of both", lambda: len(picked(dialog)) == 2)
        seen["found"] = picked(dialog)
        shot("31-found")
        add(dialog, 3)
        fill(dialog, ("apple", "cat"), ("cat", "apple"), ("tree", "football"))
        seen["found, with a third"] = picked(dialog)
        shot("31-third")
        press(dialog, "Take away 3")
        wait("two pairs", lambda: len(words(dialog)) == 2)
        seen["found, without it"] = picked(dialog)
    enabled(dialog, "OK").do_action(0)
    wait("a group and two layers", onscreen.has_layers(4))
    onscreen.closed()
    shot("32-result")
    dialog = onscreen.open_dialog("Text Replace: Edit Again")
    wait("both pairs", lambda: len(words(dialog)) == 2)
    seen["again"] = words(dialog)
    shot("33-again")
    enabled(dialog, "OK").do_action(0)
    wait("another group", onscreen.has_layers(7))
    onscreen.closed()
    shot("34-repeated")
    for left in (4, 1):
        onscreen.choose("Edit", "Undo")
        wait(f"{left} after one undo", onscreen.has_layers(left))
    wait("an unchanged image", lambda: not is_changed())
    dialog = onscreen.open_dialog()
    seen["last values"] = words(dialog)
    fill(dialog, ("apple", "cat"), ("apple", "pear"))
    enabled(dialog, "OK").do_action(0)
    seen["the same twice"] = wait("a reason", lambda: said("the same part"))
    shot("35-refused")
    if not first(dialog, BUTTONS, "Find"):
        dialog = onscreen.open_dialog()
        wait("the last pairs", lambda: len(words(dialog)) == 2)
    fill(dialog, ("apple", "cat"), ("cat", "wait"))
    enabled(dialog, "OK").do_action(0)
    progress = onscreen.progress_window()
    wait("the second pair", lambda: next(matching(progress, lambda _, name: "Painting “wait”" in name), None))
    shot("36-painting")
    press(progress, "Cancel")
    if first(dialog, BUTTONS, "Find"):
        enabled(dialog, "OK")
        press(dialog, "Cancel")
    onscreen.closed()
    seen["changed by refusal or cancel"] = is_changed()
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main()
