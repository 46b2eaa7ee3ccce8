"""The modules of lab/, which only training and measuring need."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from text_replace_engine import memory_limits
from text_replace_wire.errors import UserError

ArtOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="The unpacked art; else npm fetches it into the cache.")
]
OutsideOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Photographs, scans and screenshots, which are not in the starter's style."),
]


def lab(room: str) -> ModuleType:
    """A module of lab/, by its name there: nothing else needs its libraries, so nothing imports it. Raises UserError
    where they are not installed, and OutOfMemory where the limits on memory are too low for them.
    """
    memory_limits.check()
    try:
        return importlib.import_module(f"text_replace_engine.lab.{room}")
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing in ("", "text_replace_engine", "text_replace_wire"):
            raise
        raise UserError(
            f"This command needs “{missing}”, which is not installed: run install/setup again, or install the extra "
            "“lab” from a clone of Text Replace (pip install '.[lab]')."
        ) from error
