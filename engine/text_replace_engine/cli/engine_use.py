"""Which engine answers a command: the running one, or the pipeline in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from text_replace_wire.errors import EngineUnavailable, UserError, WrongSecret, WrongVersion
from text_replace_wire.link import Link

if TYPE_CHECKING:
    from text_replace_engine.client.exchange import Engine


class EngineUse(StrEnum):
    AUTO = "auto"
    REQUIRE = "require"
    NEVER = "never"


class Dtype(StrEnum):
    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"


@contextmanager
def opened(use: EngineUse, device: str | None = None, dtype: Dtype | None = None) -> Iterator[Engine]:
    """The engine to ask. Raises UserError, and EngineError or ProtocolError where the running engine is required."""
    own = device is not None or dtype is not None
    if own and use is EngineUse.REQUIRE:
        raise UserError("--device and --dtype set up an engine of this command's own: leave out --engine require.")
    link = None if own or use is EngineUse.NEVER else _running(required=use is EngineUse.REQUIRE)
    if link is None:
        yield _local(device, dtype)
        return
    with link:
        yield link


def _running(required: bool) -> Link | None:
    try:
        return Link.connect()
    # A stale file may name a port that another user's engine has now.
    except (EngineUnavailable, WrongSecret):
        if required:
            raise
    except WrongVersion:
        if required:
            raise
        typer.echo(
            "The running engine has another version than this command, which works without it: run install/setup again "
            "so that both have the same.",
            err=True,
        )
    return None


def _local(device: str | None, dtype: Dtype | None) -> Engine:
    # torch takes seconds to import: only for who computes here.
    from text_replace_engine.local import LocalEngine
    from text_replace_engine.pipeline import Pipeline

    return LocalEngine(Pipeline(device, dtype.value if dtype else None))
