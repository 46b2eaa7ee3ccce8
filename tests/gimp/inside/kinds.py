"""Every kind of image and layer that the plug-in meets, as a table; and the scenario that runs all of its rows."""

from __future__ import annotations

import pathlib
import random
import struct
from dataclasses import dataclass
from typing import Any, Protocol

from tests.gimp.inside.bench import Called, Many

WIDTH, HEIGHT = 64, 48

ALL = ("2.10", "3.0", "3.2")
GIMP3 = ("3.0", "3.2")

DEPTHS = ("u8", "u16", "u32", "half", "float")


@dataclass(frozen=True)
class Kind:
    """One row. `size` and `offsets` are the layer's; `setup` names methods of the workshop, called in this order.

    profile: a file of `icc.write_all`, or empty. selection: "", "soft" or "quick mask". refused: words of the sentence.
    """

    name: str
    grey: bool = False
    depth: str = "u8"
    encoding: str = "non-linear"
    profile: str = ""
    alpha: bool = True
    size: tuple[int, int] = (WIDTH, HEIGHT)
    offsets: tuple[int, int] = (0, 0)
    setup: tuple[str, ...] = ()
    selection: str = ""
    versions: tuple[str, ...] = ALL
    refused: str = ""


def _precisions() -> list[Kind]:
    rows = []
    for encoding in ("linear", "non-linear", "perceptual"):
        versions = GIMP3 if encoding == "perceptual" else ALL
        for depth in DEPTHS:
            rows.append(Kind(f"{depth} {encoding}", depth=depth, encoding=encoding, versions=versions, alpha=False))
        grey = {"linear": "u16", "non-linear": "u8", "perceptual": "float"}[encoding]
        opaque = encoding == "linear"
        rows.append(
            Kind(f"grey {grey} {encoding}", True, depth=grey, encoding=encoding, versions=versions, alpha=not opaque)
        )
    return [*rows, Kind("double", depth="double", versions=GIMP3)]


def _profiles() -> list[Kind]:
    return [
        Kind("adobe u16", depth="u16", profile="adobe"),
        Kind("adobe half linear", depth="half", encoding="linear", profile="adobe"),
        Kind("odd u8", profile="odd"),
        Kind("odd half linear", depth="half", encoding="linear", profile="odd"),
        Kind("gamma 1 u16", depth="u16", profile="straight"),
        Kind("grey profile u16", True, depth="u16", profile="grey"),
    ]


#: Every precision, RGB and grey, and kinds of profiles.
MODES = (*_precisions(), *_profiles())
TABLE = (
    *MODES,
    Kind("smaller than the canvas", size=(40, 30), offsets=(11, 7)),
    Kind("larger than the canvas", size=(90, 70), offsets=(-13, -9), alpha=False),
    Kind("partly beside the canvas", size=(50, 40), offsets=(-20, 25), depth="u16"),
    Kind("in nested groups", setup=("into_group", "into_group"), depth="u16"),
    Kind("in a locked group", setup=("into_group", "add_mask", "lock_everything"), offsets=(4, 4)),
    Kind("layer mask", setup=("add_mask",), alpha=False),
    Kind("layer mask, switched off", setup=("add_mask", "switch_mask_off")),
    Kind("locks", setup=("lock_everything",)),
    Kind("mode and opacity", setup=("multiply_at_40",)),
    Kind("hidden", setup=("hide",)),
    Kind("text", setup=("text_layer",)),
    Kind("soft selection", selection="soft", depth="u16"),
    Kind("quick mask", selection="quick mask", depth="half", encoding="linear", offsets=(6, -5)),
    Kind("live filter", setup=("invert_live",), depth="u16", encoding="linear", versions=GIMP3),
    Kind("live filter, hidden", setup=("hidden_invert",), versions=GIMP3),
    Kind("live filter that grows", setup=("shadow_live",), size=(40, 30), offsets=(9, 9), versions=GIMP3),
    Kind("live filter in a locked group", setup=("into_group", "invert_live", "lock_everything"), versions=GIMP3),
    Kind("live filter under a mask", setup=("invert_live", "add_mask"), alpha=False, versions=GIMP3),
    Kind("vector layer", setup=("vector_layer",), versions=("3.2",)),
    Kind("link layer", setup=("link_layer",), versions=("3.2",)),
    Kind("live filter on a vector layer", setup=("vector_layer", "invert_live"), versions=("3.2",)),
    Kind("live filter on a link layer", setup=("link_layer", "invert_live"), versions=("3.2",)),
    Kind("indexed", setup=("convert_to_indexed",), refused="indexed colours: use Image → Mode → RGB"),
    Kind("group", setup=("its_group",), refused="layer group: select a layer inside it"),
    Kind("mask as the drawable", setup=("add_mask", "its_mask"), refused="on a layer, not on a channel or a mask"),
    Kind("quick mask as the drawable", selection="quick mask", setup=("quick_mask",), refused="quick mask"),
    Kind("several layers", setup=("second_layer",), versions=GIMP3, refused="works on one layer"),
)


class Workshop(Protocol):
    """What a row needs from a GIMP, beside the methods named in the table, each `(image, drawables) -> drawables`."""

    def make(self, kind: Kind, profile: str) -> tuple[Any, Any]:
        """A new image and its one layer, empty."""

    def fill(self, layer: Any, samples: bytes) -> None:
        """Write RGBA or grey and alpha, 16 bits, gamma-encoded, in the layer's own space."""

    def new_channel(self, image: Any, name: str, values: bytes) -> Any:
        """A new channel with 8-bit values, over the canvas."""

    def select_channel(self, image: Any, channel: Any) -> None:
        """Make it the selection, and take it away."""

    def dump(self, image: Any, new: Any, folder: pathlib.Path) -> dict[str, Any]:
        """Everything a check looks at. `new` is not among "layers" but stands alone; None where there is none."""

    def call(self, image: Any, drawables: list[Any], replace: str, with_: str) -> Called: ...

    def call_with_options(self, image: Any, layer: Any, seed: int, **options: Any) -> Many: ...

    def remove(self, image: Any, layer: Any, replace: str, use_selection: bool) -> Called: ...

    def metadata(self, image: Any) -> str: ...

    def next_number(self) -> int:
        """What GIMP numbers the next image with; uses it up."""

    def close(self, image: Any) -> None: ...


def run(workshop: Workshop, version: str, profiles: pathlib.Path, out: pathlib.Path, results: dict[str, Any]) -> None:
    """Every row of the table for GIMP `version`."""
    for kind in TABLE:
        if version not in kind.versions:
            continue
        image, layer = made(workshop, kind, profiles)
        drawables = [layer]
        for step in kind.setup:
            drawables = getattr(workshop, step)(image, drawables)
        folder = out / kind.name
        before = workshop.dump(image, None, folder / "before")
        number = workshop.next_number()
        called = workshop.call(image, drawables, kind.name, "orange")
        results[kind.name] = {
            "status": called.status,
            "message": called.message,
            "copies": workshop.next_number() - number - 1,
            "before": before,
            "after": workshop.dump(image, called.layer, folder / "after"),
        }
        workshop.close(image)


def made(workshop: Workshop, kind: Kind, profiles: pathlib.Path) -> tuple[Any, Any]:
    """The row's image with its layer and selection, before its setup."""
    image, layer = workshop.make(kind, str(profiles / f"{kind.profile}.icc") if kind.profile else "")
    workshop.fill(layer, _gradient_and_noise(kind))
    if kind.selection:
        name = "Qmask" if kind.selection == "quick mask" else "selected"
        channel = workshop.new_channel(image, name, _soft_selection())
        if kind.selection == "soft":
            workshop.select_channel(image, channel)
    return image, layer


def _gradient_and_noise(kind: Kind) -> bytes:
    """Every pixel differs from its neighbours; alpha, where there is one, has bands of 0 and of 255."""
    width, height = kind.size
    rng = random.Random(kind.name)
    values = []
    for y in range(height):
        for x in range(width):
            ramps = [x * 40000 // width] if kind.grey else [x * 40000 // width, y * 40000 // height, (x + y) * 300]
            values += [ramp + rng.randrange(20000) for ramp in ramps]
            if kind.alpha:
                values.append(min(max(x - 12, 0) * 2500, 65535) if y > 16 else 65535)
    return struct.pack(f"={len(values)}H", *values)


def _soft_selection() -> bytes:
    return bytes(min(255, max(0, (x - 8) * 9)) * (y < HEIGHT - 6) for y in range(HEIGHT) for x in range(WIDTH))
