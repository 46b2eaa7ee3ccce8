"""What several painters check of what they are asked."""

from __future__ import annotations

from text_replace_wire.errors import UserError
from text_replace_wire.options import WORKING_SIZE


def check_working_size(size: int, multiple: int) -> None:
    """Raises UserError for one that is no multiple of what a network's sides must be multiples of.

    Which of the sizes a network takes is known when it is loaded.
    """
    if size % multiple or size < multiple or size > WORKING_SIZE.most:
        raise UserError(
            f"The working size is {size}; these models take multiples of {multiple} up to {WORKING_SIZE.most:g}."
        )
