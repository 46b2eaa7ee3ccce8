"""Options that several painters take."""

from __future__ import annotations

from text_replace_wire.errors import UserError
from text_replace_wire.options import Kind, Option, Owner

MAX_WORKING_SIZE = 1024
#: Which of the sizes a network takes is known when it is loaded.
WORKING_SIZE = Option(
    "working-size",
    Kind.INTEGER,
    None,
    "Working size",
    "Side of the square that the network paints.",
    least=1,
    most=MAX_WORKING_SIZE,
    noun="working size",
    owner=Owner.PAINTER,
)


def check_working_size(size: int, multiple: int) -> None:
    """Raises UserError for one that is no multiple of what a network's sides must be multiples of."""
    if size % multiple or size < multiple or size > MAX_WORKING_SIZE:
        raise UserError(
            f"The working size is {size}; these models take multiples of {multiple} up to {MAX_WORKING_SIZE}."
        )
