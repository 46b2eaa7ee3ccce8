"""`kinds.Workshop` in GIMP 3."""

from __future__ import annotations

import pathlib
from typing import Any

import gi

from tests.gimp.inside.bench3 import Bench3
from tests.gimp.inside.kinds import HEIGHT, WIDTH, Kind

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp, Gio  # noqa: E402

_ABYSS = Gegl.AbyssPolicy.NONE


class Workshop3(Bench3):
    def make(self, kind: Kind, profile: str) -> tuple[Any, Any]:
        base = Gimp.ImageBaseType.GRAY if kind.grey else Gimp.ImageBaseType.RGB
        precision = getattr(Gimp.Precision, f"{kind.depth} {kind.encoding}".upper().replace(" ", "_").replace("-", "_"))
        image = Gimp.Image.new_with_precision(WIDTH, HEIGHT, base, precision)
        if profile:
            image.set_color_profile(Gimp.ColorProfile.new_from_file(Gio.File.new_for_path(profile)))
        types = ("GRAYA_IMAGE", "GRAY_IMAGE") if kind.grey else ("RGBA_IMAGE", "RGB_IMAGE")
        layer_type = getattr(Gimp.ImageType, types[not kind.alpha])
        layer = Gimp.Layer.new(image, "source", *kind.size, layer_type, 100.0, Gimp.LayerMode.NORMAL)
        image.insert_layer(layer, None, 0)
        layer.set_offsets(*kind.offsets)
        return image, layer

    def fill(self, layer: Any, samples: bytes) -> None:
        model = ("Y'" if layer.is_gray() else "R'G'B'") + ("A" if layer.has_alpha() else "")
        self._write(layer, f"{model} u16", samples)

    def _write(self, drawable: Any, layout: str, data: bytes) -> None:
        buffer, everything = drawable.get_buffer(), self._all(drawable)
        own = Babl.get_name(Babl.format_with_space(layout, drawable.get_format()))
        buffer.set(everything, own, data)
        buffer.flush()
        drawable.update(0, 0, everything.width, everything.height)

    @staticmethod
    def _all(drawable: Any) -> Any:
        return Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())

    def new_channel(self, image: Any, name: str, values: bytes) -> Any:
        channel = Gimp.Channel.new(image, name, WIDTH, HEIGHT, 50.0, Gegl.Color.new("red"))
        self._write(channel, "Y u8", values)
        channel.set_visible(False)
        layers = image.get_selected_layers()
        image.insert_channel(channel, None, 0)
        image.set_selected_layers(layers)
        return channel

    def select_channel(self, image: Any, channel: Any) -> None:
        image.select_item(Gimp.ChannelOps.REPLACE, channel)
        image.remove_channel(channel)

    def into_group(self, image: Any, drawables: list[Any]) -> list[Any]:
        top = drawables[0]
        while top.get_parent():
            top = top.get_parent()
        self.new_group(image, "group")
        image.reorder_item(top, image.get_layers()[0], 0)
        return drawables

    def its_group(self, image: Any, drawables: list[Any]) -> list[Any]:
        self.into_group(image, drawables)
        return [drawables[0].get_parent()]

    def add_mask(self, _image: Any, drawables: list[Any]) -> list[Any]:
        layer = drawables[0]
        layer.add_mask(layer.create_mask(Gimp.AddMaskType.WHITE))
        size = layer.get_width() * layer.get_height()
        self._write(layer.get_mask(), "Y u8", bytes(index * 7 % 256 for index in range(size)))
        return drawables

    def its_mask(self, _image: Any, drawables: list[Any]) -> list[Any]:
        return [drawables[0].get_mask()]

    def switch_mask_off(self, _image: Any, drawables: list[Any]) -> list[Any]:
        drawables[0].set_apply_mask(False)
        return drawables

    def lock_everything(self, _image: Any, drawables: list[Any]) -> list[Any]:
        item = drawables[0]
        item.set_lock_alpha(True)
        while item:
            item.set_lock_content(True)
            item.set_lock_position(True)
            item.set_lock_visibility(True)
            item = item.get_parent()
        return drawables

    def multiply_at_40(self, image: Any, drawables: list[Any]) -> list[Any]:
        layer = drawables[0]
        below = layer.copy()
        below.set_name("below")
        image.insert_layer(below, None, 1)
        layer.set_mode(Gimp.LayerMode.MULTIPLY)
        layer.set_opacity(40.0)
        return drawables

    def hide(self, _image: Any, drawables: list[Any]) -> list[Any]:
        drawables[0].set_visible(False)
        return drawables

    def text_layer(self, image: Any, drawables: list[Any]) -> list[Any]:
        image.remove_layer(drawables[0])
        text = Gimp.TextLayer.new(image, "Apple", Gimp.context_get_font(), 20, Gimp.Unit.pixel())
        image.insert_layer(text, None, 0)
        return [text]

    def invert_live(self, _image: Any, drawables: list[Any]) -> list[Any]:
        drawables[0].append_filter(Gimp.DrawableFilter.new(drawables[0], "gegl:invert-gamma", "inverted"))
        return drawables

    def hidden_invert(self, image: Any, drawables: list[Any]) -> list[Any]:
        self.invert_live(image, drawables)
        drawables[0].get_filters()[0].set_visible(False)
        return drawables

    def shadow_live(self, _image: Any, drawables: list[Any]) -> list[Any]:
        drawables[0].append_filter(Gimp.DrawableFilter.new(drawables[0], "gegl:dropshadow", "shadow"))
        return drawables

    def vector_layer(self, image: Any, drawables: list[Any]) -> list[Any]:
        image.remove_layer(drawables[0])
        path = Gimp.Path.new(image, "path")
        image.insert_path(path, None, 0)
        path.bezier_stroke_new_ellipse(30.0, 24.0, 20.0, 15.0, 0.0)
        layer = Gimp.VectorLayer.new(image, path)
        image.insert_layer(layer, None, 0)
        layer.refresh()
        return [layer]

    def link_layer(self, image: Any, drawables: list[Any]) -> list[Any]:
        file = pathlib.Path(f"/tmp/linked-{image.get_id()}.png")
        Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(str(file)), None)
        image.remove_layer(drawables[0])
        layer = Gimp.LinkLayer.new(image, Gio.File.new_for_path(str(file)))
        image.insert_layer(layer, None, 0)
        return [layer]

    def convert_to_indexed(self, image: Any, drawables: list[Any]) -> list[Any]:
        self.convert(image, "indexed")
        return drawables

    def quick_mask(self, image: Any, _drawables: list[Any]) -> list[Any]:
        return [image.get_channel_by_name("Qmask")]

    def second_layer(self, image: Any, drawables: list[Any]) -> list[Any]:
        return [*drawables, self.new_layer(image, "second", 20, 20, None)]

    def dump(self, image: Any, new: Any, folder: pathlib.Path) -> dict[str, Any]:
        folder.mkdir(parents=True)
        layers = self.layers(image)
        visible = Gimp.Layer.new_from_visible(image, image, "visible")
        selection = image.get_selection()
        (folder / "selection").write_bytes(self._read(selection, "Y u8"))
        profile = image.get_effective_color_profile().get_icc_profile()
        dumped = {
            "folder": str(folder),
            "precision": image.get_precision().value_nick,
            "profile": bytes(profile).hex(),
            "channels": [channel.get_name() for channel in image.get_channels()],
            "layers": [
                self._facts(layer, folder, f"layer{number}")
                for number, layer in enumerate(layer for layer in layers if layer != new)
            ],
            "new": self._facts(new, folder, "new") if new else None,
            "order": [layer.get_name() for layer in layers],
            "shown": self._facts(visible, folder, "shown"),
        }
        visible.delete()
        return dumped

    def next_number(self) -> int:
        image = Gimp.Image.new(1, 1, Gimp.ImageBaseType.RGB)
        number = int(image.get_id())
        image.delete()
        return number

    def _facts(self, layer: Any, folder: pathlib.Path, name: str) -> dict[str, Any]:
        mask = layer.get_mask()
        own = Babl.get_name(layer.get_format())
        if not layer.is_group():
            (folder / name).write_bytes(bytes(layer.get_buffer().get(self._all(layer), 1.0, own, _ABYSS)))
            if not layer.is_indexed():
                (folder / f"{name} 8 bit").write_bytes(self._read(layer, self._layout(layer)))
        if mask:
            (folder / f"{name} mask").write_bytes(self._read(mask, Babl.get_name(mask.get_format())))
        return {
            **self.describe(layer),
            "file": name,
            "format": own,
            "kind": type(layer).__name__,
            "mask": bool(mask),
            "mask_applied": bool(mask) and layer.get_apply_mask(),
            "mode_name": layer.get_mode().value_nick,
            "visible": layer.get_visible(),
            "locks": [layer.get_lock_content(), layer.get_lock_position(), layer.get_lock_alpha()],
            "filters": [[effect.get_name(), effect.get_visible()] for effect in layer.get_filters()],
        }

    @staticmethod
    def _layout(layer: Any) -> str:
        return ("Y'" if layer.is_gray() else "R'G'B'") + ("A" if layer.has_alpha() else "") + " u8"

    def _read(self, drawable: Any, layout: str) -> bytes:
        own = Babl.get_name(Babl.format_with_space(layout, drawable.get_format()))
        return bytes(drawable.get_buffer().get(self._all(drawable), 1.0, own, _ABYSS))
