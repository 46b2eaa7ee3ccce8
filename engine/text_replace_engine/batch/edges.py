"""Masks of what was found, brought to the edges that are seen in the picture."""

from __future__ import annotations

import numpy as np
import torch

from text_replace_engine.batch.coco.segmentation import Mask
from text_replace_engine.boxes import bounding_box
from text_replace_engine.client.exchange import PictureInMemory
from text_replace_engine.painting.matting import matte
from text_replace_engine.tensors import colour, dilate, from_plane, resample, square_around
from text_replace_wire.geometry import CONTEXT, search_size

#: A mask is not moved farther than this share of the object's longer side: where object and background are alike, the
#: finder knows better.
_FARTHEST = 0.02


def at_edges(picture: PictureInMemory, mask: Mask) -> Mask:
    """A mask (h, w) of what a finder saw in a picture, whose edges may be a few pixels off; it covers something, before
    and after.
    """
    box = bounding_box(mask)
    square = square_around(box, CONTEXT).clipped(picture.size)
    rows, columns = slice(square.y0, square.y1), slice(square.x0, square.x1)
    width, height = search_size(square.size)
    view = colour(from_plane(picture.read(square, (width, height))))
    coarse = resample(torch.from_numpy(mask[rows, columns])[None, None].float(), (height, width))
    reach = round(_FARTHEST * max(box.size) * width / square.width)
    least, most = 1 - dilate(1 - coarse, reach), dilate(coarse, reach)
    fine = resample(torch.maximum(torch.minimum(matte(view, coarse), most), least), square.size[::-1])
    moved = np.zeros_like(mask)
    moved[rows, columns] = (fine[0, 0] > 0.5).numpy()
    # A line, perhaps.
    return moved if (moved & mask).any() else mask
