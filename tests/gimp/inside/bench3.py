"""`bench.Bench` in GIMP 3."""

from __future__ import annotations

from typing import Any, Optional

import gi

from tests.gimp.inside.bench import Called, Many

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp, Gio, GObject  # noqa: E402

_MODES = {
    "interactive": Gimp.RunMode.INTERACTIVE,
    "noninteractive": Gimp.RunMode.NONINTERACTIVE,
    "last values": Gimp.RunMode.WITH_LAST_VALS,
}
_PRECISIONS = {"u8": Gimp.Precision.U8_NON_LINEAR, "u16": Gimp.Precision.U16_NON_LINEAR}
_STATUSES = {
    Gimp.PDBStatusType.SUCCESS: "success",
    Gimp.PDBStatusType.CANCEL: "cancel",
}


class Bench3:
    def __init__(self) -> None:
        Gegl.init(None)
        self.version = Gimp.version()

    def load(self, path: str) -> Any:
        return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))

    def save(self, image: Any, path: str) -> None:
        assert Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(path), None)

    def export(self, image: Any, path: str) -> None:
        suffix = path.rpartition(".")[2]
        kind = {"jpg": "jpeg", "tif": "tiff"}.get(suffix, suffix)
        # Where there is no window, GIMP leaves all of them out unless it is asked.
        asked = {"include-exif": True, "include-iptc": True, "include-xmp": True}
        values = {"image": image, "file": Gio.File.new_for_path(path), **asked}
        procedure = _procedure(f"file-{kind}-export")
        config = procedure.create_config()
        for key, value in values.items():
            config.set_property(key, value)
        assert procedure.run(config).index(0) == Gimp.PDBStatusType.SUCCESS

    def new_image(self, width: int, height: int, precision: str) -> Any:
        return Gimp.Image.new_with_precision(width, height, Gimp.ImageBaseType.RGB, _PRECISIONS[precision])

    def new_layer(self, image: Any, name: str, width: int, height: int, parent: Any) -> Any:
        layer = Gimp.Layer.new(image, name, width, height, Gimp.ImageType.RGBA_IMAGE, 100.0, Gimp.LayerMode.NORMAL)
        image.insert_layer(layer, parent, 0)
        return layer

    def new_group(self, image: Any, name: str) -> Any:
        group = Gimp.GroupLayer.new(image, name)
        image.insert_layer(group, None, 0)
        return group

    def layers(self, image: Any) -> list[Any]:
        return self._walk(image.get_layers())

    def _walk(self, layers: list[Any]) -> list[Any]:
        found = []
        for layer in layers:
            found.append(layer)
            if layer.is_group():
                found += self._walk(layer.get_children())
        return found

    def describe(self, layer: Any) -> dict[str, Any]:
        parent = layer.get_parent()
        _, x, y = layer.get_offsets()
        return {
            "name": layer.get_name(),
            "size": [layer.get_width(), layer.get_height()],
            "offsets": [x, y],
            "mode": "normal" if layer.get_mode() == Gimp.LayerMode.NORMAL else "other",
            "composite_space": layer.get_composite_space().value_nick,
            "opacity": layer.get_opacity(),
            "visible": layer.get_visible(),
            "group": layer.is_group(),
            "parent": parent.get_name() if parent else "",
        }

    def pixels(self, drawable: Any, x: int, y: int, width: int, height: int) -> tuple[bytes, int]:
        layout = Babl.format_with_space(
            Babl.format_get_encoding(drawable.get_format()).split()[0] + " u8", drawable.get_format()
        )
        rectangle = Gegl.Rectangle.new(x, y, width, height)
        data = drawable.get_buffer().get(rectangle, 1.0, Babl.get_name(layout), Gegl.AbyssPolicy.NONE)
        return bytes(data), Babl.format_get_n_components(layout)

    def set_pixels(self, drawable: Any, x: int, y: int, width: int, height: int, data: bytes) -> None:
        layout = Babl.format_with_space(
            Babl.format_get_encoding(drawable.get_format()).split()[0] + " u8", drawable.get_format()
        )
        buffer = drawable.get_buffer()
        buffer.set(Gegl.Rectangle.new(x, y, width, height), Babl.get_name(layout), data)
        buffer.flush()
        drawable.update(x, y, width, height)

    def shown(self, image: Any) -> bytes:
        visible = Gimp.Layer.new_from_visible(image, image, "visible")
        data, _ = self.pixels(visible, 0, 0, *self.canvas(image))
        visible.delete()
        return data

    def canvas(self, image: Any) -> tuple[int, int]:
        return image.get_width(), image.get_height()

    def resize_canvas(self, image: Any, width: int, height: int, x: int, y: int) -> None:
        image.resize(width, height, x, y)

    def set_offsets(self, layer: Any, x: int, y: int) -> None:
        layer.set_offsets(x, y)

    def resize_layer(self, layer: Any, width: int, height: int) -> None:
        layer.resize(width, height, 0, 0)

    def add_alpha(self, layer: Any) -> None:
        layer.add_alpha()

    def move_into(self, image: Any, layer: Any, group: Any) -> None:
        image.reorder_item(layer, group, 0)

    def select_rectangle(self, image: Any, x: int, y: int, width: int, height: int, feather: float) -> None:
        image.select_rectangle(Gimp.ChannelOps.REPLACE, x, y, width, height)
        if feather:
            Gimp.Selection.feather(image, feather)

    def selection(self, image: Any) -> Optional[Any]:
        return None if Gimp.Selection.is_empty(image) else image.get_selection()

    def channels(self, image: Any) -> int:
        return len(image.get_channels())

    def convert(self, image: Any, mode: str) -> None:
        if mode == "gray":
            image.convert_grayscale()
        else:
            image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, "")

    def set_precision(self, image: Any, precision: str) -> None:
        image.convert_precision(_PRECISIONS[precision])

    def remove_layer(self, image: Any, layer: Any) -> None:
        image.remove_layer(layer)

    def close(self, image: Any) -> None:
        image.delete()

    def is_gone(self, image: Any) -> bool:
        return not image.is_valid()

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
        values = {"replace": replace, "with": with_, "seed": seed, "preset": preset, "models": models}
        if strength:
            values["strength"] = strength
        status, message, result = _run("plug-in-text-replace", image, drawables, _MODES[run_mode], values)
        return Called(status, message, result.index(1) if status == "success" else None)

    def call_with_options(self, image: Any, layer: Any, seed: int, with_: str = "orange", **options: Any) -> Many:
        values = {"replace": "apple", "with": with_, "seed": seed, "preset": "fast", "models": "starter", **options}
        status, message, result = _run("plug-in-text-replace", image, [layer], _MODES["noninteractive"], values)
        if status != "success":
            return Many(status, message, [], [])
        scores = GObject.Value()
        scores.init(Gimp.DoubleArray.__gtype__)
        scores.set_boxed(result.index(3))
        numbers = Gimp.value_get_double_array(scores)
        return Many(status, message, list(result.get_core_object_array(2)), list(numbers))

    def remove(self, image: Any, layer: Any, replace: str, use_selection: bool) -> Called:
        asked = {"replace": replace, "models": "photo", "use-selection": use_selection, "remove": True}
        many = self.call_with_options(image, layer, 7, with_="", **asked)
        return Called(many.status, many.message, many.layers[0] if many.layers else None)

    def arguments(self) -> list[str]:
        names = [argument.name for argument in _procedure("plug-in-text-replace").get_arguments()]
        return [name for name in names if name not in ("run-mode", "image", "drawables")]

    def edit_again(self, image: Any, layer: Any) -> Called:
        name = "plug-in-text-replace-edit-again"
        status, message, result = _run(name, image, [layer], _MODES["noninteractive"], {})
        return Called(status, message, result.index(1) if status == "success" else None)

    def layer_mask(self, layer: Any) -> Optional[Any]:
        return layer.get_mask()

    def recipe(self, layer: Any) -> Optional[bytes]:
        parasite = layer.get_parasite("text-replace-recipe")
        return None if parasite is None else bytes(parasite.get_data())

    def channel(self, image: Any, name: str) -> Any:
        return image.get_channel_by_name(name)

    def metadata(self, image: Any) -> str:
        metadata = image.get_metadata()
        return "" if metadata is None else str(metadata.serialize())


def _procedure(name: str) -> Any:
    return Gimp.get_pdb().lookup_procedure(name)


def _run(name: str, image: Any, drawables: list[Any], run_mode: Any, values: dict[str, Any]) -> tuple[str, str, Any]:
    procedure = _procedure(name)
    config = procedure.create_config()
    for key, value in {"run-mode": run_mode, "image": image, **values}.items():
        config.set_property(key, value)
    config.set_core_object_array("drawables", drawables)
    result = procedure.run(config)
    status = _STATUSES.get(result.index(0), "error")
    return status, "" if status == "success" else Gimp.get_pdb().get_last_error(), result
