"""What each preset of FLUX.2 klein means, as data (engine/REFERENCE.md, Presets)."""

from __future__ import annotations

from dataclasses import dataclass

from text_replace_engine.painting.latent.names import Preset

#: It has learnt to paint in so many steps.
_STEPS = 4
#: The noise, as a share, from which what was painted at a coarser size is painted again: less than any strength below 1
#: would give, and what there is keeps its shape.
REFINEMENT = (0.35, 0.18)


@dataclass(frozen=True)
class KleinSettings:
    """One preset, or what was asked for instead of it. refinement: shares of noise at the steps of the second pass;
    empty: there is none. samples: seeds, ranked by CLIP.
    """

    steps: int = _STEPS
    refinement: tuple[float, ...] = REFINEMENT
    samples: int = 1


PRESETS: dict[Preset, KleinSettings] = {
    Preset.STANDARD: KleinSettings(),
    Preset.FAST: KleinSettings(refinement=()),
    Preset.BEST: KleinSettings(samples=4),
}
