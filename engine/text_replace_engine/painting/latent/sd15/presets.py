"""What each preset of Stable Diffusion means, as data (engine/REFERENCE.md, Presets)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from text_replace_engine.painting.latent.names import Preset, Scheduler

#: Strength of the second time.
_REFINEMENT = 0.35


@dataclass(frozen=True)
class PresetSettings:
    """One preset, or what was asked for instead of it."""

    scheduler: Scheduler
    #: Length of the grid of timesteps; of which, as a share, the last `strength` are run.
    steps: int
    #: Of classifier-free guidance (https://arxiv.org/abs/2207.12598); 1: without.
    guidance_scale: float
    #: Number of seeds sampled, ranked by CLIP.
    samples: int = 1
    strength: float = 1.0
    negative_prompt: str = ""
    #: Whether what was shrunk is painted a second time, finer.
    refine: bool = False

    @property
    def refinement(self) -> PresetSettings:
        """The second time: from what was painted, so little strength that it stays what it is."""
        return dataclasses.replace(self, strength=min(self.strength, _REFINEMENT))

    @property
    def executed(self) -> int:
        """Of the steps, those that are run: at least one."""
        return max(1, round(self.strength * self.steps))


#: Removing starts from the surroundings, blurred into the region, and is told to paint this, in that share of the
#: schedule: enough to make texture of a blur, too little to make an object of it.
REMOVAL_PROMPT = "empty background"
REMOVAL_STRENGTH = 0.6

#: Of every preset, what it means with each scheduler that it can be painted by.
PRESETS: dict[Preset, dict[Scheduler, PresetSettings]] = {
    Preset.STANDARD: {
        Scheduler.DDIM: PresetSettings(Scheduler.DDIM, steps=25, guidance_scale=7.5),
        Scheduler.LCM: PresetSettings(Scheduler.LCM, steps=6, guidance_scale=1.5),
    },
    Preset.FAST: {Scheduler.LCM: PresetSettings(Scheduler.LCM, steps=4, guidance_scale=1.0)},
    Preset.BEST: {
        Scheduler.DDIM: PresetSettings(Scheduler.DDIM, steps=25, guidance_scale=7.5, samples=4),
        Scheduler.LCM: PresetSettings(Scheduler.LCM, steps=6, guidance_scale=1.5, samples=4),
    },
}


def preset_settings(preset: Preset, scheduler: Scheduler | None, accelerated: bool) -> PresetSettings:
    """What a preset means. scheduler: the one that was asked for, None: the best of it that is quick enough.

    accelerated: a graphics card computes; on a processor the second time costs as much as the first, several times
    over. Raises KeyError where the preset is not painted by that scheduler.
    """
    ways = PRESETS[preset]
    if scheduler is None:
        scheduler = Scheduler.DDIM if accelerated and Scheduler.DDIM in ways else Scheduler.LCM
    return dataclasses.replace(ways[scheduler], refine=accelerated and preset is not Preset.FAST)
