"""What a dialog asks of the engine before the user asks for anything; no engine is started for it."""

from __future__ import annotations

import contextlib
from typing import Callable

from text_replace_wire import launch
from text_replace_wire.errors import TextReplaceError
from text_replace_wire.model_messages import ModelSets


def prepare(tell: Callable[[ModelSets], object], models: str) -> None:
    """Tell which model sets the running engine knows, if there is one, then have it load `models`.

    Takes as long as that; calls nothing of GIMP's, so that a thread of its own can do it.
    """
    # Whatever is wrong, the user hears of it from what is really asked of the engine.
    with contextlib.suppress(TextReplaceError, OSError):
        link = launch.answering()
        if link is not None:
            with link:
                tell(link.model_sets())
                link.warm(models)
