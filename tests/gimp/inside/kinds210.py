"""`kinds.Workshop` in GIMP 2.10."""

from __future__ import annotations

import ctypes
import pathlib
from typing import Any

from tests.gimp.inside.bench210 import Bench210
from tests.gimp.inside.kinds import HEIGHT, WIDTH, Kind
from text_replace_plugin.gimp210 import libgimp2
from text_replace_plugin.gimp210.gimpfu_compat import pdb

_DEPTHS = {"u8": 100, "u16": 200, "u32": 300, "half": 500, "float": 600, "double": 700}
_MULTIPLY = 30

_babl = ctypes.CDLL("libbabl-0.1.so.0")
_gimp = ctypes.CDLL("libgimp-2.0.so.0")
_name = libgimp2.declare(_babl, "babl_get_name", ctypes.c_char_p, ctypes.c_void_p)
_own_format = libgimp2.declare(_gimp, "gimp_drawable_get_format", ctypes.c_void_p, ctypes.c_int32)
_with_space = libgimp2.declare(_babl, "babl_format_with_space", ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


class Workshop210(Bench210):
    def make(self, kind: Kind, profile: str) -> tuple[Any, Any]:
        precision = _DEPTHS[kind.depth] + (0 if kind.encoding == "linear" else 50)
        image = pdb.gimp_image_new_with_precision(WIDTH, HEIGHT, int(kind.grey), precision)
        if profile:
            pdb.gimp_image_set_color_profile_from_file(image, pathlib.Path(profile).as_uri())
        layer_type = 2 * kind.grey + kind.alpha
        layer = pdb.gimp_layer_new(image, *kind.size, layer_type, "source", 100.0, 28)
        pdb.gimp_image_insert_layer(image, layer, 0, 0)
        pdb.gimp_layer_set_offsets(layer, *kind.offsets)
        return image, layer

    def fill(self, layer: Any, samples: bytes) -> None:
        self._write(layer, self._model(layer) + b" u16", samples)

    @staticmethod
    def _model(layer: int) -> bytes:
        colours = b"Y'" if pdb.gimp_drawable_is_gray(layer) else b"R'G'B'"
        return colours + (b"A" if pdb.gimp_drawable_has_alpha(layer) else b"")

    @staticmethod
    def _write(drawable: int, layout: bytes, data: bytes) -> None:
        size = pdb.gimp_drawable_width(drawable), pdb.gimp_drawable_height(drawable)
        libgimp2.set_pixels(drawable, 0, 0, *size, data, _with_space(layout, _own_format(drawable)))
        pdb.gimp_drawable_update(drawable, 0, 0, *size)

    def new_channel(self, image: Any, name: str, values: bytes) -> Any:
        channel = pdb.gimp_channel_new(image, WIDTH, HEIGHT, name, 50.0, (1.0, 0.0, 0.0, 1.0))
        libgimp2.set_pixels(channel, 0, 0, WIDTH, HEIGHT, values)
        pdb.gimp_item_set_visible(channel, 0)
        layer = pdb.gimp_image_get_active_layer(image)
        pdb.gimp_image_insert_channel(image, channel, 0, 0)
        pdb.gimp_image_set_active_layer(image, layer)
        return channel

    def select_channel(self, image: Any, channel: Any) -> None:
        pdb.gimp_image_select_item(image, 2, channel)
        pdb.gimp_image_remove_channel(image, channel)

    def into_group(self, image: Any, drawables: list[Any]) -> list[Any]:
        top = drawables[0]
        while pdb.gimp_item_get_parent(top) != -1:
            top = pdb.gimp_item_get_parent(top)
        self.move_into(image, top, self.new_group(image, "group"))
        return drawables

    def its_group(self, image: Any, drawables: list[Any]) -> list[Any]:
        self.into_group(image, drawables)
        return [pdb.gimp_item_get_parent(drawables[0])]

    def add_mask(self, _image: Any, drawables: list[Any]) -> list[Any]:
        layer = drawables[0]
        mask = pdb.gimp_layer_create_mask(layer, 0)
        pdb.gimp_layer_add_mask(layer, mask)
        size = pdb.gimp_drawable_width(layer), pdb.gimp_drawable_height(layer)
        values = bytes(index * 7 % 256 for index in range(size[0] * size[1]))
        libgimp2.set_pixels(mask, 0, 0, *size, values)
        pdb.gimp_drawable_update(mask, 0, 0, *size)
        return drawables

    def its_mask(self, _image: Any, drawables: list[Any]) -> list[Any]:
        return [pdb.gimp_layer_get_mask(drawables[0])]

    def switch_mask_off(self, _image: Any, drawables: list[Any]) -> list[Any]:
        pdb.gimp_layer_set_apply_mask(drawables[0], 0)
        return drawables

    def lock_everything(self, _image: Any, drawables: list[Any]) -> list[Any]:
        item = drawables[0]
        pdb.gimp_layer_set_lock_alpha(item, 1)
        pdb.gimp_item_set_lock_position(item, 1)
        while item != -1:
            pdb.gimp_item_set_lock_content(item, 1)
            item = pdb.gimp_item_get_parent(item)
        return drawables

    def multiply_at_40(self, image: Any, drawables: list[Any]) -> list[Any]:
        layer = drawables[0]
        below = pdb.gimp_layer_copy(layer, 0)
        pdb.gimp_item_set_name(below, "below")
        pdb.gimp_image_insert_layer(image, below, 0, 1)
        pdb.gimp_layer_set_mode(layer, _MULTIPLY)
        pdb.gimp_layer_set_opacity(layer, 40.0)
        return drawables

    def hide(self, _image: Any, drawables: list[Any]) -> list[Any]:
        pdb.gimp_item_set_visible(drawables[0], 0)
        return drawables

    def text_layer(self, image: Any, drawables: list[Any]) -> list[Any]:
        pdb.gimp_image_remove_layer(image, drawables[0])
        layer = pdb.gimp_text_layer_new(image, "Apple", "Sans", 20.0, 0)
        pdb.gimp_image_insert_layer(image, layer, 0, 0)
        return [layer]

    def convert_to_indexed(self, image: Any, drawables: list[Any]) -> list[Any]:
        self.convert(image, "indexed")
        return drawables

    def quick_mask(self, image: Any, _drawables: list[Any]) -> list[Any]:
        return [pdb.gimp_image_get_channel_by_name(image, "Qmask")]

    def dump(self, image: Any, new: Any, folder: pathlib.Path) -> dict[str, Any]:
        folder.mkdir(parents=True)
        layers = self.layers(image)
        visible = pdb.gimp_layer_new_from_visible(image, image, "visible")
        selection = pdb.gimp_image_get_selection(image)
        (folder / "selection").write_bytes(self.pixels(selection, 0, 0, WIDTH, HEIGHT)[0])
        dumped = {
            "folder": str(folder),
            "precision": pdb.gimp_image_get_precision(image),
            "profile": "",
            "channels": [pdb.gimp_item_get_name(channel) for channel in pdb.gimp_image_get_channels(image)[1]],
            "layers": [
                self._facts(layer, folder, f"layer{number}")
                for number, layer in enumerate(layer for layer in layers if layer != new)
            ],
            "new": self._facts(new, folder, "new") if new else None,
            "order": [pdb.gimp_item_get_name(layer) for layer in layers],
            "shown": self._facts(visible, folder, "shown"),
        }
        pdb.gimp_item_delete(visible)
        return dumped

    def next_number(self) -> int:
        image = int(pdb.gimp_image_new(1, 1, 0))
        pdb.gimp_image_delete(image)
        return image

    def _facts(self, layer: int, folder: pathlib.Path, name: str) -> dict[str, Any]:
        facts = self.describe(layer)
        mask = pdb.gimp_layer_get_mask(layer)
        own = _own_format(layer)
        if not facts["group"]:
            (folder / name).write_bytes(b"".join(libgimp2.strips(layer)))
            if not pdb.gimp_drawable_is_indexed(layer):
                eight = _with_space(self._model(layer) + b" u8", own)
                width, height = facts["size"]
                data, _ = libgimp2.get_pixels(layer, 0, 0, width, height, 1.0, libgimp2.ABYSS_NONE, eight)
                (folder / f"{name} 8 bit").write_bytes(data)
        if mask != -1:
            (folder / f"{name} mask").write_bytes(b"".join(libgimp2.strips(mask)))
        return {
            **facts,
            "file": name,
            "format": _name(own).decode(),
            "kind": "TextLayer" if pdb.gimp_item_is_text_layer(layer) else "Layer",
            "mask": mask != -1,
            "mask_applied": mask != -1 and bool(pdb.gimp_layer_get_apply_mask(layer)),
            "mode_name": str(pdb.gimp_layer_get_mode(layer)),
            "visible": bool(pdb.gimp_item_get_visible(layer)),
            "locks": [
                bool(pdb.gimp_item_get_lock_content(layer)),
                bool(pdb.gimp_item_get_lock_position(layer)),
                bool(pdb.gimp_layer_get_lock_alpha(layer)),
            ],
            "filters": [],
        }
