"""Stable Diffusion's way from noise to latents, for inpainting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from text_replace_engine.painting.areas import Shape
from text_replace_engine.painting.latent.autoencoder import Autoencoder, InTiles
from text_replace_engine.painting.latent.crops import View, shape_of
from text_replace_engine.painting.latent.method import Step
from text_replace_engine.painting.latent.sd15.networks import LatentNetworks
from text_replace_engine.painting.latent.sd15.presets import PresetSettings
from text_replace_engine.painting.latent.sd15.sampling import Conditions, guided, sample
from text_replace_engine.painting.tiles import cut
from text_replace_wire.geometry import Box


@dataclass(frozen=True)
class StableDiffusion:
    """See `method.Method`. texts: see `sampling.Conditions`; side: of the square with as many pixels as the networks
    see at once; a larger part they see in tiles.
    """

    networks: LatentNetworks
    texts: Tensor
    settings: PresetSettings
    side: int

    @property
    def autoencoder(self) -> Autoencoder:
        """See `method.Method`."""
        return self.networks.autoencoder

    @property
    def steps(self) -> int:
        """See `method.Method`."""
        return self.settings.executed

    def denoised(self, view: View, seeds: Sequence[int]) -> Iterator[Step]:
        """See `method.Method`."""
        networks, settings, tiles = self.networks, self.settings, self._tiles(view)
        masked = tiles.encoded(view.masked)
        # Who asks for less strength wants it to stay like what is there.
        begun = tiles.encoded(view.filled if settings.strength == 1 else view.original)
        conditions = ((box, Conditions(self.texts, cut(view.cells, box), latents)) for box, latents in masked)
        predictions = [(box, guided(networks.unet, told, settings.guidance_scale)) for box, told in conditions]
        start = tiles.together(begun)
        return sample(predictions, networks.schedule, settings, seeds, start, networks.shown)

    def decoded(self, view: View, latents: Tensor) -> Tensor:
        """See `method.Method`."""
        return self._tiles(view).decoded(latents, view.original)

    def unseen(self, view: View) -> Tensor:
        """See `method.Method`."""
        return self._tiles(view).unseen

    def _tiles(self, view: View) -> InTiles:
        return InTiles(self.autoencoder, view.cells, self._tile(view.size))

    def _tile(self, size: Shape) -> Shape:
        """(height, width)."""
        high, wide = size
        if high * wide <= self.side**2:
            return size
        tile = shape_of(Box(0, 0, wide, high), self.side, self.autoencoder.multiple)
        return min(high, tile[0]), min(wide, tile[1])
