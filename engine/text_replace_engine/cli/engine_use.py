"""Which engine answers a command: the running one, or one in this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

import typer

from text_replace_engine.local import ResidentEngine, in_process
from text_replace_wire import endpoint
from text_replace_wire.api import EngineApi
from text_replace_wire.errors import EngineUnavailable, UserError, WrongSecret, WrongVersion
from text_replace_wire.link import Link

#: (device, dtype, threads) -> an engine in this process; see `local.in_process`, which is the default.
EngineFactory = Callable[[str | None, str | None, int | None], ResidentEngine]


#: Seconds that an engine has to start.
_WAIT = 60.0


class EngineUse(StrEnum):
    AUTO = "auto"
    START = "start"
    REQUIRE = "require"
    NEVER = "never"


class Dtype(StrEnum):
    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"


def is_said(context: typer.Context, name: str) -> bool:
    """Whether the command line itself has the option of this name, not a variable or a default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


@contextmanager
def opened(
    context: typer.Context,
    use: EngineUse,
    device: str | None = None,
    dtype: Dtype | None = None,
    threads: int | None = None,
) -> Iterator[EngineApi]:
    """The engine to ask. Raises UserError; and EngineError, ProtocolError or OutOfMemory where the background engine is
    required, or to be started.
    """
    given = {"--device": device, "--dtype": dtype, "--threads": threads}
    own = next((option for option, value in given.items() if value is not None), None)
    if own and is_said(context, "engine") and use in (EngineUse.REQUIRE, EngineUse.START):
        raise UserError(f"{own} sets up an engine of this command's own: leave it out, or --engine {use.value}.")
    link = None if own or use is EngineUse.NEVER else _background(use)
    if link is None:
        yield own_engine(context, device, dtype, threads)
        return
    with link:
        yield link


def is_own(context: typer.Context, use: EngineUse, *set_up: object) -> bool:
    """Whether `opened` is sure to give an engine in this process, whose model sets are those that are known here.
    set_up: device, dtype and threads.
    """
    if context.obj is not None:
        return False
    if use is EngineUse.NEVER or any(value is not None for value in set_up):
        return True
    try:
        endpoint.read()
    except EngineUnavailable:
        return use is EngineUse.AUTO
    return False


def own_engine(
    context: typer.Context, device: str | None = None, dtype: Dtype | None = None, threads: int | None = None
) -> ResidentEngine:
    """An engine in this process, by what the command line was given to make one (`cli.main`)."""
    leave_deleted_folder()
    build: EngineFactory = context.obj or in_process
    return build(device, dtype.value if dtype else None, threads)


def leave_deleted_folder() -> None:
    """Where the current folder has been deleted, go elsewhere: torch's mathematics would end the process. Relative
    names mean nothing in such a folder, and must have been refused.
    """
    try:
        Path.cwd()
    except FileNotFoundError:
        os.chdir(sys.prefix)


def _background(use: EngineUse) -> Link | None:
    if use is EngineUse.START:
        from text_replace_engine.serving import lifecycle

        return lifecycle.link(_WAIT)
    try:
        return Link.connect()
    # A stale file may name a port that another user's engine has now.
    except (EngineUnavailable, WrongSecret):
        if use is EngineUse.REQUIRE:
            raise
    except WrongVersion:
        if use is EngineUse.REQUIRE:
            raise
        typer.echo(
            "The running engine has another version than this command, which works without it: run install/setup again "
            "so that both have the same.",
            err=True,
        )
    return None
