"""What was found of each pair, in the list and in the preview, and what of it is picked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from text_replace_plugin.gimp3.dialog.candidates import CandidateList, Pick
from text_replace_plugin.gimp3.dialog.target import Target
from text_replace_plugin.pointing import added
from text_replace_wire.messages import Found
from text_replace_wire.pairs import matched
from text_replace_wire.where import Where

#: What decides what is found: what each pair replaces, and the models.
Sought = tuple[list[str], str]


class Objects:
    """Empty where nothing was looked for."""

    def __init__(self, candidates: CandidateList, target: Target) -> None:
        self._list, self._target = candidates, target
        self._sought: Sought = ([], "")
        #: Of each pair; None where that was not looked for.
        self._found: list[Optional[Found]] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def show(self, sought: Sought, found: Sequence[Optional[Found]], picks: Optional[Sequence[Pick]] = None) -> None:
        """picks: None: the engine's choices."""
        if picks is None:
            picks = [Pick() if each is None else Pick(each.chosen) for each in found]
        self._sought, self._found = sought, list(found)
        self._target.set_candidates(found)
        self._list.show_found(sought[0], found, picks)

    def forget(self, recorded: Sequence[Where], text: str) -> None:
        """Nothing was looked for. recorded: the masks that are used instead; text: what the list says."""
        self._found = []
        self._target.set_candidates([])
        self._target.set_recorded(recorded)
        self._list.say(text)

    def fit(self, sought: Sought) -> bool:
        """Keep what was found of pairs that are still asked for, and what was picked of it; whether there is any."""
        if sought == self._sought:
            return True
        numbers = matched(self._sought[0], sought[0])
        found = [None if number is None else self._found[number] for number in numbers]
        if sought[1] != self._sought[1] or not any(found):
            return False
        picks = self._list.picks
        self.show(sought, found, [Pick() if number is None else picks[number] for number in numbers])
        return True

    def point(self, sought: Sought, new: Found, add: bool, subtract: bool) -> None:
        """The one candidate of `new`, which was pointed at, belongs to the only pair: pick it alone, or beside what is
        picked, or leave it out of that.
        """
        found, rank = added(self._found[0] if self._found else None, new)
        before = self._list.picks[0] if self._list.picks else Pick()
        if subtract:
            pick = Pick(before.picked, (*before.without, rank))
        else:
            pick = Pick((*before.picked, rank), before.without) if add else Pick((rank,))
        self.show(sought, [found], [pick])

    def of(self, number: int) -> Optional[tuple[Found, Pick]]:
        """What was found of the pair of this number, and what is picked of it."""
        found = self._found[number] if self._found else None
        return None if found is None else (found, self._list.picks[number])

    @property
    def are_picked(self) -> bool:
        """Whether one is, of each pair that was looked for."""
        return all(pick.picked for pick, found in zip(self._list.picks, self._found) if found is not None)
