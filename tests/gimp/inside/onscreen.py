"""Drives the windows of a GIMP by their accessible names; runs beside it, in the same D-Bus session.

Talks to the test over its standard streams: prints `SHOT name` and waits for a line, and ends with one line of JSON.
"""

from __future__ import annotations

import contextlib
import functools
import json
import sys
import time
from collections.abc import Iterator
from typing import Any, Callable

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

PATIENCE = 400.0  # seconds: an engine on a busy machine
_BUTTONS = ("push button", "button")


def nodes(root: Any) -> Iterator[Any]:
    """`root` and everything below it; windows may vanish while we look."""
    try:
        yield root
        children = [root.get_child_at_index(i) for i in range(root.get_child_count())]
    except GLib.Error:
        return
    for child in children:
        if child is not None:
            yield from nodes(child)


def matching(root: Any, accept: Callable[[str, str], bool]) -> Iterator[Any]:
    """Every node below `root` whose role and name are accepted."""
    for node in nodes(root):
        try:
            if accept(node.get_role_name(), node.get_name() or ""):
                yield node
        except GLib.Error:
            continue


def wait(what: str, look: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """The first truth that `look` gives."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        # A window that closes while it is looked at makes AT-SPI fail.
        with contextlib.suppress(GLib.Error):
            if found := look():
                return found
        time.sleep(0.2)
    windows = [(each.get_role_name(), each.get_name()) for each in windows_now()]
    raise SystemExit(f"waited {patience} s for {what}; the windows are {windows}")


def windows_now() -> list[Any]:
    desktop = Atspi.get_desktop(0)
    applications = [desktop.get_child_at_index(i) for i in range(desktop.get_child_count())]
    # A window that closes meanwhile is a child that is None.
    children = (each.get_child_at_index(i) for each in applications if each for i in range(each.get_child_count()))
    return [child for child in children if child is not None]


def window(role: str, title: str) -> Any:
    def look() -> Any:
        for each in windows_now():
            try:
                if each and each.get_role_name() == role and title in (each.get_name() or ""):
                    return each
            except GLib.Error:
                continue
        return None

    return look


def first(root: Any, roles: tuple[str, ...], name: str) -> Any:
    return next(matching(root, lambda role, own: role in roles and own == name), None)


def is_enabled(node: Any) -> bool:
    return bool(node.get_state_set().contains(Atspi.StateType.SENSITIVE))


def press(root: Any, *names: str) -> None:
    button = wait(f"a button {names}", lambda: next((b for n in names if (b := first(root, _BUTTONS, n))), None))
    button.do_action(0)


def shot(name: str) -> None:
    time.sleep(0.7)
    print(f"SHOT {name}", flush=True)
    sys.stdin.readline()


def image_window() -> Any:
    return wait("the image window", window("frame", "[picture]"))


def choose(menu: str, item: str) -> None:
    """Activate the first item of `menu` whose name starts with `item`."""

    def look() -> Any:
        for top in matching(image_window(), lambda role, name: role == "menu" and name == menu):
            for found in matching(top, lambda role, name: role.endswith("menu item") and name.startswith(item)):
                return found
        return None

    wait(f"{menu} → {item}", look).do_action(0)


def has_layers(count: int) -> Callable[[], bool]:
    words = f"{count} layer" + ("s" if count > 1 else "")
    return lambda: words in image_window().get_name()


def open_dialog() -> Any:
    choose("Filters", "Text Replace")
    return wait("the dialog", window("dialog", "Text Replace"))


def fill(dialog: Any, replace: str, with_: str) -> None:
    for name, text in (("Replace", replace), ("With", with_)):
        entry = wait(f"the entry {name}", functools.partial(first, dialog, ("text", "entry"), name))
        Atspi.EditableText.set_text_contents(entry, text)


def ok_button(dialog: Any) -> Any:
    return wait("OK", lambda: first(dialog, _BUTTONS, "OK"))


def start(replace: str, with_: str) -> Any:
    """From the menu to the progress window."""
    dialog = open_dialog()
    fill(dialog, replace, with_)
    wait("an enabled OK", lambda: is_enabled(ok_button(dialog)))
    press(dialog, "OK")
    return progress_window()


def progress_window() -> Any:
    def look() -> Any:
        for each in windows_now():
            if "Text Replace" in (each.get_name() or "") and next(matching(each, _is_bar), None):
                return each
        return None

    return wait("the progress window", look)


def _is_bar(role: str, _name: str) -> bool:
    return role == "progress bar"


def main() -> None:
    seen: dict[str, Any] = {}
    wait("one layer", has_layers(1))
    dialog = open_dialog()
    seen["ok while empty"] = is_enabled(ok_button(dialog))
    fill(dialog, "apple", "orange")
    wait("an enabled OK", lambda: is_enabled(ok_button(dialog)))
    shot("1-dialog")
    press(dialog, "OK")
    progress = progress_window()
    wait("a painting step", lambda: next(matching(progress, lambda _, name: "Painting" in name), None))
    shot("2-progress")
    wait("the new layer", has_layers(2))
    shot("3-result")

    choose("Edit", "Undo")
    wait("one layer after one undo", has_layers(1))
    choose("Filters", "Repeat")
    wait("a new layer from the last values", has_layers(2))
    choose("Edit", "Undo")
    wait("one layer again", has_layers(1))

    progress = start("apple", "orange")
    wait("a painting step", lambda: next(matching(progress, lambda _, name: "Painting" in name), None))
    press(progress, "Cancel")
    wait("the end of the progress window", lambda: not window("dialog", "Text Replace")())
    seen["layers after cancel"] = has_layers(1)()

    start("truck", "orange")
    shown = wait("the message", lambda: _text_with("truck"))
    seen["message"] = shown
    shot("4-message")
    print(json.dumps(seen), flush=True)


def _text_with(word: str) -> str:
    for each in windows_now():
        for node in matching(each, lambda role, name: role in ("label", "text", "statusbar", "alert")):
            text = node.get_name() or ""
            if not text and "Text" in node.get_interfaces():
                text = Atspi.Text.get_text(node, 0, -1)
            if "looked for" in text and word in text:
                return text
    return ""


if __name__ == "__main__":
    main()
