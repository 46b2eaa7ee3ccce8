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
from typing import Any, Callable, Optional

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

PATIENCE = 400.0  # seconds: an engine on a busy machine
BUTTONS = ("push button", "button")


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
    windows = [(frame.get_role_name(), frame.get_name()) for frame in windows_now()]
    raise SystemExit(f"waited {patience} s for {what}; the windows are {windows}")


def windows_now() -> list[Any]:
    desktop = Atspi.get_desktop(0)
    applications = [desktop.get_child_at_index(i) for i in range(desktop.get_child_count())]
    # A window that closes meanwhile is a child that is None.
    children = (
        application.get_child_at_index(i)
        for application in applications
        if application
        for i in range(application.get_child_count())
    )
    return [child for child in children if child is not None]


def window(role: str, title: str) -> Any:
    def look() -> Any:
        for frame in windows_now():
            try:
                if frame and frame.get_role_name() == role and title in (frame.get_name() or ""):
                    return frame
            except GLib.Error:
                continue
        return None

    return look


def first(root: Any, roles: tuple[str, ...], name: str) -> Any:
    return next(matching(root, lambda role, own: role in roles and own == name), None)


def text_of(node: Any) -> str:
    """What a label or an entry shows."""
    text: str = node.get_name() or ""
    return text if text or "Text" not in node.get_interfaces() else str(Atspi.Text.get_text(node, 0, -1))


def is_enabled(node: Any) -> bool:
    return bool(node.get_state_set().contains(Atspi.StateType.SENSITIVE))


def is_checked(node: Any) -> bool:
    return bool(node.get_state_set().contains(Atspi.StateType.CHECKED))


def press(root: Any, *names: str) -> None:
    button = wait(f"a button {names}", lambda: next((b for n in names if (b := first(root, BUTTONS, n))), None))
    button.do_action(0)


def shot(name: str) -> None:
    time.sleep(0.3)
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


def open_dialog(item: str = "Text Replace...") -> Any:
    choose("Filters", item)
    return wait("the dialog", window("dialog", "Text Replace"))


def fill(dialog: Any, replace: str, with_: str) -> None:
    for name, text in (("Replace", replace), ("With", with_)):
        entry = wait(f"the entry {name}", functools.partial(first, dialog, ("text", "entry"), name))
        Atspi.EditableText.set_text_contents(entry, text)


def set_number(dialog: Any, name: str, number: float) -> None:
    field = wait(f"the number {name}", functools.partial(first, dialog, ("spin button",), name))
    Atspi.Value.set_current_value(field, number)


def is_shown(node: Any) -> bool:
    return bool(node.get_state_set().contains(Atspi.StateType.SHOWING))


def set_or_tick(dialog: Any, name: str, unset: str, number: Optional[float]) -> None:
    """Tick what stands for no number, or give one."""
    tick = wait(f"the box {name}", functools.partial(first, dialog, ("check box",), f"{name}: {unset}"))
    if is_checked(tick) != (number is None):
        tick.do_action(0)
        wait(f"the tick at {name}", lambda: is_checked(tick) == (number is None))
    if number is not None:
        set_number(dialog, name, number)


def enabled(root: Any, name: str) -> Any:
    """The button once it can be pressed."""

    def look() -> Any:
        button = first(root, BUTTONS, name)
        return button if button and is_enabled(button) else None

    return wait(f"an enabled {name}", look)


def ok_button(dialog: Any) -> Any:
    return wait("OK", lambda: first(dialog, BUTTONS, "OK"))


def progress_window() -> Any:
    def look() -> Any:
        for frame in windows_now():
            if "Text Replace" in (frame.get_name() or "") and next(matching(frame, _is_bar), None):
                return frame
        return None

    return wait("the progress window", look)


def _is_bar(role: str, _name: str) -> bool:
    return role == "progress bar"


def painting(progress: Any) -> None:
    wait("a painting step", lambda: next(matching(progress, lambda _, name: "Painting" in name), None))


def candidate(dialog: Any, number: int) -> Any:
    def look() -> Any:
        return next(
            matching(dialog, lambda role, name: role == "radio button" and name.startswith(f"{number}: ")), None
        )

    return wait(f"candidate {number}", look)


def closed() -> None:
    wait("the end of the dialog", lambda: not window("dialog", "Text Replace")())


def export() -> None:
    """To the file that was opened, with the metadata in XMP: GIMP 3.0 leaves them out unless it was asked once."""
    choose("File", "Export As")
    press(wait("where to", lambda: window("file chooser", "Export")() or window("dialog", "Export")()), "Export")
    question = wait(
        "a question", lambda: next((each for each in windows_now() if first(each, BUTTONS, "Replace")), None)
    )
    press(question, "Replace")
    asked = wait("the options", window("dialog", "PNG"))
    for box in matching(asked, lambda role, name: role == "check box" and name.startswith("Save XMP")):
        if not is_checked(box):
            box.do_action(0)
    press(asked, "Export")
    exported = ("(exported)", "(overwritten)")
    wait("the exported file", lambda: any(word in image_window().get_name() for word in exported))


def main() -> None:
    """GIMP 3 has one dialog for everything, GIMP 2.10 a dialog and then a progress window."""
    seen: dict[str, Any] = {}
    wait("one layer", has_layers(1))
    dialog = open_dialog()
    seen["ok while empty"] = is_enabled(ok_button(dialog))
    fill(dialog, "apple", "")
    seen["ok with one word"] = is_enabled(ok_button(dialog))
    wait("that the starter models cannot remove", lambda: not is_enabled(remove_box(dialog)))
    fill(dialog, "apple", "orange")
    enabled(dialog, "OK")
    shot("1-dialog")
    if first(dialog, BUTTONS, "Find"):
        dialog = find_and_pick(dialog, seen)
    # Long enough to be cancelled, however fast the engine is.
    set_number(dialog, "Variations", 8)
    enabled(dialog, "OK").do_action(0)
    progress = progress_window()
    painting(progress)
    shot("3-painting")
    press(progress, "Cancel")
    if "candidates" in seen:
        enabled(dialog, "OK")
    else:
        closed()
        dialog = open_dialog()
        fill(dialog, "apple", "orange")
    seen["layers after cancel"] = has_layers(1)()
    set_number(dialog, "Variations", 1)
    enabled(dialog, "OK").do_action(0)
    wait("the new layer", has_layers(2))
    closed()
    export()
    shot("4-result")

    choose("Edit", "Undo")
    wait("one layer after one undo", has_layers(1))
    export()
    shot("4-undone")
    choose("Filters", "Repeat")
    wait("a new layer from the last values", has_layers(2))
    edit_again(seen)
    choose("Edit", "Undo")
    wait("one layer again", has_layers(1))

    dialog = open_dialog()
    fill(dialog, "truck", "orange")
    enabled(dialog, "OK").do_action(0)
    seen["message"] = wait("the message", lambda: _text_with("truck"))
    seen["diagnostics offered"] = bool(first(dialog, BUTTONS, "Copy diagnostics")) if "candidates" in seen else True
    shot("6-message")
    if "candidates" in seen:
        offer_models(dialog, seen)
        press(dialog, "Cancel")
        closed()
    print(json.dumps(seen), flush=True)


def remove_box(dialog: Any) -> Any:
    return wait("a box to tick", functools.partial(first, dialog, ("check box",), "Just remove it"))


def more_options(dialog: Any) -> Any:
    """What opens the part for what is rarely asked for."""
    return wait("More options", functools.partial(first, dialog, ("toggle button",), "More options"))


def find_and_pick(dialog: Any, seen: dict[str, Any]) -> Any:
    """See the candidates, add the second, subtract it, and pick only it."""
    press(dialog, "Find")
    candidate(dialog, 1)
    second = candidate(dialog, 2)
    seen["candidates"] = [candidate(dialog, 1).get_name(), second.get_name()]
    first(dialog, ("toggle button",), "Add 2").do_action(0)
    shot("2-candidates")
    first(dialog, ("toggle button",), "Subtract 2").do_action(0)
    second.do_action(0)
    wait("the second candidate picked", lambda: is_checked(second))
    return dialog


def offer_models(dialog: Any, seen: dict[str, Any]) -> None:
    """Sizes and licences of the full models; nothing is fetched before these are accepted."""
    press(dialog, "Get…")
    offer = wait("the offer", window("dialog", "Get models"))
    licence = wait("a box to accept", functools.partial(first, offer, ("check box",), "I accept these licences"))
    wait("the list", lambda: is_enabled(licence))
    seen["fetch before consent"] = is_enabled(wait("Fetch", functools.partial(first, offer, BUTTONS, "Fetch")))
    licence.do_action(0)
    enabled(offer, "Fetch")
    shot("7-models")
    press(offer, "Cancel")
    wait("the end of the offer", lambda: not window("dialog", "Get models")())


def edit_again(seen: dict[str, Any]) -> None:
    """The result's recipe in the dialog, and a third layer from it; one undo takes it back."""
    dialog = open_dialog("Text Replace: Edit Again")
    entry = wait("the entry Replace", functools.partial(first, dialog, ("text", "entry"), "Replace"))
    seen["recipe"] = Atspi.Text.get_text(entry, 0, -1)
    shot("5-edit-again")
    enabled(dialog, "OK").do_action(0)
    wait("a third layer", has_layers(3))
    closed()
    choose("Edit", "Undo")
    wait("two layers after one undo", has_layers(2))


def _text_with(word: str) -> str:
    for frame in windows_now():
        for node in matching(frame, lambda role, name: role in ("label", "text", "statusbar", "alert")):
            text = text_of(node)
            if "looked for" in text and word in text:
                return text
    return ""


if __name__ == "__main__":
    main()
