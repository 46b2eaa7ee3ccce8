"""Fits the detector of style: scenes and compositions of the art against photographs, scans and screenshots."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from torch.nn import functional

from text_replace_engine.client.exchange import PictureInMemory
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.compositions import composition, cut_out
from text_replace_engine.lab.train.scenes import Bytes, compose_scene
from text_replace_engine.lab.train.wear import KINDS, worn
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.segmenter import Segmenter
from text_replace_engine.models.networks.style import Style
from text_replace_engine.models.store import read_role, write_role
from text_replace_engine.tensors import colour, from_plane
from text_replace_wire.errors import UserError
from text_replace_wire.geometry import Box, search_size

ROLE = "style"
_SEED_SPACE = 9  # keeps these pictures apart from the pools'
_INSIDE, _PER_OUTSIDE = 2600, 3
_FEWEST_OUTSIDE = 50
_HIDDEN, _STEPS, _BATCH, _RATE, _DECAY = 32, 8000, 64, 1e-3, 0.1
#: Standard scores of the training get as much noise, so that no single feature decides.
_JITTER = 0.1
_SMOOTHING = 0.01
_SAY_EVERY = 200


def fit_style(art: Art, outside: Path | None, seed: int, export: bool) -> None:
    """Look at everything with the committed segmenter, and fit; `export` also writes the detector into the models
    folder.

    outside: a folder of pictures that are in another style, in folders or not. Raises UserError where it has too few.
    """
    files = [] if outside is None else pictures_in(outside)
    if len(files) < _FEWEST_OUTSIDE:
        raise UserError(
            f"Training {ROLE} needs at least {_FEWEST_OUTSIDE} pictures in another style, and got {len(files)}: name a "
            "folder of photographs, scans and screenshots with --outside."
        )
    segmenter = Segmenter.load(read_role(STARTER, "segmenter"))
    inside = _looked(segmenter, [partial(_inside, art, seed, index) for index in range(_INSIDE)])
    others = product(files, range(_PER_OUTSIDE))
    without = _looked(segmenter, [partial(_outside, path, seed, number) for path, number in others])
    network = fit(inside, without, seed)
    if export:
        config = {"features": inside.shape[1], "hidden": _HIDDEN, "floor": network.floor}
        write_role(STARTER, ROLE, config, network.state_dict())


def fit(inside: Tensor, outside: Tensor, seed: int) -> Style:
    """The detector that tells apart the features (n, f) of pictures in the style, and of others (m, f)."""
    everything = torch.cat([inside, outside])
    with torch.enable_grad(), torch.random.fork_rng():
        torch.manual_seed(seed)
        network = Style({"features": inside.shape[1], "hidden": _HIDDEN, "floor": 0.0})
        network.mean.copy_(everything.mean(0))
        network.scale.copy_(everything.std(0) + 1e-3)
        optimizer = torch.optim.AdamW(network.layers.parameters(), _RATE, weight_decay=_DECAY)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, _STEPS)
        wanted = torch.cat([torch.full((_BATCH,), 1 - _SMOOTHING), torch.full((_BATCH,), _SMOOTHING)])
        for _ in range(_STEPS):
            chosen = [group[torch.randint(len(group), (_BATCH,))] for group in (inside, outside)]
            batch = torch.cat(chosen)
            loss = functional.binary_cross_entropy_with_logits(
                network.score(batch + _JITTER * network.scale * torch.randn_like(batch)), wanted
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return network.eval()


def features(segmenter: Segmenter, pixels: Bytes) -> Tensor:
    """(f,) of an RGB picture (h, w, 3), of the copy of it that an engine is sent."""
    picture = PictureInMemory(pixels)
    plane = picture.read(Box(0, 0, *picture.size), search_size(picture.size))
    with torch.inference_mode():
        return segmenter.look(colour(from_plane(plane))).features


def pictures_in(folder: Path) -> list[Path]:
    """The files in a folder, and in those inside it, that can be read as pictures."""
    endings = Image.registered_extensions()
    return [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in endings and _is_picture(path)]


def read(path: Path) -> Bytes:
    """RGB (h, w, 3) of a picture file, upright, on white."""
    upright = ImageOps.exif_transpose(Image.open(path)).convert("RGBA")
    return np.asarray(Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB"))


def _is_picture(path: Path) -> bool:
    try:
        with Image.open(path) as image:
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError):
        return False
    return True


def _looked(segmenter: Segmenter, makers: Sequence[Callable[[], Bytes]]) -> Tensor:
    found, started = [], time.monotonic()
    for number, make in enumerate(makers):
        found.append(features(segmenter, make()))
        if number % _SAY_EVERY == 0:
            print(f"{ROLE} {number} of {len(makers)} pictures, {time.monotonic() - started:.0f} s", flush=True)
    return torch.stack(found)


def _inside(art: Art, seed: int, index: int) -> Bytes:
    rng = np.random.default_rng((seed, _SEED_SPACE, index))
    kind = rng.random()
    if kind < 0.5:
        width = int(rng.integers(200, 1000))
        size = width, max(150, int(width * rng.choice([0.75, 0.75, 2 / 3, 9 / 16, 1.0, 1.5, 3.0])))
        picture = compose_scene(rng, art, objects=int(rng.choice([1, 2, 3, 3, 3, 4, 5])), size=size).image
    else:
        picture = composition(rng, art) if kind < 0.85 else cut_out(rng, art)
    return worn(rng, picture, _any_wear(rng))


def _outside(path: Path, seed: int, number: int) -> Bytes:
    """A picture as it is the first time, then a part of it, or the whole, after some wear."""
    picture = read(path)
    if number == 0:
        return picture
    rng = np.random.default_rng((seed, _SEED_SPACE, number, *path.name.encode()))
    height, width = picture.shape[:2]
    if rng.random() < 0.5 and min(height, width) > 120:
        share = rng.uniform(0.3, 0.9)
        y, x = (int(rng.uniform(0, 1 - share) * side) for side in (height, width))
        picture = picture[y : y + int(share * height), x : x + int(share * width)]
    if rng.random() < 0.3:
        picture = picture[:, ::-1]
    return worn(rng, np.ascontiguousarray(picture), _any_wear(rng))


def _any_wear(rng: np.random.Generator) -> str:
    return str(rng.choice(list(KINDS)))
