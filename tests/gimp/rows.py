"""What `inside/kinds` wrote of an image before and after an edit, and what has to be so in an image of any kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.gimp.inside.kinds import HEIGHT, WIDTH, Kind

Pixels = npt.NDArray[Any]

_DTYPES = {"u8": "u1", "u16": "u2", "u32": "u4", "half": "f2", "float": "f4", "double": "f8"}
#: How far GIMP's compositing, in 32-bit floats, moves values under a layer that is transparent there: of 1.0.
_ROUNDING = {"u8": 0.0, "u16": 0.0, "half": 0.0, "u32": 2e-6, "float": 2e-6, "double": 2e-6}
#: The same for 16 bits in another encoding than the one that blends: one step; and where grey has its own profile: GIMP
#: composites grey in RGB, through curves that are approximations, whatever the layer on top is.
_ONE_STEP, _GREY_PROFILE = 1 / 65535, 32 / 65535


@dataclass(frozen=True)
class Row:
    """before, after: as `kinds.Workshop.dump` has them."""

    kind: Kind
    before: dict[str, Any]
    after: dict[str, Any]

    def layers(self, when: dict[str, Any]) -> list[dict[str, Any]]:
        """Facts and pixels of all layers but the new one."""
        names = ("", " mask")
        files = {name: Path(when["folder"]) for name in names}
        return [
            {**facts, **{name: _bytes(folder / f"{facts['file']}{name}") for name, folder in files.items()}}
            for facts in when["layers"]
        ]

    @property
    def source(self) -> dict[str, Any]:
        """The layer that was edited."""
        sources = [facts for facts in self.before["layers"] if not facts["group"] and facts["name"] != "below"]
        assert len(sources) == 1
        return dict(sources[0])

    def pixels8(self, when: dict[str, Any], facts: dict[str, Any]) -> Pixels:
        """8-bit pixels, gamma-encoded, in the layer's own space: (h, w, c)."""
        return _array(Path(when["folder"]) / f"{facts['file']} 8 bit", np.uint8, facts["size"])

    def shown(self, when: dict[str, Any]) -> Pixels:
        """What GIMP shows, in the image's own depth: (h, w, c)."""
        return _array(Path(when["folder"]) / "shown", _DTYPES[depth_of(when["shown"])], (WIDTH, HEIGHT))

    def selection(self, when: dict[str, Any]) -> Pixels:
        return _array(Path(when["folder"]) / "selection", np.uint8, (WIDTH, HEIGHT))[..., 0].astype(np.int32)

    def on_canvas(self, layer: Pixels) -> Pixels:
        """A plane of the layer's pixels at its place on the canvas; 0 elsewhere."""
        x, y = self.source["offsets"]
        canvas = np.zeros((HEIGHT, WIDTH, *layer.shape[2:]), layer.dtype)
        x0, y0 = max(x, 0), max(y, 0)
        x1, y1 = min(x + layer.shape[1], WIDTH), min(y + layer.shape[0], HEIGHT)
        canvas[y0:y1, x0:x1] = layer[y0 - y : y1 - y, x0 - x : x1 - x]
        return canvas


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _array(path: Path, dtype: npt.DTypeLike, size: tuple[int, int]) -> Pixels:
    return np.frombuffer(path.read_bytes(), dtype).reshape(size[1], size[0], -1)


def depth_of(facts: dict[str, Any]) -> str:
    """Of a layer's pixels, as babl names it."""
    return str(facts["format"]).split()[1].split("-")[0]


def check_nothing_but_the_new_layer(row: Row) -> None:
    """Every layer that was there keeps all its bytes, its mask, its filters, its kind and its settings."""
    assert row.layers(row.before) == row.layers(row.after)
    for fact in ("precision", "profile"):
        assert row.before[fact] == row.after[fact]
    assert row.after["channels"] == [], "no channel is left, and a quick mask ends"


def check_outside(row: Row) -> None:
    """What GIMP shows at the image's own depth; beyond that, as exact as GIMP's compositing is under any layer."""
    before, after = row.shown(row.before), row.shown(row.after)
    # Where nothing is shown before and after, the colour of it is nobody's.
    nothing = (before[..., -1] == 0) & (after[..., -1] == 0)
    outside = (row.selection(row.after) == 0) & ~nothing
    assert row.kind.name == "hidden" or 0 < outside.sum() < outside.size
    depth = depth_of(row.after["shown"])
    allowed = _ROUNDING[depth]
    if depth == "u16" and (row.kind.encoding != "non-linear" or row.kind.profile):
        allowed = _GREY_PROFILE if row.kind.grey and row.kind.profile else _ONE_STEP
    full = float(np.iinfo(before.dtype).max) if before.dtype.kind == "u" else 1.0
    if not outside.any():
        return
    moved = np.abs(before[outside].astype(float) - after[outside].astype(float)) / full
    assert moved.max() <= allowed
    if row.source["visible"] and row.source["kind"] == "Layer":
        assert not np.array_equal(before[~outside], after[~outside]), "something was painted"


def check_new_layer(row: Row) -> None:
    """Above the source, in its parent, of its size, in the image's precision and profile."""
    new, source = row.after["new"], row.source
    for fact in ("size", "offsets", "parent", "mask", "mask_applied"):
        assert new[fact] == source[fact], fact
    assert (new["mode"], new["opacity"], new["visible"], new["kind"]) == ("normal", 100.0, True, "Layer")
    assert new["composite_space"] in ("rgb-non-linear", "rgb-perceptual")
    own, given = (str(facts["format"]).partition(" ") for facts in (new, source))
    assert own[2] == given[2] and own[0] == given[0].removesuffix("A") + "A"
    order = row.after["order"]
    assert order.index(new["name"]) == order.index(source["name"]) - 1
    folders = [Path(when["folder"]) for when in (row.after, row.before)]
    masks = [_bytes(folder / f"{facts['file']} mask") for folder, facts in zip(folders, (new, source), strict=True)]
    assert masks[0] == masks[1]
