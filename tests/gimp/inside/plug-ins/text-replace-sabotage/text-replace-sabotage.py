#!/usr/bin/env python3
"""A second plug-in, started by GIMP itself, that changes the newest image when the file `sabotage` says so.

GIMP serves plug-ins side by side, so this is what a user does who goes on working while the engine paints.
"""

from __future__ import annotations

import os
import pathlib
import sys
import time
from typing import Any, Callable

CLONE = pathlib.Path(os.environ.get("TEXT_REPLACE_CLONE", "."))
NAME = "plug-in-text-replace-sabotage"
sys.path[:0] = [str(CLONE), str(CLONE / "plugin" / "text-replace")]


def watch(change: Callable[[str], None]) -> None:
    """Until GIMP ends: carry out what the file names, then remove the file."""
    order = pathlib.Path(os.environ["TEXT_REPLACE_SABOTAGE"])
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.05)
        if order.exists():
            change(order.read_text())
            order.unlink()


def carry_out(bench: Any, image: Any, what: str) -> None:
    layer = next((found for found in bench.layers(image) if bench.describe(found)["name"] == "source"), None)
    if what == "delete layer":
        bench.remove_layer(image, layer)
    elif what == "move layer":
        bench.set_offsets(layer, 7, 7)
    elif what == "resize layer":
        bench.resize_layer(layer, 100, 100)
    elif what == "paint":
        bench.set_pixels(layer, 150, 110, 1, 1, bytes([1, 2, 3, 255]))
    elif what == "close image":
        bench.close(image)


def main210() -> int:
    import ctypes

    from tests.gimp.inside.bench210 import Bench210
    from text_replace_plugin.gimp210 import libgimp2
    from text_replace_plugin.gimp210.gimpfu_compat import pdb

    def query() -> None:
        texts = [NAME.encode(), *[b""] * 5]
        libgimp2.install_procedure(*texts, None, b"", 2, 0, 0, None, None)

    def run(*_ignored: Any) -> None:
        libgimp2.declare(ctypes.CDLL("libgimp-2.0.so.0"), "gimp_extension_ack", None)()
        bench = Bench210()
        watch(lambda what: carry_out(bench, max(pdb.gimp_image_list()[1]), what))

    nothing = libgimp2.Procedure(0)
    info = libgimp2.PlugInInfo(nothing, nothing, libgimp2.Procedure(query), libgimp2.RunProcedure(run))
    argv = (ctypes.c_char_p * (len(sys.argv) + 1))(*map(os.fsencode, sys.argv), None)
    return int(libgimp2.main(ctypes.byref(info), len(sys.argv), argv))


def main3() -> int:
    import gi

    gi.require_version("Gimp", "3.0")
    from gi.repository import Gimp, GLib

    def run(procedure: Any, _config: Any, _data: Any) -> Any:
        from tests.gimp.inside.bench3 import Bench3

        procedure.persistent_ready()
        bench = Bench3()
        watch(lambda what: carry_out(bench, max(Gimp.get_images(), key=lambda image: image.get_id()), what))
        return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())

    class Sabotage(Gimp.PlugIn):  # type: ignore[misc]
        def do_query_procedures(self) -> list[str]:
            return [NAME]

        def do_create_procedure(self, name: str) -> Any:
            return Gimp.Procedure.new(self, name, Gimp.PDBProcType.PERSISTENT, run, None)

    return int(Gimp.main(Sabotage.__gtype__, sys.argv) or 0)


if __name__ == "__main__":
    sys.exit(main3() if len(sys.argv) == 7 else main210())
