"""How a command fails: one sentence on stderr, its exit code (engine/REFERENCE.md), a bug's traceback in the log."""

from __future__ import annotations

import errno
import logging
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

import typer

from text_replace_engine import memory_limits, signals, unusable
from text_replace_wire import paths
from text_replace_wire.errors import (
    Cancelled,
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
_PROMPTS = ("--replace", "--with")
_HIDDEN = "…"


class Interrupt:
    """Ctrl-C and a polite kill: raise KeyboardInterrupt, and stay set for code in which a library swallowed that."""

    def __init__(self) -> None:
        self._pressed = False

    def is_set(self) -> bool:
        return self._pressed

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self._pressed = True
        raise KeyboardInterrupt


@contextmanager
def explained(
    on_failure: Callable[[TextReplaceError], None] = lambda error: None,
    interrupted: str = "Interrupted: nothing was written.",
) -> Iterator[Interrupt]:
    """Gives the Interrupt that Ctrl-C sets while the block runs, and turns whatever that raises into one sentence and
    its exit code; `on_failure` hears of it first. interrupted: the sentence of Ctrl-C.
    """
    interrupt = Interrupt()
    with signals.heard(interrupt):
        try:
            yield interrupt
        except typer.Exit:
            raise
        except BaseException as error:
            is_pressed = interrupt.is_set() or isinstance(error, KeyboardInterrupt)
            failure = Cancelled(interrupted) if is_pressed else _failure(error)
            with suppress(KeyboardInterrupt):
                _tell(str(failure))
                try:
                    on_failure(failure)
                except TextReplaceError as second:
                    if str(second) != str(failure):
                        _tell(str(second))
            raise typer.Exit(failure.exit_code) from error


def _failure(error: BaseException) -> TextReplaceError:
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


def _tell(sentence: str) -> None:
    print(f"text-replace: {sentence}", file=sys.stderr)


def quieten() -> None:
    """Libraries' warnings are for their developers; what users must know is an error of ours."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    for name, value in (("HF_HUB_DISABLE_PROGRESS_BARS", "1"), ("TRANSFORMERS_VERBOSITY", "error")):
        os.environ.setdefault(name, value)
