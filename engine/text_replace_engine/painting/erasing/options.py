"""What LaMa can be asked, and when it removes. Imports no torch."""

from __future__ import annotations

from text_replace_engine.painting.latent.names import PainterName, Preset
from text_replace_engine.painting.latent.options import asked, check_photo
from text_replace_wire.errors import UserError
from text_replace_wire.model_messages import PainterEntry
from text_replace_wire.options import PAINTER, ROOM
from text_replace_wire.painting import Painting

_TAKEN = tuple(option.field for option in (PAINTER, ROOM))
ENTRY = PainterEntry(PainterName.LAMA.value, tuple(preset.value for preset in Preset), _TAKEN)


def check(painting: Painting) -> None:
    """Raises UserError for what LaMa cannot be asked."""
    check_photo(painting)
    if not painting.remove:
        raise UserError("LaMa only removes: remove the object, or leave out the painter.")
    refused = [field for field in asked(painting) if field not in _TAKEN]
    if refused:
        raise UserError(f"LaMa removes in one way only: leave out {', '.join(refused)}, or use the painter sd15.")


def chosen(painting: Painting) -> tuple[bool, str]:
    """Whether LaMa does it where it is installed; and why it does not remove, where nobody asked for another painter,
    else empty.
    """
    painter = painting.options.get(PAINTER.field)
    if painter is not None or not painting.remove:
        return painter == PainterName.LAMA, ""
    try:
        check(painting)
    except UserError as error:
        return False, f"Painted over: {error}"
    return True, ""
