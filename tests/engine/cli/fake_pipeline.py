"""A pipeline without networks: two fixed objects, and prompts that make it fail in every way the real one can."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.client.composite import array
from text_replace_wire import paths
from text_replace_wire.errors import CannotPaint, EngineLost, ModelDamaged, OutOfMemory
from text_replace_wire.geometry import Box, edit_box
from text_replace_wire.messages import Candidate, Edit, Edited, Find, Found, MaskKind, ModelChoice, Progress, Stage
from text_replace_wire.planes import Plane

#: Where the objects are, as fractions of width and height: x0, y0, x1, y1.
APPLE = (0.25, 0.25, 0.5, 0.5)
PEAR = (0.625, 0.25, 0.75, 0.75)

FAILURES: dict[str, Callable[[], Exception]] = {
    "bug": lambda: RuntimeError("boom"),
    "memory": lambda: OutOfMemory("There is not enough memory for this edit: select a smaller part of the picture."),
    "damaged": lambda: ModelDamaged("The model file clip.safetensors is damaged; install Text Replace again."),
    "lost": lambda: EngineLost("The engine stopped while it was working: try again."),
}


class Pipeline:
    """The interface of the real one."""

    finds: list[Find] = []
    edits: list[Edit] = []

    def __init__(self, device: str | None = None, dtype: str | None = None) -> None:
        self._device, self._dtype = device or "cpu", dtype or "float32"

    loaded = ("fake",)
    device_name = "cpu"

    def warm(self, which: ModelChoice) -> None:
        pass

    def check_edit_prompt(self, with_: str, models: ModelChoice) -> None:
        if with_ == "zebra":
            raise CannotPaint("The starter models cannot paint “zebra”; they know apple, pear; see models pull.")

    def find(self, request: Find) -> Generator[Progress, None, Found]:
        if request.with_ is not None:
            self.check_edit_prompt(request.with_, request.models)
        self.finds.append(request)
        yield Progress(Stage.SEGMENT, 0, 1)
        if request.replace in FAILURES:
            raise FAILURES[request.replace]()
        boxes = [] if max(request.image.size) < 4 else [APPLE, PEAR]
        cut = [_cut(_mask(each, request.image.size), request.selection) for each in boxes]
        seen = [mask for mask in cut if mask.any()]
        candidates = tuple(_candidate(rank, mask, request) for rank, mask in enumerate(seen))
        chosen = (0,) if seen and request.replace == "apple" else ()
        explanation = "" if chosen else f"I looked for “{request.replace}” in the picture and saw thing 0, thing 1."
        return Found(candidates, chosen, explanation, self._report("segmenter"))

    def edit(self, request: Edit) -> Generator[Progress, None, Edited]:
        self.edits.append(request)
        self.check_edit_prompt(request.with_, request.models)
        steps = 2000 if request.with_ == "slow" else 4
        (paths.home() / "painting").touch()
        for step in range(steps):
            yield Progress(Stage.EDIT, step + 1, steps)
            time.sleep(0.01 if request.with_ == "slow" else 0)
        if request.with_ in FAILURES:
            raise FAILURES[request.with_]()
        object_mask = _native(request)
        region = object_mask if request.mask_kind is MaskKind.REGION else object_mask // 2
        if request.selection is not None:
            region = np.rint(region * (array(request.selection)[:, :, 0] / 255)).astype(np.uint8)
        report = self._report("denoiser") | {
            "seed": request.seed,
            "preset": request.preset.value,
            "samples": [{"seed": request.seed, "clip": 0.5}],
            "working_size": request.working_size or 64,
            "kept_at": request.adjustments.keep_at,
            "steps": steps,
            "losses": [{"clip": 1.0, "lpips": 0.5, "l2": 0.25}] * steps,
        }
        return Edited(_plane(new_colour(request)), _plane(region), _plane(object_mask), report)

    def _report(self, role: str) -> dict[str, object]:
        return {
            "models": [{"role": role, "name": f"fake/{role}", "sha256": "0" * 64}],
            "seconds": {"loading": 0.5, role: 1.0},
            "device": self._device,
            "dtype": self._dtype,
            "versions": {"fake": "1"},
        }


def new_colour(request: Edit) -> NDArray[np.uint8]:
    """What the fake paints: noise of the seed, (h, w, colours) of the box."""
    colours = 1 if request.image.channels < 3 else 3
    shape = (request.box.height, request.box.width, colours)
    return np.random.default_rng(request.seed).integers(0, 256, shape, np.uint8)


def _mask(fractions: tuple[float, float, float, float], size: tuple[int, int]) -> NDArray[np.uint8]:
    mask = np.zeros((size[1], size[0]), np.uint8)
    x0, y0, x1, y1 = (round(part * side) for part, side in zip(fractions, size * 2, strict=True))
    mask[y0:y1, x0:x1] = 255
    return mask


def _cut(mask: NDArray[np.uint8], selection: Plane | None) -> NDArray[np.uint8]:
    return mask if selection is None else np.where(array(selection)[:, :, 0] > 0, mask, np.uint8(0))


def _candidate(rank: int, mask: NDArray[np.uint8], request: Find) -> Candidate:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    small = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    box = small.scaled(request.image.size, request.layer_size)
    around = edit_box(box, request.layer_size)
    return Candidate(rank, f"thing {rank}", 0.5, 0.5, box, around, int((mask > 0).sum()), _plane(mask))


def _native(request: Edit) -> NDArray[np.uint8]:
    mask = array(request.mask)[:, :, 0]
    if request.mask_kind is MaskKind.REGION:
        return mask
    whole = np.asarray(Image.fromarray(mask).resize(request.layer_size, Image.Resampling.NEAREST))
    box = request.box
    return whole[box.y0 : box.y1, box.x0 : box.x1]


def _plane(pixels: NDArray[np.uint8]) -> Plane:
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    return Plane(pixels.shape[1], pixels.shape[0], channels, pixels.tobytes())
