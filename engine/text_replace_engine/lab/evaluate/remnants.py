"""What the edit region misses of the old object: of its shadow, and of strings on it. And how far it grows where there
is nothing of that. Nothing is painted: what is not in the region stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from text_replace_engine.client.composite import array
from text_replace_engine.client.exchange import PictureInMemory
from text_replace_engine.lab.evaluate.cases import wear
from text_replace_engine.models.bundle import Models
from text_replace_engine.painting.guided.paint import GuidedNetworks
from text_replace_engine.painting.guided.painter import GuidedPainter
from text_replace_engine.painting.masks import masks
from text_replace_engine.sets.paper import STARTER_SET
from text_replace_engine.tensors import colour, from_plane, to_plane
from text_replace_wire.api import EngineApi, IsCancelled, ignore
from text_replace_wire.building import edit_request, find_request
from text_replace_wire.errors import NotFound
from text_replace_wire.painting import Painting
from text_replace_wire.where import chosen

if TYPE_CHECKING:
    from text_replace_engine.lab.train.art import Art

_FIRST_SEED = 12_000_000
#: A seed's stream for strings, which every second scene has.
_STRINGS = 1
#: Pixels a side of the scenes.
_NARROWEST, _WIDEST = 300, 1200

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class RemnantCase:
    """A picture RGB (h, w, 3) and what is replaced in it. object, shadow, string, others: bool (h, w) each; of the
    shadow and the string what can be seen.
    """

    pixels: NDArray[np.uint8]
    replace: str
    object: Mask
    shadow: Mask
    string: Mask
    others: Mask


class RemnantCases(Protocol):
    """A sequence of cases, each made when it is asked for."""

    def __getitem__(self, index: int) -> RemnantCase: ...


class ComposedRemnants:
    """Unseen scenes of three objects: most cast shadows, in every second one a string hangs on each."""

    def __init__(self, art: Art) -> None:
        self._art = art

    def __getitem__(self, index: int) -> RemnantCase:
        from text_replace_engine.lab.train.scenes import compose_scene

        seed = _FIRST_SEED + index
        rng = np.random.default_rng(seed)
        grey, jpeg = wear(rng)
        width = int(np.exp(rng.uniform(np.log(_NARROWEST), np.log(_WIDEST))))
        size = width, int(width * rng.choice([0.75, 2 / 3, 9 / 16, 1.0]))
        strings = np.random.default_rng((seed, _STRINGS)) if index % 2 else None
        scene = compose_scene(rng, self._art, size=size, grey=grey, jpeg=jpeg, strings=strings)
        wanted = scene.objects[int(rng.integers(len(scene.objects)))]
        others = np.any([each.mask for each in scene.objects if each is not wanted] or [wanted.mask & False], axis=0)
        return RemnantCase(scene.image, wanted.name, wanted.mask, wanted.shadow, wanted.string, others)


@dataclass(frozen=True)
class Left:
    """Areas, in units of the object's own; each is weighed by how much of it stays. found: whether the object was.

    shadow, string: all that can be seen; shadow_left, string_left: what of it the region misses; shadow_before,
    string_before: what it would miss without looking for them. grown: by how much larger the region is than without,
    where neither object, shadow nor string is; of that on other objects: eaten.
    """

    found: bool
    shadow: float = 0.0
    shadow_left: float = 0.0
    shadow_before: float = 0.0
    string: float = 0.0
    string_left: float = 0.0
    string_before: float = 0.0
    grown: float = 0.0
    eaten: float = 0.0


def look(engine: EngineApi, models: Models, case: RemnantCase, cancelled: IsCancelled) -> Left:
    """What a standard edit of the object that is found would leave."""
    picture = PictureInMemory(case.pixels)
    found = engine.find(find_request(picture, case.replace, STARTER_SET.id), ignore, cancelled)
    try:
        where = chosen(found)
    except NotFound:
        return Left(found=False)
    networks = GuidedNetworks.of(models)
    painter = GuidedPainter(networks, models.denoiser.network.device)
    kept = []
    for remnants in (True, False):
        request = edit_request(
            picture, where, case.replace, case.replace, 0, STARTER_SET.id, Painting(remnants=remnants)
        )
        region = masks(request, painter, colour(from_plane(request.image))).region
        stays, box = np.ones(case.object.shape), request.box
        stays[box.y0 : box.y1, box.x0 : box.x1] -= array(to_plane(region))[:, :, 0] / 255
        kept.append(stays)
    after, before = kept
    own = float(case.object.sum())
    nothing = ~(case.object | case.shadow | case.string)
    areas = {
        "shadow": case.shadow,
        "shadow_left": after * case.shadow,
        "shadow_before": before * case.shadow,
        "string": case.string,
        "string_left": after * case.string,
        "string_before": before * case.string,
        "grown": (before - after) * nothing,
        "eaten": (before - after) * case.others,
    }
    return Left(found=True, **{name: round(float(area.sum()) / own, 5) for name, area in areas.items()})
