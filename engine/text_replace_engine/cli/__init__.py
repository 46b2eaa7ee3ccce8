"""The command line, `text-replace`. Importing it is cheap: torch and Pillow come with the command that needs them."""

from __future__ import annotations

import typer

from text_replace_engine.cli import streams
from text_replace_engine.cli.ablate import ablate
from text_replace_engine.cli.background import serve, start, status, stop
from text_replace_engine.cli.batch import batch
from text_replace_engine.cli.cluster import TakingAddress
from text_replace_engine.cli.doctor import doctor
from text_replace_engine.cli.edit import edit
from text_replace_engine.cli.engine_use import EngineFactory
from text_replace_engine.cli.evaluate import evaluate
from text_replace_engine.cli.failures import quieten
from text_replace_engine.cli.models import app as models
from text_replace_engine.cli.segment import segment
from text_replace_engine.cli.train import train
from text_replace_engine.cli.tunnel import dial, tunnel
from text_replace_engine.local import in_process

# Plain text: a sentence stays one line for scripts, and nothing is drawn into pipes.
app = typer.Typer(
    help="Replace an object in a picture by typing two words. GIMP's plug-in asks the same engine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (edit, batch, segment, serve, start, stop, status, tunnel, dial, train, evaluate, ablate, doctor):
    app.command(cls=TakingAddress if command is batch else None)(command)
app.add_typer(models, name="models")


def main(engine: EngineFactory = in_process) -> None:
    """The entry point of `text-replace`. engine: makes the engine of commands that compute in this process."""
    streams.prepare()
    quieten()
    app(prog_name="text-replace", obj=engine)
