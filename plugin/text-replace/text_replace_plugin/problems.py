"""What to say and to offer when something went wrong, and what a user may paste into a report."""

from __future__ import annotations

import json
import platform
import threading
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
from text_replace_wire.link import Link
from text_replace_wire.messages import PROTOCOL_VERSION

#: Seconds for each answer of an engine that a report is about.
PATIENCE = 3.0


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


class Probe(threading.Thread):
    """Asks the running engine about itself, beside the windows; starts at once and ends within a few seconds. None is
    started for this. Speaks to the engine only: GIMP and GTK belong to the main thread.
    """

    def __init__(self) -> None:
        super().__init__(name="probe", daemon=True)
        #: For `diagnostics`, once the thread has ended.
        self.found: dict[str, Any] = {}
        self.start()

    def run(self) -> None:
        try:
            with Link.connect(timeout=PATIENCE) as link:
                status = link.status(PATIENCE)
        except TextReplaceError as error:
            self.found = {"running": False, "error": type(error.__cause__ or error).__name__}
        else:
            self.found = {
                "running": True,
                "version": status.engine,
                "busy": status.busy,
                "queued": status.queued,
                "models": list(status.models),
                "device": status.device,
            }


def diagnostics(problem: Problem, engine: dict[str, Any]) -> str:
    """Text for a report. engine: what a Probe found."""
    return json.dumps(
        {
            **problem.facts,
            "protocol": PROTOCOL_VERSION,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "flatpak": launch.FLATPAK_MARK.exists(),
            "engine": engine,
        },
        indent=1,
    )
