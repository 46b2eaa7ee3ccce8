"""What pictures are called that nobody gave a name: by their files, so that others beside them change nothing."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zlib

from text_replace_engine.identifiers import is_id
from text_replace_wire.errors import UserError
from text_replace_wire.options import MAX_SEED
from text_replace_wire.prompts import shown

_OTHER_SIGNS = re.compile(r"[^A-Za-z0-9._-]+")
#: Room for a hash within what `identifiers.is_id` takes.
_LONGEST = 80


class Ids:
    """The ids of one input, each once. place: who has it, for sentences."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    def given(self, identifier: str, place: str) -> str:
        """One that the user chose. Raises UserError where it names no file, or is another's."""
        if not is_id(identifier):
            raise UserError(
                f"the id “{shown(identifier)}” is no name for files: use letters, digits, “-”, “_” and “.”."
            )
        # Some file systems take names that differ in capitals for one.
        other = self._places.setdefault(identifier.lower(), place)
        if other != place:
            raise UserError(f"the id “{identifier}” is that of {other}: give every picture its own.")
        return identifier

    def made(self, stem: str, what: str, place: str) -> str:
        """One from the name of a file without its ending; where that is taken, from `what` as well, a text that nobody
        else has. Raises UserError where somebody has it.
        """
        identifier = _identifier(stem)
        if identifier.lower() in self._places:
            identifier = f"{identifier[:_LONGEST]}-{_hash(what)}"
        other = self._places.setdefault(identifier.lower(), place)
        if other != place:
            raise UserError(f"this is {other} again: leave one out, or give each an id.")
        return identifier


def seed_of(identifier: str, base: int) -> int:
    """A picture's seed, 0 … 2³¹ − 1, where its entry says none: it depends on no other picture."""
    return (base + zlib.crc32(identifier.encode())) % (MAX_SEED + 1)


def _identifier(stem: str) -> str:
    letters = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    plain = _OTHER_SIGNS.sub("-", letters).lstrip("._-")[:_LONGEST]
    # macOS writes letters and their accents apart.
    return plain if plain == stem else f"{plain or 'picture'}-{_hash(unicodedata.normalize('NFC', stem))}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
