"""An engine without networks: two fixed objects, and prompts that make it fail in every way the real one can."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.boxes import bounding_box
from text_replace_engine.client.composite import array
from text_replace_engine.client.exchange import to_plane
from text_replace_engine.painting.guided import options as guided
from text_replace_engine.painting.latent.sd15 import options as sd15
from text_replace_engine.sets import registry
from text_replace_wire import paths
from text_replace_wire.api import Edited, IsCancelled, IsKept, OnProgress, OnVariation, ignore, never
from text_replace_wire.errors import Cancelled, CannotPaint, EngineLost, ModelDamaged, OutOfMemory
from text_replace_wire.geometry import edit_box
from text_replace_wire.messages import Candidate, Edit, Find, Found, MaskKind, Progress, Stage, Variation
from text_replace_wire.model_messages import ModelSets, SetEntry
from text_replace_wire.options import AUTO, seeds_from
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane

#: Where the objects are, as fractions of width and height: x0, y0, x1, y1.
APPLE = (0.25, 0.25, 0.5, 0.5)
PEAR = (0.625, 0.25, 0.75, 0.75)

#: The ranks of the words that are found.
_MEANT = {"apple": 0, "fruit": 0, "pear": 1}

FAILURES: dict[str, Callable[[], Exception]] = {
    "bug": lambda: RuntimeError("boom"),
    "memory": lambda: OutOfMemory("There is not enough memory for this edit: select a smaller part of the picture."),
    "damaged": lambda: ModelDamaged("The model file clip.safetensors is damaged; install Text Replace again."),
    "lost": lambda: EngineLost("The engine stopped while it was working: try again."),
}


class FakeEngine:
    """See `local.ResidentEngine`."""

    finds: list[Find] = []
    edits: list[Edit] = []
    loaded = ("fake",)
    device_name = "cpu"

    def __init__(self, device: str | None = None, dtype: str | None = None, threads: int | None = None) -> None:
        self._device, self._dtype, self._threads = device or "cpu", dtype or "float32", threads or 1

    def warm(self, models: str = AUTO) -> None:
        """There is nothing to load."""

    def model_sets(self) -> ModelSets:
        """See `api.EngineApi`."""
        return ModelSets((SetEntry("fake", "Fake", "For tests.", True, (), ()),), "fake")

    def find(self, request: Find, on_progress: OnProgress, cancelled: IsCancelled) -> Found:
        """See `api.EngineApi`."""
        registry.resolved(request.models)
        if request.with_ is not None:
            _check(request.with_, request.painting, request.models)
        self.finds.append(request)
        _step(Progress(Stage.SEGMENT, 0, 1), on_progress, cancelled)
        if request.replace in FAILURES:
            raise FAILURES[request.replace]()
        boxes = [] if max(request.image.size) < 4 else [APPLE, PEAR]
        cut = [_cut(_mask(box, request.image.size), request.selection) for box in boxes]
        seen = [mask for mask in cut if mask.any()]
        candidates = tuple(_candidate(rank, mask, request) for rank, mask in enumerate(seen))
        rank = _MEANT.get(request.replace, len(seen))
        chosen = (rank,) if rank < len(seen) else ()
        explanation = "" if chosen else f"I looked for “{request.replace}” in the picture and saw thing 0, thing 1."
        return Found(candidates, chosen, explanation, self._report("segmenter"))

    def edit(
        self,
        request: Edit,
        on_progress: OnProgress,
        cancelled: IsCancelled,
        kept: IsKept = never,
        on_variation: OnVariation = ignore,
    ) -> Edited:
        """See `api.EngineApi`."""
        self.edits.append(request)
        _check(request.with_, request.painting, request.models)
        steps = 2000 if request.with_ == "slow" else 4
        (paths.home() / "painting").touch()
        for step in range(steps):
            _step(Progress(Stage.EDIT, step + 1, steps), on_progress, cancelled)
            time.sleep(0.01 if request.with_ == "slow" else 0)
        if request.with_ in FAILURES:
            raise FAILURES[request.with_]()
        object_mask = _native(request)
        region = object_mask if request.mask_kind is MaskKind.REGION else object_mask // 2
        if request.selection is not None:
            region = np.rint(region * (array(request.selection)[:, :, 0] / 255)).astype(np.uint8)
        painting = request.painting
        options = {option.field: painting.options.get(option.field) for option in guided.OPTIONS}
        report = self._report("denoiser") | {
            "preset": painting.preset,
            "remnants": painting.remnants,
            "kept_at": painting.keep_at,
            "batch": 1,
            "variations": request.variations,
            "warnings": [],
            "family": "fake",
            "steps": steps,
            "losses": [{"clip": 1.0, "lpips": 0.5, "l2": 0.25}] * steps,
            "background_error": 0.0,
            "refined": [],
            "checkpointing": False,
            "options": {**options, "working_size": options["working_size"] or 64},
        }
        variations = []
        for place, seed in enumerate(seeds_from(request.seed, request.variations)):
            # The first one is the best.
            own = {"seed": seed, "samples": [{"seed": seed, "clip": 0.5 - place / 10}], "place": place}
            variations.append(Variation(to_plane(new_colour(request, seed)), report | own))
            on_variation(variations[-1])
        return Edited(tuple(variations), to_plane(region), to_plane(object_mask))

    def _report(self, role: str) -> dict[str, object]:
        return {
            "models": [{"role": role, "name": f"fake/{role}", "sha256": "0" * 64}],
            "seconds": {"loading": 0.5, role: 1.0},
            "device": self._device,
            "dtype": self._dtype,
            "threads": self._threads,
            "versions": {"fake": "1"},
        }


def _check(with_: str, painting: Painting, models: str) -> None:
    if with_ == "zebra":
        raise CannotPaint("The starter models cannot paint “zebra”; they know apple, pear; see models pull.")
    (sd15 if models == "photo" else guided).check(painting)


def _step(progress: Progress, on_progress: OnProgress, cancelled: IsCancelled) -> None:
    if cancelled():
        raise Cancelled
    on_progress(progress)


def new_colour(request: Edit, seed: int | None = None) -> NDArray[np.uint8]:
    """What the fake paints: noise of the seed, the request's or another, (h, w, colours) of the box."""
    colours = 1 if request.image.channels < 3 else 3
    shape = (request.box.height, request.box.width, colours)
    return np.random.default_rng(request.seed if seed is None else seed).integers(0, 256, shape, np.uint8)


def _mask(fractions: tuple[float, float, float, float], size: tuple[int, int]) -> NDArray[np.uint8]:
    mask = np.zeros((size[1], size[0]), np.uint8)
    x0, y0, x1, y1 = (round(part * side) for part, side in zip(fractions, size * 2, strict=True))
    mask[y0:y1, x0:x1] = 255
    return mask


def _cut(mask: NDArray[np.uint8], selection: Plane | None) -> NDArray[np.uint8]:
    return mask if selection is None else np.where(array(selection)[:, :, 0] > 0, mask, np.uint8(0))


def _candidate(rank: int, mask: NDArray[np.uint8], request: Find) -> Candidate:
    box = bounding_box(mask).scaled(request.image.size, request.layer_size)
    around = edit_box(box, request.layer_size)
    return Candidate(rank, f"thing {rank}", 0.5, 0.5, box, around, int((mask > 0).sum()), to_plane(mask))


def _native(request: Edit) -> NDArray[np.uint8]:
    mask = array(request.mask)[:, :, 0]
    if request.mask_kind is MaskKind.REGION:
        return mask
    whole = np.asarray(Image.fromarray(mask).resize(request.layer_size, Image.Resampling.NEAREST))
    box = request.box
    return whole[box.y0 : box.y1, box.x0 : box.x1]
