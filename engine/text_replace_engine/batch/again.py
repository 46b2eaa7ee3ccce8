"""The new object, found again in the result: a detector is to learn what was painted, not the edit region, which leaves
room around it.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from text_replace_engine.batch.coco.segmentation import Mask, encoded
from text_replace_engine.batch.entry import NewObject
from text_replace_engine.boxes import bounding_box
from text_replace_engine.client.composite import array
from text_replace_engine.client.exchange import PictureInMemory
from text_replace_wire.api import EngineApi, IsCancelled, OnProgress
from text_replace_wire.building import find_request
from text_replace_wire.messages import Find, Found
from text_replace_wire.planes import Plane
from text_replace_wire.where import union_of


def found_again(
    engine: EngineApi,
    painted: PictureInMemory,
    wanted: str,
    category: str,
    models: str,
    on_progress: OnProgress,
    cancelled: IsCancelled,
) -> NewObject | None:
    """What `wanted` names in a result; None where it is not found, or most of what is seen there is something else.

    painted: the result in 8 bits, and as its selection the pair's edit region, outside of which nothing is new.
    presence: of the least sure part, where the words name several things. Raises what `EngineApi.find` does.
    """
    assert painted.selection is not None
    region = painted.selection > 0
    request = find_request(painted, wanted, models)
    found = engine.find(request, on_progress, cancelled)
    if not found.chosen:
        return None
    mask, _box = union_of(found.candidates, found.chosen)
    seen = at_size(mask, painted.size) & region
    if not seen.any() or _is_part(found, mask, request):
        return None
    # It comes with torch.
    from text_replace_engine.batch.edges import at_edges

    pixels = at_edges(painted, seen) & region
    box = bounding_box(pixels)
    return NewObject(
        category=category,
        box=(box.x0, box.y0, box.width, box.height),
        area=int(pixels.sum()),
        presence=min(each.presence for each in found.candidates if each.rank in found.chosen),
        segmentation=encoded(pixels),
    )


def _is_part(found: Found, mask: Plane, request: Find) -> bool:
    """Whether more than what was chosen is seen as something else: then an object was not known as a whole, only some
    of it. What reaches the region's edge may have been there before. Finders of phrases see nothing else.
    """
    assert request.selection is not None
    region = _pixels(request.selection)
    edge = region & ~ndimage.binary_erosion(region, border_value=1)
    labels = {each.label for each in found.candidates if each.rank in found.chosen}
    others = [_pixels(each.mask) for each in found.candidates if each.label not in labels]
    within = [pixels for pixels in others if not (pixels & edge).any()]
    return bool(within and np.any(within, axis=0).sum() > _pixels(mask).sum())


def _pixels(mask: Plane) -> Mask:
    return array(mask)[:, :, 0] > 0


def at_size(mask: Plane, size: tuple[int, int]) -> Mask:
    """A mask of a whole picture (one channel, 0 or 255) at the picture's `size` (width, height): an edge runs between
    the centres of the mask's pixels, not along their borders.
    """
    native = Image.fromarray(array(mask)[:, :, 0]).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(native) >= 128
