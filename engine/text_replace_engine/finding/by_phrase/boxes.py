"""Which of a detector's many boxes are worth a mask."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torchvision.ops import nms

from text_replace_engine.models.networks.detector import Detections

#: Boxes with a lower score are not even shown to a user who could pick one.
_LISTED = 0.1
#: Of two boxes with a larger intersection over union, the better one stands for both.
_SAME = 0.7


def worth_a_mask(detections: Detections, visible: NDArray[np.bool_], most: int) -> Detections:
    """At most `most` of the detections, best first: those with a fair score and some of the pixels `visible` (h, w)
    inside, each object once.
    """
    fair = detections.scores >= _LISTED
    boxes, scores = detections.boxes[fair], detections.scores[fair]
    inside = torch.tensor([_sees(visible, *box) for box in boxes.tolist()], dtype=torch.bool)
    boxes, scores = boxes[inside], scores[inside]
    kept = nms(boxes, scores, _SAME)[:most]
    return Detections(boxes[kept], scores[kept])


def _sees(visible: NDArray[np.bool_], x0: float, y0: float, x1: float, y1: float) -> bool:
    rows, columns = slice(int(y0), int(np.ceil(y1))), slice(int(x0), int(np.ceil(x1)))
    return x1 > x0 and y1 > y0 and bool(visible[rows, columns].any())
