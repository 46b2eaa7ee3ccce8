"""Instances of a phrase by a network that segments them and says whether there are any: SAM 3."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.finding.by_phrase.instances import Instance, recent_instances, tidied
from text_replace_engine.finding.cache import Recent, digest, picture_key
from text_replace_engine.models.networks.concepts import Concepts, ConceptsView
from text_replace_wire.messages import Stage

#: Below it, an instance is not even shown to a user who could pick one: the library's own default.
_LISTED = 0.3
#: A view is about 250 MB with the published network.
_MOST_VIEWS = 2
_MOST_VIEW_BYTES = 2**30


class SegmentConcepts:
    """See `instances.InstanceSource`. The network was taught to say whether a phrase is there at all."""

    floor = 0.5
    stands_alone = True

    def __init__(self, concepts: Concepts) -> None:
        self._concepts = concepts
        self._views = Recent[ConceptsView](_MOST_VIEWS, _MOST_VIEW_BYTES, lambda view: view.nbytes)
        self._instances = recent_instances()

    def instances(
        self, image: Tensor, visible: NDArray[np.bool_], phrase: str, most: int
    ) -> Generator[Stage, None, Sequence[Instance]]:
        """See `instances.InstanceSource`."""
        picture = picture_key(image)
        yield Stage.SEGMENT
        view = self._views.get(picture, lambda: self._concepts.see(image))
        yield Stage.SEGMENT
        key = (picture, phrase, digest(visible), most)
        return self._instances.get(key, lambda: self._found(view, visible, phrase, most))

    def _found(self, view: ConceptsView, visible: NDArray[np.bool_], phrase: str, most: int) -> list[Instance]:
        seen = self._concepts.instances(view, phrase, _LISTED, most)
        scores = seen.scores.tolist()
        found = (Instance(mask, score, seen.presence) for mask, score in zip(seen.masks.numpy(), scores, strict=True))
        return tidied(found, visible, most)
