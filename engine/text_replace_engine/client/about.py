"""What models say of themselves, before anything is asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from text_replace_engine.client.exchange import PictureInMemory
from text_replace_wire.api import EngineApi, ignore, never
from text_replace_wire.building import find_request
from text_replace_wire.choosing import Select
from text_replace_wire.painting import Painting

#: A picture without anything in it.
_BLANK = np.full((64, 64, 3), 255, np.uint8)


def about(
    engine: EngineApi,
    models: str,
    select: Select = Select.OURS,
    with_: str | None = None,
    painting: Painting = Painting(),  # noqa: B008 (frozen)
) -> Mapping[str, Any]:
    """`models`, `device`, `dtype`, `threads` and `versions` of a report (engine/REFERENCE.md, Report). Loads them.
    with_, painting: what they will be asked to paint. Raises what `EngineApi.find` does.
    """
    blank = find_request(PictureInMemory(_BLANK), "object", models, with_, painting, select=select)
    return engine.find(blank, ignore, never).report
