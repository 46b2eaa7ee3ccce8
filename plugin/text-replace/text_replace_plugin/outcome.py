"""How a run ended, for GIMP: a value, a cancel, or one sentence."""

from __future__ import annotations

import datetime
import sys
import traceback
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Callable, Optional

from text_replace_plugin.i18n import _, explained
from text_replace_wire import paths
from text_replace_wire.errors import Cancelled, EngineUnavailable, TextReplaceError

LOG_NAME = "plug-in.log"


class Ending(Enum):
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """`value` is what the work gave (DONE); `message` one sentence for the user (FAILED)."""

    ending: Ending
    message: str = ""
    value: Any = None


def of(work: Callable[[], Any]) -> Outcome:
    """Run `work`; no exception leaves this function."""
    try:
        return Outcome(Ending.DONE, value=work())
    except Cancelled:
        return Outcome(Ending.CANCELLED)
    except Exception as error:
        return Outcome(Ending.FAILED, sentence(error))


def attempt(work: Callable[[], None]) -> None:
    """Run `work` that can be done without: where it fails, only the log says so."""
    try:
        work()
    except Exception as error:
        _log(error)


def sentence(error: BaseException) -> str:
    """What to tell the user; what nobody foresaw goes to the log."""
    if isinstance(error, TextReplaceError):
        return explained(error)
    if isinstance(error, MemoryError):
        return _("GIMP ran out of memory for Text Replace: close other images, or work on a smaller layer.")
    log = _log(error)
    if log is None:
        return _(
            "Text Replace stopped because of a mistake in it; its log could not be written, so start GIMP from a "
            "terminal to see what went wrong."
        )
    return _("Text Replace stopped because of a mistake in it; please report it with the log {log}.", log=log)


def _log(error: BaseException) -> Optional[Path]:
    """Write down where `error` came from: the log; None where only standard error has it."""
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    try:
        file = paths.private_log(LOG_NAME)
        with file.open("a", encoding="utf-8") as stream:
            stream.write(f"{datetime.datetime.now().isoformat()}\n{trace}\n")
    except (OSError, EngineUnavailable):
        print(trace, file=sys.stderr)
        return None
    return file
