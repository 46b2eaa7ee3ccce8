"""What the scenarios need from a GIMP. One class for each version, same methods; objects are that GIMP's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Protocol


@dataclass(frozen=True)
class Called:
    """How a call of the procedure ended: `status` is "success", "cancel" or "error"."""

    status: str
    message: str
    layer: Any


@dataclass(frozen=True)
class Many:
    """How a call with all options ended: the new layers, best first, and their scores."""

    status: str
    message: str
    layers: list[Any]
    scores: list[float]


class Bench(Protocol):
    version: str

    def load(self, path: str) -> Any: ...

    def save(self, image: Any, path: str) -> None: ...

    def export(self, image: Any, path: str) -> None:
        """To the format of the name's suffix (png, jpg, tif, webp), with metadata, as GIMP's windows do by default."""

    def new_image(self, width: int, height: int, precision: str) -> Any: ...

    def new_layer(self, image: Any, name: str, width: int, height: int, parent: Any) -> Any: ...

    def new_group(self, image: Any, name: str) -> Any: ...

    def layers(self, image: Any) -> list[Any]:
        """All layers and groups, top to bottom, depth first."""

    def describe(self, layer: Any) -> dict[str, Any]: ...

    def pixels(self, drawable: Any, x: int, y: int, width: int, height: int) -> tuple[bytes, int]:
        """8-bit pixels in the drawable's own model and space, and the number of channels."""

    def set_pixels(self, drawable: Any, x: int, y: int, width: int, height: int, data: bytes) -> None: ...

    def shown(self, image: Any) -> bytes:
        """What the user sees of the canvas: 8-bit pixels with alpha."""

    def canvas(self, image: Any) -> tuple[int, int]: ...

    def resize_canvas(self, image: Any, width: int, height: int, x: int, y: int) -> None:
        """`x`, `y`: where the old canvas lands on the new one."""

    def set_offsets(self, layer: Any, x: int, y: int) -> None: ...

    def resize_layer(self, layer: Any, width: int, height: int) -> None: ...

    def add_alpha(self, layer: Any) -> None: ...

    def move_into(self, image: Any, layer: Any, group: Any) -> None: ...

    def select_rectangle(self, image: Any, x: int, y: int, width: int, height: int, feather: float) -> None: ...

    def selection(self, image: Any) -> Optional[Any]:
        """The selection's drawable; None where nothing is selected."""

    def channels(self, image: Any) -> int: ...

    def convert(self, image: Any, mode: str) -> None:
        """To "gray" or "indexed"."""

    def set_precision(self, image: Any, precision: str) -> None:
        """To "u8" or "u16"."""

    def remove_layer(self, image: Any, layer: Any) -> None: ...

    def close(self, image: Any) -> None: ...

    def is_gone(self, image: Any) -> bool: ...

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
    ) -> Called: ...

    def call_with_options(self, image: Any, layer: Any, seed: int, **options: Any) -> Many:
        """Replace the apple by an orange by the starter, unless `options` say otherwise: by their names in GIMP 3, but
        `with_`.
        """

    def remove(self, image: Any, layer: Any, replace: str, use_selection: bool) -> Called:
        """By the photo models."""

    def arguments(self) -> list[str]:
        """The names of the arguments of the procedure with all options, beside run mode, image and layer."""

    def edit_again(self, image: Any, layer: Any) -> Called: ...

    def layer_mask(self, layer: Any) -> Optional[Any]: ...

    def recipe(self, layer: Any) -> Optional[bytes]: ...

    def channel(self, image: Any, name: str) -> Any: ...

    def metadata(self, image: Any) -> str:
        """The image's own, as GIMP writes them; empty where there are none."""
