"""`bench.Bench` in GIMP 2.10."""

from __future__ import annotations

import json
from typing import Any, Optional

from tests.gimp.inside.bench import Called, Many
from text_replace_plugin.gimp210 import libgimp2, parameters
from text_replace_plugin.gimp210.gimpfu_compat import error, pdb

_MODES = {"interactive": 0, "noninteractive": 1, "last values": 2}
_OPTIONS = {
    "strength": 0.0,
    "variations": 1,
    "grow": -1.0,
    "feather": -1.0,
    "use-selection": 0,
    "keep-selection": 0,
    "as-layer-mask": 0,
    "record-recipe": 1,
}
_WEBP = {
    "preset": 0,
    "lossless": 1,
    "quality": 90.0,
    "alpha-quality": 100.0,
    "animation": 0,
    "anim-loop": 0,
    "minimize-size": 0,
    "kf-distance": 50,
    "exif": 1,
    "iptc": 1,
    "xmp": 1,
    "delay": 200,
    "force-delay": 0,
}
_PRECISIONS = {"u8": 150, "u16": 250}


class Bench210:
    def __init__(self) -> None:
        libgimp2.gegl_init(None, None)
        self.version = pdb.gimp_version()

    def load(self, path: str) -> Any:
        return pdb.gimp_file_load(path, path)

    def save(self, image: Any, path: str) -> None:
        pdb.gimp_xcf_save(0, image, self.layers(image)[0], path, path)

    def export(self, image: Any, path: str) -> None:
        layer = pdb.gimp_image_flatten(image)
        if path.endswith(".webp"):
            # Where there is no window, GIMP leaves the metadata out unless it is asked.
            pdb.file_webp_save(image, layer, path, path, *_WEBP.values())
        else:
            pdb.gimp_file_save(image, layer, path, path)

    def new_image(self, width: int, height: int, precision: str) -> Any:
        return pdb.gimp_image_new_with_precision(width, height, 0, _PRECISIONS[precision])

    def new_layer(self, image: Any, name: str, width: int, height: int, parent: Any) -> Any:
        layer = pdb.gimp_layer_new(image, width, height, 1, name, 100.0, 28)
        pdb.gimp_image_insert_layer(image, layer, parent or 0, 0)
        return layer

    def new_group(self, image: Any, name: str) -> Any:
        group = pdb.gimp_layer_group_new(image)
        pdb.gimp_item_set_name(group, name)
        pdb.gimp_image_insert_layer(image, group, 0, 0)
        return group

    def layers(self, image: Any) -> list[Any]:
        return self._walk(pdb.gimp_image_get_layers(image)[1])

    def _walk(self, layers: list[int]) -> list[int]:
        found = []
        for layer in layers:
            found.append(layer)
            if pdb.gimp_item_is_group(layer):
                found += self._walk(pdb.gimp_item_get_children(layer)[1])
        return found

    def describe(self, layer: Any) -> dict[str, Any]:
        parent = pdb.gimp_item_get_parent(layer)
        spaces = {0: "auto", 1: "rgb-linear", 2: "rgb-perceptual"}
        return {
            "name": pdb.gimp_item_get_name(layer),
            "size": [pdb.gimp_drawable_width(layer), pdb.gimp_drawable_height(layer)],
            "offsets": list(pdb.gimp_drawable_offsets(layer)),
            "mode": "normal" if pdb.gimp_layer_get_mode(layer) == 28 else "other",
            "composite_space": spaces.get(pdb.gimp_layer_get_composite_space(layer), "other"),
            "opacity": pdb.gimp_layer_get_opacity(layer),
            "visible": bool(pdb.gimp_item_get_visible(layer)),
            "group": bool(pdb.gimp_item_is_group(layer)),
            "parent": "" if parent == -1 else pdb.gimp_item_get_name(parent),
        }

    def pixels(self, drawable: Any, x: int, y: int, width: int, height: int) -> tuple[bytes, int]:
        return libgimp2.get_pixels(drawable, x, y, width, height, 1.0, libgimp2.ABYSS_NONE)

    def set_pixels(self, drawable: Any, x: int, y: int, width: int, height: int, data: bytes) -> None:
        libgimp2.set_pixels(drawable, x, y, width, height, data)
        pdb.gimp_drawable_update(drawable, x, y, width, height)

    def shown(self, image: Any) -> bytes:
        visible = pdb.gimp_layer_new_from_visible(image, image, "visible")
        data, _ = self.pixels(visible, 0, 0, *self.canvas(image))
        pdb.gimp_item_delete(visible)
        return data

    def canvas(self, image: Any) -> tuple[int, int]:
        return pdb.gimp_image_width(image), pdb.gimp_image_height(image)

    def resize_canvas(self, image: Any, width: int, height: int, x: int, y: int) -> None:
        pdb.gimp_image_resize(image, width, height, x, y)

    def set_offsets(self, layer: Any, x: int, y: int) -> None:
        pdb.gimp_layer_set_offsets(layer, x, y)

    def resize_layer(self, layer: Any, width: int, height: int) -> None:
        pdb.gimp_layer_resize(layer, width, height, 0, 0)

    def add_alpha(self, layer: Any) -> None:
        pdb.gimp_layer_add_alpha(layer)

    def move_into(self, image: Any, layer: Any, group: Any) -> None:
        pdb.gimp_image_reorder_item(image, layer, group, 0)

    def select_rectangle(self, image: Any, x: int, y: int, width: int, height: int, feather: float) -> None:
        pdb.gimp_image_select_rectangle(image, 2, x, y, width, height)
        if feather:
            pdb.gimp_selection_feather(image, feather)

    def selection(self, image: Any) -> Optional[Any]:
        return None if pdb.gimp_selection_is_empty(image) else pdb.gimp_image_get_selection(image)

    def channels(self, image: Any) -> int:
        return int(pdb.gimp_image_get_channels(image)[0])

    def convert(self, image: Any, mode: str) -> None:
        if mode == "gray":
            pdb.gimp_image_convert_grayscale(image)
        else:
            pdb.gimp_image_convert_indexed(image, 0, 0, 16, 0, 0, "")

    def set_precision(self, image: Any, precision: str) -> None:
        pdb.gimp_image_convert_precision(image, _PRECISIONS[precision])

    def remove_layer(self, image: Any, layer: Any) -> None:
        pdb.gimp_image_remove_layer(image, layer)

    def close(self, image: Any) -> None:
        pdb.gimp_image_delete(image)

    def is_gone(self, image: Any) -> bool:
        return not pdb.gimp_image_is_valid(image)

    def call(
        self,
        image: Any,
        drawables: list[Any],
        replace: str,
        with_: str,
        seed: int = 7,
        preset: str = "fast",
        models: str = "starter",
        run_mode: str = "noninteractive",
        strength: float = 0.0,
    ) -> Called:
        values = (image, drawables[0], replace, with_, seed, preset, models)
        try:
            if strength:
                more = {**_OPTIONS, "strength": strength}.values()
                layer = pdb.plug_in_text_replace_extended(*values, *more, run_mode=_MODES[run_mode])[0]
            else:
                layer = pdb.plug_in_text_replace(*values, run_mode=_MODES[run_mode])
        except error as problem:
            return Called("error", str(problem), None)
        return Called("success", "", layer)

    def call_with_options(
        self,
        image: Any,
        layer: Any,
        seed: int,
        replace: str = "apple",
        with_: str = "orange",
        models: str = "starter",
        **options: Any,
    ) -> Many:
        values = {**_OPTIONS, **options}.values()
        try:
            _, _, layers, _, scores = pdb.plug_in_text_replace_extended(
                image, layer, replace, with_, seed, "fast", models, *values
            )
        except error as problem:
            return Many("error", str(problem), [], [])
        return Many("success", "", layers, scores)

    def remove(self, image: Any, layer: Any, replace: str, use_selection: bool) -> Called:
        # Scripts cannot ask for it: this is what the dialog leaves for the next time.
        usual = {option.name: option.default for option in parameters.further()}
        chosen = {**usual, "use-selection": use_selection, "remove": True}
        values = [replace, "", 7, "fast", "photo", *chosen.values()]
        stored = json.dumps(values).encode()
        libgimp2.set_data(b"plug-in-text-replace", stored, len(stored))
        return self.call(image, [layer], replace, "", run_mode="last values")

    def arguments(self) -> list[str]:
        name = "plug-in-text-replace-extended"
        count = pdb.gimp_procedural_db_proc_info(name)[6]
        names = [pdb.gimp_procedural_db_proc_arg(name, number)[1] for number in range(count)]
        return [name for name in names if name not in ("run-mode", "image", "drawable")]

    def edit_again(self, image: Any, layer: Any) -> Called:
        try:
            return Called("success", "", pdb.plug_in_text_replace_edit_again(image, layer))
        except error as problem:
            return Called("error", str(problem), None)

    def layer_mask(self, layer: Any) -> Optional[Any]:
        mask = pdb.gimp_layer_get_mask(layer)
        return None if mask == -1 else mask

    def recipe(self, layer: Any) -> Optional[bytes]:
        return libgimp2.parasite_of(layer, "text-replace-recipe")

    def channel(self, image: Any, name: str) -> Any:
        return pdb.gimp_image_get_channel_by_name(image, name)

    def metadata(self, image: Any) -> str:
        return str(pdb.gimp_image_get_metadata(image))
