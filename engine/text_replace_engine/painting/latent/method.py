"""What a painter by latents does in its own way: getting from noise to the latents of one part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from text_replace_engine.painting.latent.autoencoder import Autoencoder
from text_replace_engine.painting.latent.crops import View


@dataclass(frozen=True)
class Step:
    """One step of every sample of a batch. denoised: the latents x̂0, (n, c, h, w); shown: about what the first sample's
    show, (1, 3, …) in [0, 1], at any size.
    """

    index: int
    denoised: Tensor
    shown: Tensor


class Method(Protocol):
    """A way to paint parts, with all that it was told but the picture and the seeds."""

    @property
    def autoencoder(self) -> Autoencoder:
        """Of its latents."""

    @property
    def steps(self) -> int:
        """How many it takes for a part."""

    def denoised(self, view: View, seeds: Sequence[int]) -> Iterator[Step]:
        """Every step of a part, the last of which has the result. A sample depends on its seed, not on those that are
        painted beside it.
        """

    def decoded(self, view: View, latents: Tensor) -> Tensor:
        """The picture (1, 3, h, w) in [0, 1] of one sample's latents (1, c, …) of a part."""

    def unseen(self, view: View) -> Tensor:
        """1 in the view's cells where `decoded` gives the original, which the networks never saw."""
