"""What the progress says, and what of the time that is left."""

from __future__ import annotations

import pytest

from text_replace_plugin.settings import Settings, check
from text_replace_plugin.texts import _SPANS, Narrator, TimeLeft
from text_replace_wire.messages import Progress, Stage
from text_replace_wire.options import PRESET


def test_time_left_follows_the_pace_of_painting() -> None:
    """Loading the models says nothing about the painting; from its second step on, the rest takes as long as it did."""
    left = TimeLeft()
    assert left.tell(0.1, 0.0) == left.tell(0.2, 100.0) == left.tell(0.2, 101.0) == ""
    assert left.tell(0.4, 110.0) == "about 30 seconds left"
    assert left.tell(0.98, 139.0) == "about 1 second left"


def narrator(asked: Settings) -> Narrator:
    """Of one pair alone."""
    alone = Narrator()
    alone.begin(asked, 0)
    return alone


def test_long_times_are_minutes() -> None:
    """Nobody counts 600 seconds."""
    left = TimeLeft()
    left.tell(0.5, 0.0)
    assert left.tell(0.6, 150.0) == "about 10 minutes left"


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_is_told(stage: Stage) -> None:
    """Whatever the engine does, the user reads what it is, in words of its own, and the bar stays within its ends."""
    asked = check(replace="apple", with_="orange")
    texts = {other_stage: narrator(asked).tell(Progress(other_stage, 1, 2)) for other_stage in Stage}
    text, fraction = texts[stage]
    assert text and [other_stage for other_stage, (other, _) in texts.items() if other == text] == [stage]
    assert 0 <= fraction <= 1


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_only_goes_forward(stage: Stage) -> None:
    """A stage's part of the bar ends where the next one's begins, or before."""
    start, end = _SPANS[stage]
    pull = (Stage.FETCH, Stage.INSTALL)
    later = [
        other_stage
        for other_stage in list(Stage)[list(Stage).index(stage) + 1 :]
        if (other_stage in pull) == (stage in pull)
    ]
    assert start <= end <= min((_SPANS[other_stage][0] for other_stage in later), default=1.0)


def test_removing_is_called_by_its_name() -> None:
    """Nothing is painted instead, so nothing is named that would be."""
    removing = narrator(check(replace="apple", remove=True))
    told = [
        removing.tell(Progress(Stage.EDIT, step, steps, variation=1, variations=count))[0]
        for step, steps, count in ((0, 0, 1), (1, 4, 1), (1, 4, 2))
    ]
    assert told[0] == "Removing “apple”…" and "(2 of 2): step 1 of 4" in told[2]
    assert all(text.startswith("Removing “apple”") for text in told) and len(set(told)) == 3


def test_every_preset_has_a_label() -> None:
    """Each preset is in the dialog with a label and an explanation of its own."""
    for column in zip(*((entry.value, entry.label, entry.explanation) for entry in PRESET.entries), strict=True):
        assert all(column) and len(set(column)) == len(column)


def test_variations_painted_at_once_fill_the_bar_together() -> None:
    """On a graphics card two of four are painted at once: half of the bar is theirs; all four: it is one painting."""
    painting = narrator(check(replace="apple", with_="orange"))
    told = [painting.tell(Progress(Stage.EDIT, 4, 4, variation=number, variations=4, together=2)) for number in (0, 2)]
    assert [fraction for _, fraction in told] == pytest.approx([0.535, 0.92])
    text, _ = painting.tell(Progress(Stage.EDIT, 3, 4, variation=0, variations=4, together=4))
    assert text == "Painting “orange”: step 3 of 4"


def test_variations_share_the_bar() -> None:
    """Every variation has its part of the painting, whatever comes after its steps, and the text says which it is."""
    painting = narrator(check(replace="apple", with_="orange"))
    told = [
        painting.tell(Progress(stage, step, 2, variation=number, variations=2))
        for number, stage, step in ((0, Stage.EDIT, 2), (0, Stage.UPSCALE, 0), (1, Stage.EDIT, 1), (1, Stage.EDIT, 2))
    ]
    texts, fractions = zip(*told, strict=True)
    assert texts[0] == "Painting “orange” (1 of 2): step 2 of 2" and "(2 of 2): step 1" in texts[2]
    assert fractions == pytest.approx((0.535, 0.535, 0.7275, 0.92))


def test_pairs_share_the_bar() -> None:
    """Each of two pairs has half of the looking, which comes first, and half of the painting, in words of its own."""
    both = Narrator(2)
    told = []
    for stage in (Stage.CHOOSE, Stage.EDIT):
        for number, replace in enumerate(("apple", "dog")):
            both.begin(check(replace=replace, with_=f"new {replace}"), number)
            told += [both.tell(Progress(stage, step, 2)) for step in (0, 2)]
    texts, fractions = zip(*told, strict=True)
    assert texts[2].startswith("Looking for “dog”") and texts[7] == "Painting “new dog”: step 2 of 2"
    assert fractions == pytest.approx((0.07, 0.095, 0.125, 0.15, 0.15, 0.535, 0.565, 0.95))
