"""What several painters check of what they are asked."""

from __future__ import annotations

from typing import Any

from text_replace_wire.errors import UserError
from text_replace_wire.option import Kind, Option, Owner
from text_replace_wire.options import WORKING_SIZE
from text_replace_wire.prompts import shown

#: Which ones there are says every painter.
ANY_SCHEDULER = Option(
    "scheduler",
    Kind.CHOICE,
    None,
    "Scheduler",
    "How the steps are taken.",
    noun="scheduler",
    owner=Owner.PAINTER,
)


def check_working_size(size: int, multiple: int) -> None:
    """Raises UserError for one that is no multiple of what a network's sides must be multiples of.

    Which of the sizes a network takes is known when it is loaded.
    """
    if size % multiple or size < multiple or size > WORKING_SIZE.most:
        raise UserError(
            f"The working size is {size}; these models take multiples of {multiple} up to {WORKING_SIZE.most:g}."
        )


def check_value(option: Option, value: Any) -> None:
    """Raises UserError for what is no value of this option."""
    if option.kind in (Kind.NUMBER, Kind.INTEGER):
        option.check(value)
    elif option.kind is Kind.FLAG:
        if not isinstance(value, bool):
            raise UserError(f"The {option.noun} is {shown(str(value))}; it must be true or false.")
    elif not isinstance(value, str):
        raise UserError(f"The {option.noun} is {shown(str(value))}; it must be a text.")
    elif option.kind is Kind.CHOICE and value not in {entry.value for entry in option.entries}:
        known = ", ".join(entry.value for entry in option.entries)
        raise UserError(f"There is no {option.noun} “{shown(value)}”: use one of {known}.")
