"""What FLUX.2 klein is told: it has learnt to follow instructions, not descriptions. What was typed stays as it is, but
gets an article where it has none: “with orange” would be a colour.
"""

from __future__ import annotations

import re
from itertools import takewhile

from text_replace_wire.prompts import is_determiner

#: Where the name of an object ends and what is said of it begins.
_END = re.compile(
    "of|in|on|at|by|with|without|for|from|to|under|over|near|behind|beside|that|which|who|and|or|.*ing", re.DOTALL
)
#: Names that are no single thing although they do not end in “s”.
_UNCOUNTED = re.compile(
    "people|men|women|children|feet|teeth|geese|mice|sheep|fish|deer|water|grass|sand|snow|ice|fire|smoke|fog|mist|rain|"
    "gravel|foam|ivy|moss|bread|cheese|butter|rice|pasta|sugar|salt|honey|milk|wine|beer|gold|silver|wood|metal|plastic|"
    "furniture|clothing|jewelry|hair|fur|mud|lightning|sunlight|nothing|something|everything"
)
_SINGULAR = ("ss", "us", "is", "'s", "’s")
#: Of words that are spelt otherwise than they sound: consonants that are vowels, and vowels that are consonants.
_VOWEL = re.compile(r"h(our|onest|onou?r|eir)|(?!uni(?![nm])|us[eu]|ut[eio]|uk|eu|ew|one\b|once)[aeiou]")


def instruction(prompt: str, replaced: str | None) -> str:
    """To paint `prompt` in place of what the phrase `replaced` names; None: into an area that the user gave."""
    wanted = some(prompt)
    return f"Fill the area with {wanted}" if replaced is None else f"Replace {_that(replaced)} with {wanted}"


def removal(replaced: str | None) -> str:
    """To paint what may be behind what `replaced` names; None: behind what is in an area that the user gave."""
    return "Fill the area with its surroundings" if replaced is None else f"Remove {_that(replaced)}"


def refinement(prompt: str) -> str:
    """To paint more finely what is there already: `prompt`; empty: what was removed no more. It could not follow the
    first instruction again, since what that names is gone.
    """
    return f"A sharp photograph of {some(prompt)}" if prompt else "A sharp photograph"


def some(phrase: str) -> str:
    """With “a” or “an” where it names one thing without saying so. What may be a name, several things or no thing stays
    as it is.
    """
    words = phrase.split()
    first = words[0]
    # Names begin with capitals, other languages with any letter.
    if is_determiner(first.casefold()) or not "a" <= first[0] <= "z":
        return phrase
    name = [first, *takewhile(lambda word: not _END.fullmatch(word), words[1:])]
    last = next((word for word in name if word.endswith(",")), name[-1]).rstrip(',.;:!?"”')
    if _UNCOUNTED.fullmatch(last) or (last.endswith("s") and not last.endswith(_SINGULAR)):
        return phrase
    return f"{'an' if _VOWEL.match(first) else 'a'} {phrase}"


def _that(phrase: str) -> str:
    return phrase if is_determiner(phrase.split()[0].casefold()) else f"the {phrase}"
