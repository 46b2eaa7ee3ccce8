"""Instances of a phrase by a detector's boxes and a mask for each: Grounding DINO, then SAM 2."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.finding.by_phrase.boxes import worth_a_mask
from text_replace_engine.finding.by_phrase.instances import Instance, recent_instances, tidied
from text_replace_engine.finding.by_phrase.masking import PictureMasks
from text_replace_engine.finding.cache import Recent, digest, picture_key
from text_replace_engine.models.networks.detector import Detections, Detector, DetectorView
from text_replace_wire.messages import Stage

#: Views are 60 MB a picture with the published network.
_MOST_VIEWS = 4
_MOST_PHRASES = 64
_MOST_BYTES = 256 * 2**20


class DetectAndMask:
    """See `instances.InstanceSource`. Its presence is the detector's score: with that, detectors answer for what is not
    there too. So CLIP has to agree.
    """

    #: Not calibrated: detectors answer for absent objects at 0.3 (tests/MEASURED.md, Photographs).
    floor = 0.35
    stands_alone = False

    def __init__(self, detector: Detector, masks: PictureMasks) -> None:
        self._detector = detector
        self._masks = masks
        self._views = Recent[DetectorView](_MOST_VIEWS, _MOST_BYTES, lambda view: view.nbytes)
        self._detections = Recent[Detections](_MOST_PHRASES, _MOST_BYTES, lambda found: found.boxes.nbytes)
        self._instances = recent_instances()

    def instances(
        self, image: Tensor, visible: NDArray[np.bool_], phrase: str, most: int
    ) -> Generator[Stage, None, Sequence[Instance]]:
        """See `instances.InstanceSource`."""
        picture = picture_key(image)
        yield Stage.SEGMENT
        view = self._views.get(picture, lambda: self._detector.see(image))
        yield Stage.SEGMENT
        found = self._detections.get((picture, phrase), lambda: self._detector.detect(view, phrase))
        worth = worth_a_mask(found, visible, most)
        if not len(worth.boxes):
            return []
        yield Stage.SEGMENT
        self._masks.see(image)
        yield Stage.SEGMENT
        key = (picture, phrase, digest(visible), most)
        return self._instances.get(key, lambda: self._masked(image, visible, worth))

    def _masked(self, image: Tensor, visible: NDArray[np.bool_], worth: Detections) -> list[Instance]:
        masks = self._masks.of_boxes(image, worth.boxes)
        found = (Instance(mask, score, score) for mask, score in zip(masks, worth.scores.tolist(), strict=True))
        return tidied(found, visible, len(masks))
