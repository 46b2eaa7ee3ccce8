"""What the masker has seen of the last pictures: masks for boxes and for what is pointed at share it."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.finding.by_phrase.instances import cleaned
from text_replace_engine.finding.cache import Recent, picture_key
from text_replace_engine.models.networks.masker import Masker, MaskerView
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Stage

#: Of the last pictures, and their bytes: 17 MB for one with the published network.
_MOST_PICTURES = 8
_MOST_BYTES = 256 * 2**20


class PictureMasks:
    """See `finder.Outliner`; also the masks of a detector's boxes."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._views = Recent[MaskerView](_MOST_PICTURES, _MOST_BYTES, lambda view: view.nbytes)

    def see(self, image: Tensor) -> MaskerView:
        """The pass over an RGB image (1, 3, h, w) in [0, 1] that everything else shares."""
        return self._views.get(picture_key(image), lambda: self._masker.see(image))

    def of_boxes(self, image: Tensor, boxes: Tensor) -> NDArray[np.bool_]:
        """Masks (n, h, w) of the objects in boxes (n, 4), x0, y0, x1, y1, of an RGB image (1, 3, h, w) in [0, 1]."""
        masks: NDArray[np.bool_] = self._masker.boxes(self.see(image), boxes).numpy()
        return masks

    def outline(
        self, image: Tensor, visible: NDArray[np.bool_], points: Sequence[tuple[float, float]], box: Box | None
    ) -> Generator[Stage, None, NDArray[np.bool_] | None]:
        """See `finder.Outliner`."""
        yield Stage.SEGMENT
        allowed = visible.copy()
        if box is not None:
            allowed[:] = False
            part = (slice(box.y0, box.y1), slice(box.x0, box.x1))
            allowed[part] = visible[part]
        if not allowed.any():
            return None
        view = self.see(image)
        yield Stage.SEGMENT
        corners = None if box is None else (float(box.x0), float(box.y0), float(box.x1), float(box.y1))
        pixels = cleaned(self._masker.object_at(view, points, corners).numpy()) & allowed
        return pixels if pixels.any() else None
