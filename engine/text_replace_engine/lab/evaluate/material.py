"""The pictures that a suite measures with: composed from the art, or the committed quick set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.lab.evaluate.alike import look_alikes
from text_replace_engine.lab.evaluate.cases import QUICK, Cases, ComposedCases, QuickCases
from text_replace_engine.lab.evaluate.edit_cases import ComposedEdits, NamedEdits, QuickEdits
from text_replace_engine.lab.evaluate.remnants import ComposedRemnants, RemnantCases
from text_replace_engine.models.bundle import Models

if TYPE_CHECKING:
    from text_replace_engine.lab.train.art import Art

#: The committed sheet: three blocks of a crop for every name in turn: real, other real, nothing.
SHEET = QUICK / "crops.jpg"
SHEET_SIDE, SHEET_ACROSS = 64, 17
_REAL_SEED, _NOTHING_SEED, _FAILED_SEED = 4_000_000, 5_000_000, 6_000_000
_KNOWN_PER_NAME, _NOTHINGS, _FAILED = 4, 240, 120

Pixels = NDArray[np.uint8]


class Material(Protocol):
    """choices, edits: the cases, made when asked for. alike: names that look the same in grey."""

    choices: Cases
    edits: NamedEdits
    remnants: RemnantCases
    alike: dict[str, frozenset[str]]
    names: tuple[str, ...]

    def known(self) -> tuple[Pixels, list[str]]:
        """Real crops (n, s, s, 3) and their names: is the judge right?"""

    def nothing(self, models: Models) -> dict[str, Pixels]:
        """Crops (n, s, s, 3) that show nothing, by kind: is the judge fooled?"""

    def real(self, block: int, name: str, index: int, grey: bool) -> Pixels:
        """A real crop (s, s, 3) of the name for edit `index`, in block 0 or 1, as an edit's is framed."""


class ComposedMaterial:
    """Composed from the art with seeds that no training uses."""

    def __init__(self, art: Art, size: int) -> None:
        self._art, self._size = art, size
        self.choices: Cases = ComposedCases(art)
        self.edits: NamedEdits = ComposedEdits(art)
        self.remnants: RemnantCases = ComposedRemnants(art)
        self.alike = look_alikes(art.pictures)
        self.names = art.names

    def known(self) -> tuple[Pixels, list[str]]:
        names = [name for name in self.names for _ in range(_KNOWN_PER_NAME)]
        return np.stack([self._crop((_REAL_SEED, 2, index), name, False) for index, name in enumerate(names)]), names

    def nothing(self, models: Models) -> dict[str, Pixels]:
        from text_replace_engine.lab.train.failures import OfflinePainter, failed_paintings
        from text_replace_engine.lab.train.impostors import impostor

        drawn = [
            impostor(np.random.default_rng((_NOTHING_SEED, index)), self._art, self._size) for index in range(_NOTHINGS)
        ]
        assert models.detail is not None, "the starter models have one"
        painter = OfflinePainter(models.clip, models.denoiser, models.detail, self._art)
        failed = failed_paintings(painter, _FAILED, self._size, _FAILED_SEED)
        return {"drawn": np.stack(drawn), "failed paintings": failed.permute(0, 2, 3, 1).numpy()}

    def real(self, block: int, name: str, index: int, grey: bool) -> Pixels:
        return self._crop((_REAL_SEED, block, index), name, grey)

    def _crop(self, seed: tuple[int, ...], name: str, grey: bool) -> Pixels:
        return framed_crop(np.random.default_rng(seed), self._art, name, self._size, grey)


class QuickMaterial:
    """What comes with the engine; no art, so no twins."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.choices: Cases = QuickCases()
        self.edits: NamedEdits = QuickEdits()
        self.remnants: RemnantCases = ()
        self.alike: dict[str, frozenset[str]] = {}
        self._blocks = read_sheet(SHEET, len(names))

    def known(self) -> tuple[Pixels, list[str]]:
        return np.concatenate(self._blocks[:2]), [*self.names, *self.names]

    def nothing(self, models: Models) -> dict[str, Pixels]:
        return {"drawn": self._blocks[2]}

    def real(self, block: int, name: str, index: int, grey: bool) -> Pixels:
        crop: Pixels = self._blocks[block][self.names.index(name)]
        return crop


def framed_crop(rng: np.random.Generator, art: Art, name: str, size: int, grey: bool) -> Pixels:
    """A real crop framed as the judged square of an edit: the object fills most of it."""
    from text_replace_engine.lab.train.scenes import Variety, compose_crop

    jpeg = int(rng.integers(60, 96)) if rng.random() < 0.3 else None
    return compose_crop(rng, art, name, size, Variety(zoom=(1.15, 1.5), shift=0.5), grey, jpeg)[0]


def read_sheet(path: Path, count: int) -> list[Pixels]:
    """The blocks (count, s, s, 3) of a sheet."""
    sheet = np.asarray(Image.open(path).convert("RGB"))
    side = SHEET_SIDE
    tiles = sheet.reshape(sheet.shape[0] // side, side, SHEET_ACROSS, side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)
    return [tiles[start : start + count] for start in range(0, len(tiles) - count + 1, count)]


def write_sheet(path: Path, blocks: list[Any]) -> None:
    """The opposite of `read_sheet`; every block fills whole rows."""
    tiles = np.concatenate(blocks)
    rows = [np.concatenate(list(tiles[k : k + SHEET_ACROSS]), 1) for k in range(0, len(tiles), SHEET_ACROSS)]
    Image.fromarray(np.concatenate(rows)).save(path, quality=92, subsampling=0)
