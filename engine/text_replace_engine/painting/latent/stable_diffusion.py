"""Stable Diffusion's way from noise to latents, for inpainting."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from torch import Tensor

from text_replace_engine.painting.latent.autoencoder import Autoencoder
from text_replace_engine.painting.latent.crops import View
from text_replace_engine.painting.latent.method import Step
from text_replace_engine.painting.latent.networks import LatentNetworks
from text_replace_engine.painting.latent.presets import PresetSettings
from text_replace_engine.painting.latent.sampling import Conditions, sample


@dataclass(frozen=True)
class StableDiffusion:
    """See `method.Method`. texts: see `sampling.Conditions`."""

    networks: LatentNetworks
    texts: Tensor
    settings: PresetSettings

    @property
    def autoencoder(self) -> Autoencoder:
        """See `method.Method`."""
        return self.networks.autoencoder

    @property
    def steps(self) -> int:
        """See `method.Method`."""
        return self.settings.executed

    def denoised(self, view: View, seeds: Sequence[int]) -> Generator[Step | None, None, None]:
        """See `method.Method`."""
        networks, settings = self.networks, self.settings
        masked = yield from self.autoencoder.encoded(view.masked)
        original = None
        if settings.executed < settings.steps:
            original = yield from self.autoencoder.encoded(view.original)
        conditions = Conditions(self.texts, view.cells, masked)
        yield from sample(networks.unet, networks.schedule, conditions, settings, seeds, original)
