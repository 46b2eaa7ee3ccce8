"""The parts of the photo set: what they are called, as are their folders, and how one is had again."""

from __future__ import annotations

from pathlib import Path

DETECTOR, MASKER, CLIP, NOUNS = "detector", "masker", "clip", "nouns"
PAINTER, FEW_STEPS = "painter", "few-steps"
#: The better painter, which a pull fetches where it is asked to.
KLEIN = "klein"
#: What finds in place of detector and masker, what removes, and what makes previews.
CONCEPTS, ERASER, PREVIEWS = "concepts", "eraser", "previews"
#: Those that no pull fetches.
IMPORTED = (CONCEPTS, ERASER, PREVIEWS)
_ALL = (DETECTOR, MASKER, CLIP, NOUNS, PAINTER, FEW_STEPS, KLEIN, *IMPORTED)


def remedy(role: str) -> str:
    """What to do where a part is missing or damaged, as the end of a sentence."""
    if role in IMPORTED:
        return "import it again with “text-replace models import”"
    which = f"photo --painter {KLEIN}" if role == KLEIN else "photo"
    return f"run “text-replace models pull {which}” again, or import it again"


def role_at(place: Path) -> str:
    """The part to which a file or folder in the set's folder belongs; its own name where it is of none."""
    return next((name for name in reversed(place.with_suffix("").parts) if name in _ALL), place.name)
