"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from text_replace_engine.cli.engine_use import EngineUse
from text_replace_wire.messages import ModelChoice

Picture = Annotated[
    Path, typer.Argument(metavar="IN", help="PNG, JPEG, WebP or TIFF; grey or RGB, 8 bits, with or without alpha.")
]
Replace = Annotated[str, typer.Option("--replace", metavar="TEXT", help="What to replace, for example “apple”.")]
Where = Annotated[
    Path | None,
    typer.Option("--where", metavar="F.png", help="Look only where this grey picture of IN's size is not black."),
]
Models = Annotated[ModelChoice, typer.Option("--models", help="Which models; auto: full when installed, else starter.")]
Use = Annotated[
    EngineUse, typer.Option("--engine", help="auto: the running engine, else this process; require; never.")
]
ReportFile = Annotated[
    Path | None, typer.Option("--json", metavar="F", help="Write a report, also when something goes wrong.")
]
