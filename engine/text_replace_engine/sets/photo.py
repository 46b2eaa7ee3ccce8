"""The set for photographs: any phrase finds its object, and diffusion paints another in its place."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from text_replace_engine.models.fetching.fetched import FetchedModels
from text_replace_engine.models.photo import roles
from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_engine.models.vocabulary import Reading
from text_replace_engine.painting.erasing import options as erasing
from text_replace_engine.painting.latent.klein import options as klein
from text_replace_engine.painting.latent.names import PainterName
from text_replace_engine.painting.latent.sd15 import options as sd15
from text_replace_engine.sets import fits
from text_replace_wire.errors import ModelMissing
from text_replace_wire.model_messages import PainterEntry
from text_replace_wire.options import PAINTER
from text_replace_wire.painting import Painting

if TYPE_CHECKING:
    import torch

    from text_replace_engine.painting.latent.choice import LatentPainter
    from text_replace_engine.sets.model_set import LoadedSet

#: Bytes: the engine with what finds, loaded, and painting beside that, in float32, with random weights of the real
#: sizes; the sum of two measurements (tests/MEASURED.md).
_NEEDED = 7_900_000_000


class PhotoSet:
    """See `model_set.ModelSet` and `model_set.PullableSet`."""

    id = PHOTO.id
    title = "Photo"
    purpose = "Finds whatever you name or click on in photographs; Stable Diffusion paints."
    fetched: FetchedModels = PHOTO

    def licences(self) -> tuple[str, ...]:
        """See `model_set.ModelSet`."""
        return tuple(f"{model.title}: {model.licence}" for model in PHOTO.defaults())

    def terms(self) -> str:
        """See `model_set.PullableSet`."""
        return "The licences allow commercial use; the painter's (OpenRAIL) forbids harmful uses, which it lists."

    def fits(self) -> str:
        """See `model_set.PullableSet`."""
        return fits.sentence(_NEEDED)

    def is_installed(self) -> bool:
        """See `model_set.ModelSet`."""
        return self.fetched.is_usable()

    def vocabulary(self) -> tuple[str, ...]:
        """See `model_set.ModelSet`."""
        return ()

    def reading(self, prompt: str) -> Reading:
        """See `model_set.ModelSet`."""
        return Reading(prompt)

    def check(self, with_: str, painting: Painting) -> None:
        """See `model_set.ModelSet`."""
        self._require()
        painter = painting.options.get(PAINTER.field)
        if painter == PainterName.KLEIN:
            klein.check(painting)
            if not self.fetched.is_there(roles.KLEIN):
                raise ModelMissing(
                    "FLUX.2 klein is not installed: fetch it with “text-replace models pull photo --painter klein”, or "
                    "leave out the painter."
                )
        elif painter == PainterName.LAMA:
            erasing.check(painting)
            if not self.fetched.is_there(roles.ERASER):
                raise ModelMissing(
                    "LaMa is not installed: import its file with “text-replace models import”, or leave out the "
                    "painter."
                )
        else:
            sd15.check(painting)

    def check_removal(self, painting: Painting) -> None:
        """See `model_set.RemovingSet`."""
        self.check("", painting)

    def painters(self) -> tuple[PainterEntry, ...]:
        """See `model_set.DescribedSet`."""
        return (sd15.ENTRY, *((klein.ENTRY,) if self._has(roles.KLEIN) else ()))

    def erasers(self) -> tuple[PainterEntry, ...]:
        """See `model_set.DescribedSet`: LaMa where it is there, and the painters."""
        return (*((erasing.ENTRY,) if self._has(roles.ERASER) else ()), *self.painters())

    def _has(self, role: str) -> bool:
        """Of a set that is installed: without a place for it nothing is."""
        return self.is_installed() and self.fetched.is_there(role)

    def stamp(self) -> Hashable:
        """See `model_set.ModelSet`."""
        return self.fetched.stamp()

    def load(self, device: torch.device, dtype: torch.dtype | None) -> LoadedSet:
        """See `model_set.ModelSet`."""
        from text_replace_engine.finding.by_phrase.loading import load_finding
        from text_replace_engine.models.files import ModelFile
        from text_replace_engine.painting.erasing.beside import PainterAndEraser
        from text_replace_engine.painting.erasing.painter import ErasingPainter, load_eraser
        from text_replace_engine.painting.latent.choice import ChosenPainter
        from text_replace_engine.painting.latent.klein import painter as klein_painter
        from text_replace_engine.painting.latent.klein.snapshot import least_memory
        from text_replace_engine.painting.latent.room import edit_box
        from text_replace_engine.painting.latent.sd15 import painter as stable_diffusion
        from text_replace_engine.painting.scorer import ClipScorer
        from text_replace_engine.sets.model_set import LoadedSet

        self._require()
        folder, origins = self.fetched.folder(), self.fetched.origins()
        # Those that are not always needed are read when they are.
        for role in origins.keys() - {roles.KLEIN, roles.ERASER, roles.PREVIEWS}:
            self.fetched.verify(role)
        finding = load_finding(folder, roles.CONCEPTS in origins, device, dtype)

        def load_lama() -> ErasingPainter:
            self.fetched.verify(roles.ERASER)
            return load_eraser(folder / roles.ERASER, device)

        def load_klein() -> klein_painter.KleinPainter:
            self.fetched.verify(roles.KLEIN)
            return klein_painter.load_painter(folder, device, dtype)

        painters: dict[PainterName, Callable[[], LatentPainter]] = {
            PainterName.SD15: lambda: stable_diffusion.load_painter(folder, device, dtype, self.fetched.verify)
        }
        if self.fetched.is_there(roles.KLEIN):
            painters[PainterName.KLEIN] = load_klein
        painter = ChosenPainter(painters, device, lambda: least_memory(folder, device, dtype))
        return LoadedSet(
            finder=finding.finder,
            painter=PainterAndEraser(painter, load_lama) if self.fetched.is_there(roles.ERASER) else painter,
            scorer=ClipScorer(finding.clip),
            files=tuple(ModelFile(role, f"{self.id}/{origin}", origin.sha256) for role, origin in origins.items()),
            dtype=painter.dtype,
            outliner=finding.outliner,
            edit_box=edit_box,
            reads_sentences=True,
        )

    def _require(self) -> None:
        if not self.is_installed():
            raise ModelMissing(
                "The photo models are not installed: fetch them with “text-replace models pull photo”, or use the "
                "starter models."
            )


PHOTO_SET = PhotoSet()
