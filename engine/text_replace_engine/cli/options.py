"""The options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from text_replace_engine.cli.engine_use import EngineUse
from text_replace_wire.choosing import Select


class Preset(StrEnum):
    PAPER = "paper"
    STANDARD = "standard"
    FAST = "fast"
    BEST = "best"


class Scheduler(StrEnum):
    """Those of every painter; each refuses the others'."""

    DDIM = "ddim"
    DDPM = "ddpm"
    LCM = "lcm"


PictureArgument = Annotated[Path, typer.Argument(metavar="IN", help="PNG, JPEG, WebP, TIFF or AVIF.")]
ReplaceOption = Annotated[
    str, typer.Option("--replace", metavar="TEXT", help="What is in the picture, for example “apple”.")
]
ReplacedOption = Annotated[
    list[str],
    typer.Option(
        "--replace",
        metavar="TEXT",
        help="What is in the picture, for example “apple”; several times, each with its --with: several objects.",
    ),
]
WhereOption = Annotated[
    Path | None,
    typer.Option("--where", metavar="F.png", help="Look only where this grey picture of IN's size is not black."),
]
PointOption = Annotated[
    list[str] | None,
    typer.Option("--point", metavar="X,Y", help="The object is at this pixel of IN; may be given several times."),
]
BoxOption = Annotated[
    str | None, typer.Option("--box", metavar="X0,Y0,X1,Y1", help="The object is in this box, in pixels of IN.")
]
SelectOption = Annotated[
    Select,
    typer.Option(
        "--select", help="The rule that chooses among the segments: ours, or the paper's, which refuses nothing."
    ),
]
PageOption = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Of several pages or frames in IN: this one; else the first.")
]
ModelsOption = Annotated[
    str,
    typer.Option(
        "--models",
        metavar="ID",
        help="Which models to use: auto, photo, full, starter, …; auto: the first of these that is installed.",
    ),
]
EngineOption = Annotated[
    EngineUse,
    typer.Option(
        "--engine",
        envvar="TEXT_REPLACE_ENGINE",
        help="auto: the running engine, else this process; start: else one that stays for the next commands; require; "
        "never.",
    ),
]
ReportOption = Annotated[
    Path | None, typer.Option("--json", metavar="F", help="Write a report, also when something goes wrong.")
]
