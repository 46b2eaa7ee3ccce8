"""The sets by the paper's method, guided diffusion in the segment that CLIP chose: `starter` and `full`."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from text_replace_engine.models import folders
from text_replace_engine.models.full import catalogue, installed
from text_replace_engine.models.vocabulary import Reading, reading, refusal
from text_replace_wire.errors import CannotPaint
from text_replace_wire.painting import Painting

if TYPE_CHECKING:
    import torch

    from text_replace_engine.sets.model_set import LoadedSet


@dataclass(frozen=True)
class PaperSet:
    """See `model_set.ModelSet`."""

    id: str
    title: str
    purpose: str

    def licences(self) -> tuple[str, ...]:
        """See `model_set.ModelSet`."""
        if self.id == STARTER_SET.id:
            return ("Starter models: MIT",)
        defaults = (catalogue.find(role, catalogue.variants(role)[0]) for role in installed.NEEDED)
        return tuple(f"{model.title}: {model.licence}" for model in defaults)

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
        return Reading(prompt) if vocabulary is None else reading(prompt, vocabulary)

    def check(self, with_: str, painting: Painting) -> None:
        """See `model_set.ModelSet`."""
        from text_replace_engine.painting.guided import options

        vocabulary = folders.vocabulary_of(self.id)
        message = None if vocabulary is None else refusal(with_, vocabulary, self.id)
        if message is not None:
            raise CannotPaint(message)
        options.check(painting)

    def stamp(self) -> Hashable:
        """See `model_set.ModelSet`."""
        return folders.stamp_of(self.id)

    def load(self, device: torch.device, dtype: torch.dtype | None) -> LoadedSet:
        """See `model_set.ModelSet`."""
        from text_replace_engine.finding.segment_and_match import SegmentAndMatch
        from text_replace_engine.models.bundle import load_models
        from text_replace_engine.painting.guided.paint import GuidedNetworks
        from text_replace_engine.painting.guided.painter import GuidedPainter
        from text_replace_engine.painting.scorer import ClipScorer
        from text_replace_engine.sets.model_set import LoadedSet

        models = load_models(self.id, device, dtype)
        networks = GuidedNetworks(models.denoiser, models.clip, models.perceptual, models.upscaler)
        return LoadedSet(
            finder=SegmentAndMatch(models.segmenter, models.clip, folders.vocabulary_of(self.id), models.style),
            painter=GuidedPainter(networks, device),
            scorer=ClipScorer(models.clip),
            files=models.files,
            dtype=str(models.denoiser.network.dtype).removeprefix("torch."),
        )


STARTER_SET = PaperSet("starter", "Starter", "Small models that know a few dozen objects, in the style of drawings.")
FULL_SET = PaperSet("full", "Full", "Large models for photographs.")
