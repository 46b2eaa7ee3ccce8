"""What an exception is to the user: one error of our tree, its sentence, and a bug's traceback in the log."""

from __future__ import annotations

import errno
import sys
import time
import traceback
from collections.abc import Sequence

from text_replace_engine import memory_limits, unusable
from text_replace_wire import paths
from text_replace_wire.errors import (
    EngineUnavailable,
    InternalError,
    OutOfMemory,
    OutputError,
    TextReplaceError,
    UserError,
)

COMMAND_LOG = "text-replace.log"
#: What is wrong with a place that the user chose, and no mistake of ours.
_PLACES: dict[int | None, type[TextReplaceError]] = {
    **dict.fromkeys((errno.EACCES, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EPERM), UserError),
    **dict.fromkeys((errno.EDQUOT, errno.EIO, errno.ENOSPC, errno.EROFS), OutputError),
}
#: Written files do not say their names then, as opened ones do.
_FULL = (errno.EDQUOT, errno.EFBIG, errno.ENOSPC)
_PROMPTS = ("--replace", "--with", "--category")
_HIDDEN = "…"


def failure_of(error: BaseException) -> TextReplaceError:
    """`error`, or what it comes to; of a mistake of ours the log has the rest."""
    if isinstance(error, TextReplaceError):
        return error
    if memory_limits.is_shortage(error):
        # Of this command, which holds the whole picture: a smaller selection would not help.
        return OutOfMemory("There is not enough memory for this picture: scale it down, or close other programs.")
    if isinstance(error, OSError) and error.filename is not None and error.errno in _PLACES:
        return _PLACES[error.errno](f"“{error.filename}” cannot be used: {error.strerror}.")
    if isinstance(error, OSError) and error.errno in _FULL:
        return OutputError("The disk is full: free some space, or choose another folder.")
    if isinstance(error, ImportError):
        return unusable.reason(error)
    return InternalError(f"Something unexpected happened ({type(error).__name__}). {_logged(error)}")


def _logged(error: BaseException) -> str:
    """Put the traceback into the log; says where it is."""
    lines = [
        f"{time.strftime('%Y-%m-%d %H:%M:%S')} {without_prompts(sys.argv)}\n",
        *traceback.format_exception(error),
        "\n",
    ]
    try:
        path = paths.private_log(COMMAND_LOG)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.writelines(lines)
    except OSError as second:
        return f"Its log “{paths.log_dir() / COMMAND_LOG}” could not be written: {second.strerror}."
    except EngineUnavailable as second:
        return f"Its log could not be written. {second}"
    return f"Please report it with the log “{path}”."


def without_prompts(arguments: Sequence[str]) -> list[str]:
    """A command line without what the user typed to be replaced and to be painted."""
    kept: list[str] = []
    for argument in arguments:
        option, equals, _ = argument.partition("=")
        if kept and kept[-1] in _PROMPTS:
            kept.append(_HIDDEN)
        else:
            kept.append(f"{option}={_HIDDEN}" if equals and option in _PROMPTS else argument)
    return kept
