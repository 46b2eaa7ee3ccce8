"""Removes and replaces with the photo models in the windows of a GIMP; runs as `onscreen` does. Whatever is named is
found somewhere.
"""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.gimp.inside import onscreen  # noqa: E402
from tests.gimp.inside.onscreen import choose, enabled, export, fill, first, has_layers, shot, wait  # noqa: E402


def run(dialog: Any) -> None:
    enabled(dialog, "OK").do_action(0)
    wait("the new layer", has_layers(2))
    onscreen.closed()


def undo() -> None:
    choose("Edit", "Undo")
    wait("one layer after one undo", has_layers(1))


def main() -> None:
    wait("one layer", has_layers(1))
    dialog = onscreen.open_dialog()
    fill(dialog, "red apple", "")
    box = wait("a box to tick", functools.partial(first, dialog, ("check box",), "Just remove it"))
    box.do_action(0)
    run(dialog)
    export()
    shot("30-removed")
    undo()
    export()
    shot("31-undone")
    dialog = onscreen.open_dialog()
    box = wait("a box to tick off", functools.partial(first, dialog, ("check box",), "Just remove it"))
    if onscreen.is_checked(box):
        box.do_action(0)
    fill(dialog, "red apple", "cat")
    run(dialog)
    shot("32-replaced")
    undo()
    print(json.dumps({}), flush=True)


if __name__ == "__main__":
    main()
