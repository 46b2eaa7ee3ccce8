"""What each preset means, as data (engine/REFERENCE.md, Presets)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum


class Preset(StrEnum):
    PAPER = "paper"
    STANDARD = "standard"
    FAST = "fast"
    BEST = "best"


class Sampler(StrEnum):
    """ddpm: https://arxiv.org/abs/2006.11239; ddim: https://arxiv.org/abs/2010.02502."""

    DDPM = "ddpm"
    DDIM = "ddim"


#: As many timesteps as networks have learnt: no grid is finer.
LONGEST_GRID = 1000


@dataclass(frozen=True)
class PresetSettings:
    """One preset."""

    sampler: Sampler
    #: Length of the grid of timesteps, of which the first `skipped` are not run where the start is the noised original.
    grid: int
    skipped: int
    #: Share of the executed steps that are guided, from the first on.
    guided: float
    #: CLIP views of x̂0 in the first and in the last guided step; 1 is the plain picture, without augmentation.
    cutouts: tuple[int, int]
    #: The λ's of the paper.
    lambda_clip: float
    lambda_lpips: float
    lambda_l2: float
    #: Largest root mean square, in units of x̂0, by which guidance moves x̂0 in one step; None: no cap.
    norm_cap: float | None
    #: Noised original outside the mask after every step (Blended Diffusion, https://arxiv.org/abs/2111.14818).
    blended: bool
    #: Whether the network is given the edit prompt, and its classifier-free guidance
    #: (https://arxiv.org/abs/2207.12598).
    prompted: bool
    guidance_scale: float
    #: Whether the gradient of the losses passes through the U-Net; else it stops at x̂0 and is scaled by √ᾱ.
    full_gradient: bool
    #: Whether the object mask is grown and feathered into the edit region.
    grown: bool
    #: Number of seeds sampled, ranked by CLIP.
    samples: int
    #: Start from pure noise and run the whole grid, or from the noised original and skip; None: as the network does
    #: best.
    from_noise: bool | None = None
    #: Of DDIM: how much of DDPM's noise every step adds, 0 (none) to 1.
    eta: float = 0.0
    #: Share of the schedule of the refinement pass, in which what is much larger than the network's size is painted a
    #: second time, in tiles, from its noised first result; 0: everything is painted once.
    refined: float = 0.0
    #: After a whole run from pure noise: shares of the schedule that run again, one after the other, each from the
    #: noised result of the one before, unguided and with steps twice as long, which corrects its errors (Restart
    #: sampling, https://arxiv.org/abs/2306.14878). For networks that are told the prompt and see the surroundings.
    restarts: tuple[float, ...] = ()
    #: As `restarts`, but the one share where the painter knows what the thing looks like: it runs again from the result
    #: with that shape in it, and with the shape in every x̂0.
    shaped: float = 0.0
    #: Whether a network that is given the prompt, and can see the surroundings, is given these as well.
    surroundings: bool = True

    def with_grid(self, grid: int) -> PresetSettings:
        """With another number of timesteps, of which the same share is not run."""
        return dataclasses.replace(self, grid=grid, skipped=round(self.skipped / self.grid * grid))

    def with_strength(self, strength: float) -> PresetSettings:
        """Where this share of the grid runs, above 0 to 1: at least one step, and all from pure noise."""
        skipped = self.grid - max(1, round(strength * self.grid))
        return dataclasses.replace(self, skipped=skipped, from_noise=skipped == 0, refined=min(self.refined, strength))

    @property
    def steps(self) -> int:
        """Those that run where the start is a noised picture."""
        return self.grid - self.skipped

    @property
    def refinement(self) -> PresetSettings:
        """Of the refinement pass: steps half as long, and no gradient through the U-Net, whose x̂0 of nearly clean
        pictures is nearly x_t.
        """
        grid = min(2 * self.grid, LONGEST_GRID)
        skipped = grid - max(1, round(self.refined * grid))
        return dataclasses.replace(self, grid=grid, skipped=skipped, full_gradient=False)


_STANDARD = PresetSettings(
    sampler=Sampler.DDIM,
    grid=25,
    skipped=5,
    guided=0.7,
    cutouts=(8, 16),
    lambda_clip=1000.0,
    lambda_lpips=1000.0,
    lambda_l2=1000.0,
    norm_cap=0.02,
    blended=True,
    prompted=True,
    guidance_scale=2.5,
    full_gradient=True,
    grown=True,
    samples=1,
    # With the exact denoiser of pictures that have the spectrum of photographs, enlarged 1.75 times, these 6 steps
    # bring the power of the finest details from 0.01–0.2 of what it should be to 0.6. A larger share gives no more
    # and changes what was painted; as many steps twice as long give 0.4–0.5.
    refined=0.12,
    restarts=(0.8, 0.65, 0.5),
    shaped=0.5,
)

PRESETS: dict[Preset, PresetSettings] = {
    Preset.PAPER: PresetSettings(
        sampler=Sampler.DDPM,
        grid=100,
        skipped=0,
        guided=1.0,
        cutouts=(1, 1),
        lambda_clip=1000.0,
        lambda_lpips=1000.0,
        lambda_l2=1000.0,
        norm_cap=None,
        blended=False,
        prompted=False,
        guidance_scale=1.0,
        full_gradient=True,
        grown=False,
        samples=1,
    ),
    Preset.STANDARD: _STANDARD,
    Preset.FAST: PresetSettings(**{**vars(_STANDARD), "full_gradient": False, "refined": 0.0, "restarts": ()}),
    Preset.BEST: PresetSettings(**{**vars(_STANDARD), "samples": 4}),
}
