"""Finds the objects that a prompt means, by any Finder: it is asked for the nouns, and the words choose among these."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.colour_share import share
from text_replace_engine.finding.finder import Finder, Finding, Seen
from text_replace_engine.finding.phrases.asked import Asked, Group, every_group
from text_replace_engine.finding.phrases.choosing import Chooser, Chosen
from text_replace_engine.finding.phrases.language import Language
from text_replace_wire.messages import Stage

#: Channels that differ by no more, of 1, are those of a grey picture.
_GREY = 0.02


def found(
    asked: Asked, finder: Finder, image: Tensor, visible: NDArray[np.bool_], language: Language, is_listed: bool
) -> Generator[Stage, None, tuple[Finding, Chosen]]:
    """The candidates for what is asked for, in an RGB image (1, 3, h, w) in [0, 1] cut to the pixels `visible` (h, w),
    and which of them are meant.

    is_listed: whether the finder knows its nouns from a list, so that it reads no colours; any other is asked for the
    noun with its colour. Yields each stage as it begins. Raises OutOfMemory.
    """
    groups = list(every_group(asked.groups))
    sought = {_sought(group, is_listed) for group in groups if group.noun}
    general: list[str] = []
    if any(not group.noun for group in groups):
        seen = yield from finder.find(image, visible, language.anything)
        if seen.explanation:
            return seen, Chosen(())
        general = list(seen.seen) or [language.anything]
    wanted = [*sorted(sought), *(words for words in general if words not in sought)]
    finding = yield from finder.find(image, visible, ", ".join(wanted))
    if finding.explanation:
        return finding, Chosen(())
    # A finder may look for no more than some, and one of another package may not say what is whose.
    places = dict.fromkeys(wanted, () if finding.named else finding.chosen)
    places |= dict(zip(wanted, finding.named, strict=False))

    def named(group: Group) -> Sequence[int]:
        if group.noun:
            return places[_sought(group, is_listed)]
        return list(dict.fromkeys(place for words in general for place in places[words]))

    def coloured(candidate: Seen, colour: str) -> float:
        return share(image, candidate.pixels, colour)

    is_colour_sure = is_listed and _has_colours(image)
    return finding, Chooser(finding.ranked, named, coloured, language, is_colour_sure).chosen(asked)


def _sought(group: Group, is_listed: bool) -> str:
    return group.noun if is_listed else group.phrase or group.noun


def _has_colours(image: Tensor) -> bool:
    return float((image.amax(1) - image.amin(1)).max()) > _GREY
