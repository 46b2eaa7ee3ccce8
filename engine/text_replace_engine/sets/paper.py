"""The sets by the paper's method, guided diffusion in the segment that CLIP chose: `starter` and `full`."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from text_replace_engine.models import folders, noun_vectors
from text_replace_engine.models.fetching.fetched import FetchedModels
from text_replace_engine.models.full.pulling import FULL
from text_replace_engine.models.nouns import things_in
from text_replace_engine.models.vocabulary import Named, Reading, reading, refusal
from text_replace_engine.sets import fits
from text_replace_wire.errors import CannotPaint
from text_replace_wire.model_messages import PainterEntry
from text_replace_wire.painting import Painting

if TYPE_CHECKING:
    import torch

    from text_replace_engine.sets.model_set import LoadedSet

#: Bytes: the most that a standard edit took in float32, with random weights of the real sizes (tests/MEASURED.md).
_NEEDED = 9_300_000_000


@dataclass(frozen=True)
class PaperSet:
    """See `model_set.ModelSet`."""

    id: str
    title: str
    purpose: str
    #: Whether the network that paints is told the prompt; else only CLIP's loss knows it.
    prompted: bool = True

    def licences(self) -> tuple[str, ...]:
        """See `model_set.ModelSet`."""
        return ("Starter models: MIT",)

    def is_installed(self) -> bool:
        """See `model_set.ModelSet`."""
        return folders.is_installed(self.id)

    def vocabulary(self) -> tuple[str, ...]:
        """See `model_set.ModelSet`."""
        vocabulary = folders.vocabulary_of(self.id) if self.is_installed() else None
        return () if vocabulary is None else vocabulary.names

    def reading(self, prompt: str) -> Reading:
        """See `model_set.ModelSet`."""
        vocabulary = folders.vocabulary_of(self.id)
        if vocabulary is not None:
            return reading(prompt, vocabulary)
        return Reading(prompt, (), tuple(Named(thing) for thing in things_in(prompt)))

    def check(self, with_: str, painting: Painting) -> None:
        """See `model_set.ModelSet`."""
        from text_replace_engine.painting.guided import options

        vocabulary = folders.vocabulary_of(self.id)
        message = None if vocabulary is None else refusal(with_, vocabulary, self.id)
        if message is not None:
            raise CannotPaint(message)
        options.check(painting, self.prompted)

    def painters(self) -> tuple[PainterEntry, ...]:
        """See `model_set.DescribedSet`."""
        from text_replace_engine.painting.guided.options import entry

        return (entry(self.prompted),)

    def erasers(self) -> tuple[PainterEntry, ...]:
        """See `model_set.DescribedSet`."""
        return ()

    def stamp(self) -> Hashable:
        """See `model_set.ModelSet`."""
        return folders.stamp_of(self.id)

    def load(self, device: torch.device, dtype: torch.dtype | None) -> LoadedSet:
        """See `model_set.ModelSet`."""
        from text_replace_engine import devices
        from text_replace_engine.finding.agreement import Agreement
        from text_replace_engine.finding.segment_and_match import SegmentAndMatch
        from text_replace_engine.models.bundle import load_models
        from text_replace_engine.painting.guided.paint import GuidedNetworks
        from text_replace_engine.painting.guided.painter import GuidedPainter
        from text_replace_engine.painting.scorer import ClipScorer
        from text_replace_engine.sets.model_set import LoadedSet

        models = load_models(self.id, device, dtype)
        folder = folders.folder_of(self.id)
        agreement = None
        if noun_vectors.is_installed(folder):
            sha256 = next(file.sha256 for file in models.files if file.role == "clip")
            agreement = Agreement.installed(folder, models.clip, sha256)
        weights = sum(parameter.numel() for parameter in models.denoiser.parameters())
        networks = GuidedNetworks.of(models)
        return LoadedSet(
            finder=SegmentAndMatch(
                models.segmenter, models.clip, folders.vocabulary_of(self.id), agreement, models.style
            ),
            painter=GuidedPainter(networks, device),
            scorer=ClipScorer(models.clip),
            files=models.files,
            dtype=str(models.denoiser.network.dtype).removeprefix("torch."),
            threads=devices.fastest_threads(weights),
        )


@dataclass(frozen=True)
class FullSet(PaperSet):
    """See `model_set.PullableSet`."""

    prompted: bool = False
    fetched: FetchedModels = FULL

    def licences(self) -> tuple[str, ...]:
        """See `model_set.ModelSet`."""
        return tuple(f"{model.title}: {model.licence}" for model in self.fetched.defaults())

    def terms(self) -> str:
        """See `model_set.PullableSet`."""
        return "For research and evaluation, not for commercial use."

    def fits(self) -> str:
        """See `model_set.PullableSet`."""
        return fits.sentence(_NEEDED)


STARTER_SET = PaperSet("starter", "Starter", "Small models that know a few dozen objects, in the style of drawings.")
FULL_SET = FullSet("full", "Full", "The paper's large models of 2021 for photographs, for research.")
