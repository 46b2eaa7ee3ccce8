"""Can a network tell paintings from real pictures? A classifier two-sample test (Lopez-Paz & Oquab 2017,
https://arxiv.org/abs/1610.06545) at native size: half is what the best painter would come to.

The recipe, fixed before anything was measured with it: standard edits of the suite's random pairs, objects 64 pixels
long or longer; of each edit and of its twin, the same scene with the new object composed into it, the same window of
SIDE pixels around the middle of the edit region. Pairs with even numbers teach, the others are told apart. Of the
ground alone: with both objects, grown, in grey.
"""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine.boxes import bounding_box
from text_replace_engine.lab.benchmark.measuring import OnCase
from text_replace_engine.lab.estimates import Estimate, share
from text_replace_engine.lab.evaluate.edit_cases import EditCase, EditCases, Pixels
from text_replace_engine.lab.evaluate.edits import new_object, paint
from text_replace_engine.models.files import write_whole
from text_replace_engine.painting.guided.sampling.presets import Preset
from text_replace_wire.api import EngineApi, IsCancelled

SIDE = 128
_SMALLEST = 64
_GREY = 127
#: What hides an object reaches so much farther than it, as a share of its longer side.
_GROWN = 0.06
_WIDTHS = (32, 64, 96, 128)
_ROUNDS, _BATCH, _RATE = 12, 32, 2e-3


def told_apart(real: Pixels, other: Pixels, seed: int = 0) -> Estimate:
    """Of pictures (n, s, s, 3) with odd numbers, how many a network calls rightly that has learnt from the even ones;
    `real` and `other` with the same number stay together.
    """
    torch.manual_seed(seed)
    network = _network()
    learnt = _tensor(np.concatenate([real[::2], other[::2]]))
    labels = (torch.arange(len(learnt)) >= len(real[::2])).float()
    steps = max(1, len(learnt) // _BATCH) * _ROUNDS
    optimizer = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, steps)
    for _ in range(steps):
        chosen = torch.randint(0, len(learnt), (_BATCH,))
        pictures = torch.where(torch.rand(_BATCH, 1, 1, 1) < 0.5, learnt[chosen].flip(3), learnt[chosen])
        loss = functional.binary_cross_entropy_with_logits(network(pictures)[:, 0], labels[chosen])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    network.eval()
    with torch.inference_mode():
        called = [
            torch.cat([network(part)[:, 0] for part in torch.split(_tensor(half[1::2]), 2 * _BATCH)])
            for half in (real, other)
        ]
    return share([*(called[0] < 0).tolist(), *(called[1] >= 0).tolist()])


def pairs(
    engine: EngineApi, cases: EditCases, count: int, folder: Path, on_case: OnCase, cancelled: IsCancelled
) -> Pixels:
    """The `windows` of the first `count` edits that have any, (count, 4, SIDE, SIDE, 3). folder: keeps them, so that an
    interrupted run goes on. Raises Cancelled, and whatever the engine raises.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept: list[Pixels] = []
    for index in itertools.count():
        if len(kept) == count:
            break
        path = folder / f"{index}.npy"
        if not path.exists():
            pair = _pair(engine, cases[index], cancelled)
            packed = io.BytesIO()
            np.save(packed, np.zeros(0, np.uint8) if pair is None else np.stack(pair))
            write_whole(path, packed.getvalue())
        if (found := np.load(path)).size:
            kept.append(found)
            on_case("pairs", len(kept), count)
    return np.stack(kept)


def windows(case: EditCase, pixels: Pixels, region: Pixels, shown: NDArray[np.bool_]) -> tuple[Pixels, ...] | None:
    """(real, painted, real ground, painted ground), each (SIDE, SIDE, 3), of an edited picture `pixels`; None where
    there is no such window. shown: the new object (h, w).
    """
    if case.twin is None or case.longest < _SMALLEST or min(region.shape) < SIDE:
        return None
    box = bounding_box(region > 127)
    top, left = (
        min(max((start + stop - SIDE) // 2, 0), length - SIDE)
        for start, stop, length in ((box.y0, box.y1, region.shape[0]), (box.x0, box.x1, region.shape[1]))
    )
    part = (slice(top, top + SIDE), slice(left, left + SIDE))
    objects = shown | (case.twin.alpha > 0.1)
    grown = ndimage.binary_dilation(objects, iterations=max(1, round(_GROWN * max(bounding_box(objects).size))))
    whole = case.twin.pixels[part], pixels[part]
    return *whole, *(np.where(grown[part][..., None], np.uint8(_GREY), window) for window in whole)


def _network() -> nn.Sequential:
    layers: list[nn.Module] = []
    before = 3
    for width in _WIDTHS:
        layers += [nn.Conv2d(before, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        before = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 1))


def _tensor(pictures: Pixels) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def _pair(engine: EngineApi, case: EditCase, cancelled: IsCancelled) -> tuple[Pixels, ...] | None:
    result = paint(engine, case, Preset.STANDARD, cancelled)
    if result is None or not (result.region > 127).any():
        return None
    return windows(case, result.pixels, result.region, new_object(engine, case, result, cancelled))
