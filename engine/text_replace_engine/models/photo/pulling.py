"""The photo models: repositories of the hub, kept as they are, and CLIP, converted as that of the full models."""

from __future__ import annotations

from collections.abc import Sequence

from text_replace_engine.models import noun_vectors
from text_replace_engine.models.fetching import snapshots
from text_replace_engine.models.fetching.fetched import FetchedModels
from text_replace_engine.models.fetching.pulling import OnPullProgress, Part
from text_replace_engine.models.fetching.sources import Model, Offered, Snapshot
from text_replace_engine.models.files import check_role, has_role
from text_replace_engine.models.full import converting
from text_replace_engine.models.photo import catalogue
from text_replace_engine.models.photo.roles import (
    CLIP,
    DETECTOR,
    FEW_STEPS,
    IMPORTED,
    KLEIN,
    MASKER,
    NOUNS,
    PAINTER,
)
from text_replace_wire.api import IsCancelled


class PhotoModels(FetchedModels):
    """Those that find any phrase in photographs, and paint by diffusion."""

    id = "photo"
    #: With these there is finding and painting.
    needed = (DETECTOR, MASKER, CLIP, NOUNS, PAINTER, FEW_STEPS)
    pulled = (DETECTOR, MASKER, CLIP, PAINTER, FEW_STEPS)
    optional = (KLEIN,)
    roles = (*pulled, *optional, *IMPORTED)
    derived = (NOUNS,)

    def catalogue(self) -> tuple[Offered, ...]:
        """See `FetchedModels`."""
        return catalogue.models()

    def is_there(self, role: str) -> bool:
        """See `FetchedModels`."""
        place = self.folder()
        if role == NOUNS:
            return has_role(place, role) and noun_vectors.is_installed(place)
        return has_role(place, role) if role == CLIP else snapshots.is_there(place, role)

    def missing(self) -> tuple[str, ...]:
        """See `FetchedModels`. The nouns come with CLIP."""
        absent = super().missing()
        return tuple(role for role in absent if role != NOUNS or CLIP not in absent)

    def verify(self, role: str) -> None:
        """See `FetchedModels`."""
        if role == CLIP:
            check_role(self.folder(), CLIP)
        else:
            snapshots.verify(self.folder(), role)

    def room_to_install(self, models: Sequence[Offered]) -> int:
        """See `FetchedModels`. Snapshots are only moved; converted weights have twice as many bits."""
        return sum(2 * model.size for model in models if not isinstance(model, Snapshot))

    def part(self, model: Offered, cancelled: IsCancelled) -> Part:
        """See `FetchedModels`."""
        place, store = self.folder(), self.store(model)
        if isinstance(model, Snapshot):
            return snapshots.part(model, store, place, cancelled)
        assert isinstance(model, Model)
        return converting.part(model, store, place)

    def finish(self, on_progress: OnPullProgress, cancelled: IsCancelled) -> None:
        """See `FetchedModels`: the everyday nouns, embedded by CLIP."""
        if self.is_there(CLIP):
            converting.embed_nouns(self.folder(), on_progress, cancelled)


PHOTO = PhotoModels()
