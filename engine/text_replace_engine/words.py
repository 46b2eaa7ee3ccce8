"""The words of a request: whether models can do what they say, and what the models are told of them.

Words are checked before torch is imported.
"""

from __future__ import annotations

from text_replace_engine.finding.phrases.asked import Asked, every_group, with_nouns
from text_replace_engine.models.vocabulary import Reading
from text_replace_engine.sets.model_set import LoadedSet, ModelSet, RemovingSet
from text_replace_wire.errors import CannotPaint
from text_replace_wire.messages import Edit, check_wanted
from text_replace_wire.painting import Painting
from text_replace_wire.prompts import normalised, shown

#: More would each be too small to be seen.
_MOST_OBJECTS = 6


def check(model_set: ModelSet, with_: str, painting: Painting) -> None:
    """Raises UserError and ModelError for what the models cannot do."""
    wanted = check_wanted(with_, painting)
    if not painting.remove:
        model_set.check(plain(wanted), painting)
        count = len(model_set.reading(plain(wanted)).objects)
        if count > _MOST_OBJECTS:
            raise CannotPaint(
                f"“With” names {count} objects; in the place of one at most {_MOST_OBJECTS} can be painted: name fewer."
            )
    elif isinstance(model_set, RemovingSet):
        model_set.check_removal(painting)
    else:
        raise CannotPaint(
            f"The {model_set.id} models cannot remove; say what to paint instead, or fetch the photo models with "
            "“text-replace models pull photo”."
        )


def told_of(request: Edit, models: LoadedSet, model_set: ModelSet) -> Reading:
    """What the painter is told to paint. Raises ModelError."""
    if request.painting.remove:
        return Reading("")
    if models.reads_sentences:
        return Reading(as_typed(request.with_))
    return model_set.reading(plain(request.with_))


def told_of_nouns(asked: Asked, model_set: ModelSet) -> tuple[Asked, Reading]:
    """What is asked for with the nouns that the models are told, their colours apart, and what they are told of these
    together. Raises ModelError.
    """
    nouns = dict.fromkeys(group.noun for group in every_group(asked.groups) if group.noun)
    together = model_set.reading(", ".join(nouns)) if nouns else Reading("")
    told = {}
    for noun in nouns:
        reading = model_set.reading(noun)
        told[noun] = reading.text, next((named.colour for named in reading.objects), None)
    known = [group for group in asked.groups if group.noun not in together.left_out]
    return Asked(with_nouns(known, told)), together


def colours_left_out(told: Reading) -> list[str]:
    """A sentence where colours were said to a choice by names alone; none where none were."""
    colours = ", ".join(f"“{shown(thing.colour)}”" for thing in told.objects if thing.colour)
    return [f"Left out of “Replace”, because the paper's choice goes by names alone: {colours}."] if colours else []


def plain(prompt: str) -> str:
    """A prompt in its normal form; as it was typed where it is nothing but signs."""
    return normalised(prompt) or prompt.strip()


def as_typed(prompt: str) -> str:
    """A prompt as it was typed, on one line."""
    return " ".join(prompt.split())


def left_out(field: str, told: Reading, model_set: ModelSet) -> list[str]:
    """A sentence on the words of a field that the models are not told of; none where they are told all."""
    words = ", ".join(f"“{shown(phrase)}”" for phrase in told.left_out)
    return [f"Left out of “{field}”, because the {model_set.id} models do not know it: {words}."] if words else []


def taken_for(told: Reading) -> list[str]:
    """A sentence on the words that were taken for typing errors; none where there are none."""
    words = ", ".join(f"“{shown(typed)}” for “{right}”" for typed, right in told.corrected)
    return [f"Took {words}."] if words else []
