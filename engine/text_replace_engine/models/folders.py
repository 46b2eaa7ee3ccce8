"""Where the models of the paper's method are: those that come with the engine, and those that were fetched."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

from text_replace_engine.models.files import STARTER, read_json
from text_replace_engine.models.full.pulling import FULL
from text_replace_engine.models.vocabulary import Vocabulary, read_vocabulary
from text_replace_wire.errors import ModelMissing

#: `detail` takes what was painted to native size; `shapes` knows what the painted things look like; `style` tells the
#: pictures that the starter's networks have learnt from others.
STARTER_ROLES = (*FULL.needed, "detail", "shapes", "style")


def is_installed(which: str) -> bool:
    """Whether the files of the models called `which` ("starter" or "full") are there."""
    return which == "starter" or FULL.is_usable()


def folder_of(which: str) -> Path:
    """Where the models called `which` are. Raises ModelMissing where they are not installed."""
    if not is_installed(which):
        raise ModelMissing(
            f"The {which} models are not installed: fetch them with “text-replace models pull {which}”, "
            "or use the starter models."
        )
    return STARTER if which == "starter" else FULL.folder()


def is_fetched(folder: Path) -> bool:
    """Whether the models in a folder were fetched. Raises ModelMissing or ModelDamaged."""
    return "origin" in read_json(folder / "denoiser.json")


def vocabulary_of(which: str) -> Vocabulary | None:
    """The names that the models called `which` promise to paint, None where they take any text.

    Raises ModelMissing or ModelDamaged.
    """
    folder = folder_of(which)
    return None if is_fetched(folder) else read_vocabulary(folder / "vocabulary.json")


def stamp_of(which: str) -> Hashable:
    """Changes when other files are installed."""
    return () if which == "starter" else FULL.stamp()
