"""Where an edit paints: what was found and picked, or what the user selected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from text_replace_wire.geometry import Box
from text_replace_wire.messages import MaskKind
from text_replace_wire.planes import Plane


@dataclass(frozen=True)
class Limit:
    """A selection over `box` of the layer."""

    plane: Plane
    box: Box


@dataclass(frozen=True)
class Where:
    """A mask, and the part of the layer that an edit of it needs before growth and feather.

    mask: kind OBJECT: of the whole layer at the search copy's size; kind REGION: of `box`, used as it is.
    picked, without: ranks of the candidates that it was made of; empty for a REGION.
    limit: what the selection was when this was recorded; else an edit is limited by the selection there is.
    """

    kind: MaskKind
    mask: Plane
    box: Box
    picked: tuple[int, ...] = ()
    without: tuple[int, ...] = ()
    recorded: bool = False
    limit: Optional[Limit] = None
