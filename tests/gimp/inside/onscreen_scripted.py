"""What the windows of a GIMP do when the engine behaves as the test says; runs as `onscreen` does.

It makes a mistake for "crash", for "wait" paints until the shot "closed" was taken, and fails to fetch models until the
shot "fetch-failed" was taken.
"""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from gi.repository import Atspi  # noqa: E402

from tests.gimp.inside import onscreen  # noqa: E402
from tests.gimp.inside.onscreen import BUTTONS, enabled, fill, first, is_checked, matching, press, shot, wait, window  # noqa: E402


def said(*words: str) -> Any:
    """A text on the screen with all these words."""
    for frame in onscreen.windows_now():
        for node in matching(frame, lambda role, name: role in ("label", "text", "statusbar", "alert")):
            text = onscreen.text_of(node)
            if all(word in text for word in words):
                return text
    return ""


def clipboard() -> Any:
    """The text in it. Machines with only GIMP 2.10 may have no GTK for Python."""
    import gi

    gi.require_version("Gdk", "3.0")
    gi.require_version("Gtk", "3.0")
    from gi.repository import Gdk, Gtk

    return Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_text()


def report_a_mistake(dialog: Any, seen: dict[str, Any]) -> None:
    """A mistake in the engine, the report of it, and the log."""
    fill(dialog, "apple", "crash")
    enabled(dialog, "OK").do_action(0)
    seen["mistake"] = wait("the mistake", lambda: said("mistake"))
    press(dialog, "Copy diagnostics")
    wait("the copy", functools.partial(first, dialog, BUTTONS, "Copied"))
    shot("8-mistake")
    seen["diagnostics"] = clipboard()
    press(dialog, "Open log")


def fetch_the_models(dialog: Any, seen: dict[str, Any]) -> None:
    """The photo models, and the full ones after a failure in one sentence: each with consent of its own. The dialog's
    list knows then.
    """
    seen["sets before"] = offered(dialog, "Models")
    press(dialog, "Get…")
    offer = wait("the offer", window("dialog", "Get models"))
    licence = wait("a box to accept", functools.partial(first, offer, ("check box",), "I accept these licences"))
    wait("the list", lambda: onscreen.is_enabled(licence))
    seen["preselected"] = is_checked(
        wait("the photo models", functools.partial(first, offer, ("radio button",), "Photo"))
    )
    seen["fetch before consent"] = onscreen.is_enabled(first(offer, BUTTONS, "Fetch"))
    licence.do_action(0)
    shot("9-sets")
    enabled(offer, "Fetch").do_action(0)
    wait("the photo models", lambda: said("These models are installed."))
    first(offer, ("radio button",), "Full").do_action(0)
    wait("what else there is", lambda: said("will be downloaded"))
    wait("the list", lambda: onscreen.is_enabled(licence))
    seen["consent to another's licences"] = is_checked(licence)
    licence.do_action(0)
    enabled(offer, "Fetch").do_action(0)
    seen["fetch failed"] = wait("the failure", lambda: said("could not be fetched"))
    seen["left to fetch"] = said("will be downloaded")
    shot("9-fetch-failed")
    enabled(offer, "Fetch").do_action(0)
    seen["fetched"] = wait("the models", lambda: said("These models are installed."))
    shot("10-fetched")
    press(offer, "Close")
    wait("the end of the offer", lambda: not window("dialog", "Get models")())
    wait("the new list", lambda: "Photo" in offered(dialog, "Models"))
    seen["sets after"] = offered(dialog, "Models")


def offered(dialog: Any, name: str) -> list[str]:
    """The entries of one of the dialog's lists."""
    field = wait(f"the list {name}", functools.partial(first, dialog, ("combo box",), name))
    return [node.get_name() for node in matching(field, lambda role, name: role.endswith("menu item"))]


def is_changed() -> bool:
    """Whether GIMP has anything to save or to undo."""
    return str(onscreen.image_window().get_name()).startswith("*")


def cancel_painting(dialog: Any, seen: dict[str, Any]) -> None:
    fill(dialog, "apple", "wait")
    enabled(dialog, "OK").do_action(0)
    progress = onscreen.progress_window()
    onscreen.painting(progress)
    press(progress, "Cancel")
    if first(dialog, BUTTONS, "Find"):
        enabled(dialog, "OK")
        press(dialog, "Cancel")
    onscreen.closed()
    seen["changed by cancel or mistake"] = is_changed()


def choose(dialog: Any, name: str, value: str) -> None:
    """An entry of one of the dialog's lists, by how it begins."""
    field = wait(f"the list {name}", functools.partial(first, dialog, ("combo box",), name))
    entries = wait(f"{value} to choose", lambda: [own for own in offered(dialog, name) if own.startswith(value)])
    Atspi.Selection.select_child(field, offered(dialog, name).index(entries[0]))


def shown(dialog: Any) -> dict[str, Any]:
    """What of that which depends on the models can be asked for, the presets, and whether objects can be removed."""
    names = ("Painted by", "Room around it", "Strength", "Steps", "Guidance", "Avoid")
    roles = ("combo box", "spin button", "text", "entry")
    fields = {name: first(dialog, roles, name) for name in names}
    return {
        "fields": [name for name, field in fields.items() if field and onscreen.is_shown(field)],
        "presets": offered(dialog, "Preset"),
        "can remove": onscreen.is_enabled(onscreen.remove_box(dialog)),
    }


def fit_to_the_models(dialog: Any, seen: dict[str, Any]) -> None:
    """Fields come and go with the models; ticks stand for no number; an object can be removed with one word."""
    more = onscreen.more_options(dialog)
    seen["open at first"] = is_checked(more)
    more.do_action(0)
    wait("the fields", lambda: "Strength" in shown(dialog)["fields"])
    choose(dialog, "Models", "Starter")
    wait("fewer fields", lambda: "Avoid" not in shown(dialog)["fields"])
    seen["starter"] = shown(dialog)
    choose(dialog, "Preset", "Paper")
    choose(dialog, "Models", "Photo")
    wait("more fields", lambda: "Avoid" in shown(dialog)["fields"])
    seen["photo"] = shown(dialog)
    fill(dialog, "apple", "")
    remove = onscreen.remove_box(dialog)
    remove.do_action(0)
    enabled(dialog, "OK")
    remove.do_action(0)
    wait("OK that needs a word", lambda: not onscreen.is_enabled(onscreen.ok_button(dialog)))
    add_and_take_away(dialog)
    choose(dialog, "Room around it", "Loose")
    onscreen.set_or_tick(dialog, "Steps", "The preset's own", 9)
    onscreen.set_or_tick(dialog, "Guidance", "The preset's own", 3)
    onscreen.set_or_tick(dialog, "Guidance", "The preset's own", None)
    shot("14-photo")


def add_and_take_away(dialog: Any) -> None:
    """A second object's fields come with “+” and go with “−”."""

    def has_second() -> bool:
        field = first(dialog, ("text", "entry"), "Replace 2")
        return field is not None and onscreen.is_shown(field)

    press(dialog, "+ Another object")
    wait("a second object", has_second)
    press(dialog, "Take away 2")
    wait("one object", lambda: not has_second())


def paint_and_repeat(seed: int, prepare: Callable[[Any], None] = lambda _dialog: None) -> None:
    """A layer, another with the last values, and one undo for each: then nothing is left to save."""
    dialog = onscreen.open_dialog()
    prepare(dialog)
    fill(dialog, "apple", "orange")
    onscreen.set_or_tick(dialog, "Seed", "Random", None if seed < 0 else seed)
    enabled(dialog, "OK").do_action(0)
    wait("a new layer", onscreen.has_layers(2))
    onscreen.closed()
    onscreen.choose("Filters", "Repeat")
    wait("another layer", onscreen.has_layers(3))
    for left in (2, 1):
        onscreen.choose("Edit", "Undo")
        wait(f"{left} after undo", onscreen.has_layers(left))
    wait("an unchanged image", lambda: not is_changed())


def close_the_image(dialog: Any, seen: dict[str, Any]) -> None:
    """While the engine paints. GIMP 3's dialog stays, and Find says what happened too."""
    can_find = bool(first(dialog, BUTTONS, "Find"))
    fill(dialog, "apple", "wait")
    enabled(dialog, "OK").do_action(0)
    onscreen.painting(onscreen.progress_window())
    onscreen.choose("File", "Close View")
    wait("the end of the image", lambda: not window("frame", "[picture]")())
    shot("11-closed")
    seen["image closed"] = wait("what happened", lambda: said("closed"))
    shot("12-image-closed")
    if can_find:
        press(dialog, "Find")
        shot("13-find-without-an-image")
        seen["found without an image"] = said("closed")
        press(dialog, "Cancel")
        onscreen.closed()


def menu_item(name: str) -> Any:
    """The item of GIMP's menus."""

    def look() -> Any:
        for frame in onscreen.windows_now():
            for item in matching(frame, lambda role, own: role.endswith("menu item") and own == name):
                return item
        return None

    return wait(name, look)


def main() -> None:
    seen: dict[str, Any] = {}
    wait("one layer", onscreen.has_layers(1))
    dialog = onscreen.open_dialog()
    if first(dialog, BUTTONS, "Find"):
        press(dialog, "Help")
        report_a_mistake(dialog, seen)
        fetch_the_models(dialog, seen)
    cancel_painting(dialog, seen)
    paint_and_repeat(-1)
    paint_and_repeat(5, lambda dialog: fit_to_the_models(dialog, seen))
    dialog = onscreen.open_dialog()
    seen["open afterwards"] = is_checked(onscreen.more_options(dialog))
    close_the_image(dialog, seen)
    seen["enabled without an image"] = onscreen.is_enabled(menu_item("Text Replace..."))
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main()
