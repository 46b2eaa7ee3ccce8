"""Where the models that are installed came from, by what is recorded beside them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from text_replace_engine.models.files import read_json
from text_replace_wire.errors import ModelError


@dataclass(frozen=True)
class Origin:
    """Where a role's weights came from. `file`: a file's name, or a snapshot's repository or folder. `sha256` is the
    fetched file's, or stands for all of a snapshot; `published`: whether its publisher's hash was known beforehand and
    agreed. revision: a snapshot's, where it was fetched.
    """

    variant: str
    file: str
    sha256: str
    published: bool
    revision: str = ""

    def __str__(self) -> str:
        return f"{self.variant}@{self.revision}" if self.revision else self.variant

    def as_json(self) -> dict[str, Any]:
        """For the role's description; read again by `origins`."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value != ""}


def origins(place: Path, roles: Iterable[str]) -> Mapping[str, Origin]:
    """By role, what is installed in a folder; a description that cannot be read is left out."""
    found = {}
    for role in roles:
        with suppress(ModelError, KeyError, TypeError):
            found[role] = Origin(**read_json(place / f"{role}.json")["origin"])
    return found
