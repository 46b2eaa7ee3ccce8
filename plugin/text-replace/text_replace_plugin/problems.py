"""What to say and to offer when something went wrong, and what a user may paste into a report."""

from __future__ import annotations

import json
import platform
import traceback
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from text_replace_plugin import outcome
from text_replace_wire import launch
from text_replace_wire.errors import (
    BadPrompt,
    BadSelection,
    CannotPaint,
    EngineError,
    ModelError,
    NotFound,
    ProtocolError,
    TextReplaceError,
)
from text_replace_wire.messages import PROTOCOL_VERSION


class Remedy(Enum):
    """What the user can do next."""

    START_ENGINE = "start engine"
    PULL_MODELS = "pull models"
    OPEN_LOG = "open log"


@dataclass(frozen=True)
class Problem:
    """facts: for a report; nothing in them tells prompts, paths or the secret."""

    message: str
    remedies: tuple[Remedy, ...] = ()
    is_harmless: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


def of(error: BaseException, **facts: Any) -> Problem:
    """The problem that `error` is. `facts`: what else a report should have."""
    known = isinstance(error, TextReplaceError)
    about = {"error": type(error).__name__, "kind": getattr(error, "kind", "bug"), **facts}
    if not known:
        about["traceback"] = _places(error)
    return Problem(outcome.sentence(error), _remedies(error), isinstance(error, _HARMLESS), about)


#: The user asked for something that is not there; nothing is out of order.
_HARMLESS = (NotFound, BadPrompt, BadSelection, CannotPaint)


def _remedies(error: BaseException) -> tuple[Remedy, ...]:
    if isinstance(error, (ModelError, CannotPaint)):
        return (Remedy.PULL_MODELS,)
    if isinstance(error, (EngineError, ProtocolError)):
        return Remedy.START_ENGINE, Remedy.OPEN_LOG
    if isinstance(error, _HARMLESS):
        return ()
    return (Remedy.OPEN_LOG,)


def _places(error: BaseException) -> list[str]:
    """Where the error came from: file names without folders, and no values."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def diagnostics(problem: Problem) -> str:
    """Text for a report."""
    return json.dumps(
        {
            **problem.facts,
            "protocol": PROTOCOL_VERSION,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "flatpak": launch.FLATPAK_MARK.exists(),
            "engine": _engine(),
        },
        indent=1,
    )


def _engine() -> dict[str, Any]:
    """What the running engine says of itself; none is started for this."""
    try:
        link = launch.answering()
        if link is None:
            return {"running": False}
        with link:
            status = link.status()
    except TextReplaceError as error:
        return {"running": False, "error": type(error).__name__}
    return {
        "running": True,
        "version": status.engine,
        "busy": status.busy,
        "queued": status.queued,
        "models": list(status.models),
        "device": status.device,
    }
