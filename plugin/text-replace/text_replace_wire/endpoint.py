"""The endpoint file: where the running engine listens, and the secret that opens it. Only this user can read it."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass

from text_replace_wire import paths
from text_replace_wire.errors import EngineUnavailable


@dataclass(frozen=True)
class Endpoint:
    """port: of 127.0.0.1. secret: what Hello must carry. pid: the engine's. engine: its name and version."""

    port: int
    secret: str
    pid: int
    protocol: int
    engine: str

    def __post_init__(self) -> None:
        numbers, texts = (self.port, self.pid, self.protocol), (self.secret, self.engine)
        if not all(type(number) is int for number in numbers) or not all(type(text) is str for text in texts):
            raise ValueError("wrong types")
        if not 0 < self.port < 65536:
            raise ValueError("no such port")


def read() -> Endpoint:
    """The published endpoint; nobody need be listening there. Raises EngineUnavailable."""
    file = paths.endpoint_file()
    try:
        return Endpoint(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise EngineUnavailable("The engine is not running: start it with “text-replace start”.") from error
    except OSError as error:
        raise EngineUnavailable(
            f"The engine's file “{file}” cannot be read ({error.strerror}): {paths.remedy(error)}."
        ) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise EngineUnavailable(
            f"The engine's file “{file}” is damaged: restart the engine with “text-replace start”."
        ) from error


def write(endpoint: Endpoint) -> None:
    """Publish `endpoint` at once and whole. Raises OSError."""
    file = paths.endpoint_file()
    paths.make_private(file.parent)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            json.dump(asdict(endpoint), stream)
        draft.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def remove() -> None:
    """Take the endpoint back. Only the engine that published it may."""
    with contextlib.suppress(FileNotFoundError):
        paths.endpoint_file().unlink()
