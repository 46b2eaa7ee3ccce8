"""`text-replace serve`, `start`, `stop` and `status`: the background engine."""

from __future__ import annotations

import dataclasses
import json as jsonlib
from typing import Annotated

import typer

from text_replace_engine.cli.engine_use import Dtype, own_engine
from text_replace_engine.cli.failures import explained
from text_replace_engine.cli.streams import check_printed
from text_replace_wire.errors import EngineUnavailable
from text_replace_wire.status_messages import Status

Wait = Annotated[float, typer.Option(min=0.0, metavar="SECONDS", help="Give up after this long.")]


def serve(
    context: typer.Context,
    idle_minutes: Annotated[
        float, typer.Option(min=0.0, metavar="MINUTES", help="Exit when nothing was asked for this long.")
    ] = 15.0,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, …; else chosen here.")] = None,
    dtype: Annotated[Dtype | None, typer.Option(help="Number format; else chosen here.")] = None,
) -> None:
    """Run the engine in the foreground until Ctrl-C, stop, or idleness."""
    with explained():
        from text_replace_engine.serving import lifecycle

        lifecycle.serve(idle_minutes, lambda: own_engine(context, device, dtype))


def start(wait: Wait = 60.0) -> None:
    """Start the engine in the background, unless it runs already."""
    with explained():
        from text_replace_engine.serving import lifecycle

        typer.echo(_sentence(lifecycle.start(wait)))


def stop(wait: Wait = 30.0) -> None:
    """Stop the engine; an edit in progress is cancelled."""
    with explained():
        from text_replace_engine.serving import lifecycle

        typer.echo("The engine has stopped." if lifecycle.stop(wait) else "No engine was running.")


def status(
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON: null when no engine runs.")] = False,
) -> None:
    """Say what the engine is doing. Exit code 5 when none is running."""
    with explained():
        from text_replace_engine.serving import lifecycle

        answer = lifecycle.status()
        if json:
            typer.echo(jsonlib.dumps(None if answer is None else dataclasses.asdict(answer)))
        elif answer is not None:
            typer.echo(_sentence(answer))
        else:
            typer.echo("No engine is running: text-replace start starts one.")
        if answer is None:
            raise typer.Exit(EngineUnavailable.exit_code)
        check_printed()


def _sentence(status: Status) -> str:
    doing = f"working, {status.queued} waiting" if status.busy else f"idle for {status.idle_seconds:.0f} s"
    models = ", ".join(status.models) or "no models yet"
    where = f"process {status.pid}, {status.device or 'no device yet'}, {models} loaded"
    return f"{status.engine} is running ({where}): {doing}."
