"""What is installed of the full models, and where; without loading any of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from text_replace_engine.models.files import cache_folder, check_file, read_json
from text_replace_wire.errors import ModelError

#: Without these there is no edit; `upscaler` is optional.
NEEDED = ("segmenter", "clip", "perceptual", "denoiser")
ROLES = (*NEEDED, "upscaler")
#: What comes with the engine also tells whether a picture is in its style.
STARTER_ROLES = (*ROLES, "style")


@dataclass(frozen=True)
class Origin:
    """Where a role's weights came from. `sha256` is the fetched file's, `published` whether its publisher's hash was
    known beforehand and agreed.
    """

    variant: str
    file: str
    sha256: str
    published: bool

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def folder() -> Path:
    """Where the full models live; it may not exist yet."""
    return cache_folder() / "models" / "full"


def is_complete(place: Path) -> bool:
    """Whether every role that an edit needs has its files."""
    return all((place / f"{role}{ending}").is_file() for role in NEEDED for ending in (".json", ".safetensors"))


def origins(place: Path) -> Mapping[str, Origin]:
    """By role, what is installed; a description that cannot be read is left out."""
    found = {}
    for role in ROLES:
        with suppress(ModelError, KeyError, TypeError):
            found[role] = Origin(**read_json(place / f"{role}.json")["origin"])
    return found


def verify(place: Path, role: str) -> None:
    """Raises ModelMissing or ModelDamaged unless the role's weights are what was recorded when they were installed."""
    description = read_json(place / f"{role}.json")
    check_file(place / f"{role}.safetensors", description.get("sha256"))
    tokenizer = description.get("config", {}).get("tokenizer")
    if tokenizer is not None:
        check_file(place / tokenizer["file"], tokenizer["sha256"])
