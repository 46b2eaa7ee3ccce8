"""The words by which painters of photographs are asked."""

from __future__ import annotations

from enum import StrEnum


class Preset(StrEnum):
    """Of every painter; what each means is the painter's."""

    STANDARD = "standard"
    FAST = "fast"
    BEST = "best"


class PainterName(StrEnum):
    """sd15: Stable Diffusion 1.5 for inpainting; klein: FLUX.2 klein; lama: LaMa, which only removes."""

    SD15 = "sd15"
    KLEIN = "klein"
    LAMA = "lama"


class Room(StrEnum):
    """How far around an object's outline is painted: close to it, farther, and as far as a box around it."""

    TIGHT = "tight"
    NORMAL = "normal"
    LOOSE = "loose"


class Scheduler(StrEnum):
    """ddim: https://arxiv.org/abs/2010.02502; lcm: the few steps of https://arxiv.org/abs/2311.05556."""

    DDIM = "ddim"
    LCM = "lcm"


class Storage(StrEnum):
    """In how many bits FLUX.2 klein's weights are kept: 16, as files have them; 8 change what it paints a little."""

    SIXTEEN = "16-bit"
    EIGHT = "8-bit"
