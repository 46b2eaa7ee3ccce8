"""`--ray` and what goes with it: a batch on a cluster."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

_OPTION = "--ray"
#: What --ray means alone: see `joining.LOCAL`, whose module need not be there.
_LOCAL = "local"
_ADDRESS = re.compile(r"auto|local|\w+://\S*|[^\s/\\:]+:\d+|\[[\da-fA-F:]+\]:\d+")

RayOption = Annotated[
    str | None,
    typer.Option(
        _OPTION,
        metavar="[ADDRESS]",
        help="On a cluster of Ray to which this machine belongs: auto, or HOST:PORT; alone: on this machine.",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Engines of --ray; else one for each graphics card, or --threads."),
]
SharedOption = Annotated[
    bool, typer.Option("--shared", help="The machines of --ray read the pictures themselves, under the same names.")
]


class TakingAddress(TyperCommand):
    """A command whose --ray may stand alone, which Typer's options cannot: what follows is its value where it looks like
    an address.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See `TyperCommand`."""
        return super().parse_args(ctx, with_address(args))


def with_address(arguments: list[str]) -> list[str]:
    """A command line in which --ray has a value."""
    following = [*arguments[1:], ""]
    return [
        f"{_OPTION}={_LOCAL}" if argument == _OPTION and not _ADDRESS.fullmatch(after) else argument
        for argument, after in zip(arguments, following, strict=True)
    ]
