"""`text-replace tunnel` and `dial`: this machine's and the other end of the way to an engine on another machine."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from text_replace_engine.cli.background import Wait
from text_replace_engine.cli.failures import explained


def tunnel(
    box: Annotated[str, typer.Argument(metavar="[USER@]HOST", help="The other machine, as ssh takes it.")],
    command: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="text-replace there; else where set-up puts it.")
    ] = None,
) -> None:
    """Have GIMP and this command line use the engine on another machine, through ssh, until Ctrl-C."""
    with explained(), suppress(KeyboardInterrupt):
        from text_replace_engine.serving.tunnel import COMMAND, Tunnel

        Tunnel(box, command or COMMAND).run(
            lambda engine: typer.echo(f"GIMP and this command line use {engine} now: Ctrl-C ends that.")
        )


def dial(wait: Wait = 60.0) -> None:
    """What “tunnel” runs on the other machine: connects standard input and output with the engine there."""
    with explained():
        from text_replace_engine.serving.dial import dial

        dial(0, 1, wait)
