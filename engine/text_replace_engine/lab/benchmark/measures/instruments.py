"""Which of the installed networks measure a result, and whether they guided it themselves: then they flatter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from text_replace_engine.models.fetching.fetched import FetchedModels
from text_replace_engine.models.fetching.origins import origins
from text_replace_engine.models.files import STARTER, read_json
from text_replace_engine.models.full.pulling import FULL
from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_engine.sets.paper import FULL_SET, STARTER_SET
from text_replace_wire.errors import ModelError

CLIP, PERCEPTUAL = "clip", "perceptual"
#: What the losses of these sets ask while they paint is what they are told to please.
_GUIDED = (STARTER_SET.id, FULL_SET.id)


@dataclass(frozen=True)
class Instrument:
    """A network of a role, “clip” or “perceptual”, in a set's folder. of: the set's id. weights: their SHA-256. guided:
    whether the paintings that it measures were made to please it.
    """

    role: str
    of: str
    folder: Path
    weights: str
    guided: bool

    @property
    def title(self) -> str:
        """Its name, for notes below tables."""
        origin = origins(self.folder, [self.role]).get(self.role)
        kind = {CLIP: "CLIP", PERCEPTUAL: "LPIPS"}[self.role]
        return f"{kind} of the {self.of} models" if origin is None else f"{kind} {origin} of the {self.of} models"


def clip_for(painted_by: str) -> Instrument:
    """The CLIP that measures what the set of that id painted: the first that did not guide it of the photo, the full
    and the starter models'; else the first.

    The starter's knows drawn objects only, so it measures no other set's paintings but those of which nothing is known.
    Raises ModelMissing and ModelDamaged.
    """
    found = list(_installed(CLIP, painted_by, (PHOTO, FULL)))
    if painted_by not in (PHOTO.id, FULL.id) or not found:
        found.append(_starters(CLIP, painted_by))
    return next((each for each in found if not each.guided), found[0])


def perceptual_for(painted_by: str) -> Instrument:
    """The network of LPIPS for what the set of that id painted: the published one of the full models, else the
    starter's. Raises ModelMissing and ModelDamaged.
    """
    return next(_installed(PERCEPTUAL, painted_by, (FULL,)), _starters(PERCEPTUAL, painted_by))


def _installed(role: str, painted_by: str, sets: Iterable[FetchedModels]) -> Iterator[Instrument]:
    for fetched in sets:
        # Without a place for models, or in another user's, none is installed.
        with suppress(ModelError, OSError):
            if fetched.is_there(role):
                yield _instrument(role, fetched.id, fetched.folder(), painted_by)


def _starters(role: str, painted_by: str) -> Instrument:
    return _instrument(role, STARTER_SET.id, STARTER, painted_by)


def _instrument(role: str, of: str, folder: Path, painted_by: str) -> Instrument:
    weights = _weights(folder, role)
    guided = painted_by in _GUIDED and weights == _weights(_folder(painted_by), role)
    return Instrument(role, of, folder, weights, guided)


def _folder(models: str) -> Path:
    return STARTER if models == STARTER_SET.id else FULL.folder()


def _weights(folder: Path, role: str) -> str:
    """Two sets may have the same network: it is known by its weights' SHA-256."""
    return str(read_json(folder / f"{role}.json").get("sha256", ""))
