"""Why there can be no engine in this process, in a sentence that tells what to do about it."""

from __future__ import annotations

import os

from text_replace_engine import memory_limits
from text_replace_wire.errors import EngineError, OutOfMemory, TextReplaceError

#: By which the environment may make Python load other libraries than the engine's own.
_FOREIGN = ("LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "PYTHONPATH")


def reason(error: Exception) -> TextReplaceError:
    """What `error`, by which the making of an engine ended, is to the user."""
    if isinstance(error, TextReplaceError):
        return error
    if memory_limits.is_shortage(error):
        return OutOfMemory("There is not enough memory to start the engine: close other programs, or raise its limits.")
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    foreign = [name for name in _FOREIGN if os.environ.get(name)]
    without = f"start it without {' and '.join(foreign)}, or " if foreign else ""
    return EngineError(f"The engine cannot load its libraries ({said}): {without}install Text Replace again.")
