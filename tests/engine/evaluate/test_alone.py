"""The figures of the suites that measure one thing alone mean what they say."""

from __future__ import annotations

import pytest

from text_replace_engine.lab.evaluate import parts
from text_replace_engine.lab.evaluate.alone import of_cutouts, of_parts, of_remnants, of_seeds
from text_replace_engine.lab.evaluate.cutouts import VARIANTS, Looked
from text_replace_engine.lab.evaluate.parts import Bought
from text_replace_engine.lab.evaluate.remnants import Left
from text_replace_engine.lab.evaluate.seeds import Seeds


def test_what_is_left_is_a_share_of_what_could_be_seen() -> None:
    """By area, in all scenes where the object was found; those without any say how far regions grow for nothing."""
    rows = [
        Left(True, shadow=1.0, shadow_left=0.02, shadow_before=0.1, grown=0.3, eaten=0.02),
        Left(True, shadow=0.5, shadow_left=0.01, shadow_before=0.05, string=0.5, string_left=0.25, string_before=0.4),
        Left(True, grown=0.02),
        Left(True),
        Left(False),
    ]
    found = {figure.name: figure for figure in of_remnants(rows)}
    values = {name: figure.estimate.value for name, figure in found.items()}
    assert values["found"] == 0.8
    assert values["left of shadows and strings, by area"] == pytest.approx(0.28 / 2)
    assert found["left of shadows and strings, by area"].passed is False
    assert values["left of shadows, by area"] == pytest.approx(0.02)
    assert values["left of strings without looking for them"] == pytest.approx(0.8)
    assert values["grown where there is none, of the object's area"] == pytest.approx(0.01)
    assert values["grew where there is none"] == 0.5
    assert values["taken of other objects, of the object's area"] == pytest.approx(0.005)


def test_judges_are_asked_where_the_guiding_clip_is_content() -> None:
    """A painting that only the guiding CLIP takes for the prompt counts against the variant; one that it does not take
    for it says nothing of agreement.
    """

    def row(one_view: Looked) -> dict[str, Looked]:
        return {name: one_view if name == "one view" else Looked(0.5, True, 0.9, 0.8) for name in VARIANTS}

    fooled, missed = Looked(0.6, True, 0.1, 0.0), Looked(0.2, False, 0.1, 0.0)
    values = {figure.name: figure.estimate for figure in of_cutouts([row(fooled), row(fooled), row(missed)])}
    assert values["the judge agrees then, cutouts"].value == values["the second judge agrees then, cutouts"].value == 1
    assert values["the guiding CLIP sees it, one view"].value == pytest.approx(2 / 3)
    agrees = values["the judge agrees then, one view"]
    assert (agrees.value, agrees.count) == (0, 2)


def test_presets_are_compared_edit_by_edit() -> None:
    """Against `paper` the interval of the paired difference decides, and the time by the ratio: better by the same
    amount in every edit is certain, however much the edits differ.
    """

    def row(number: int) -> dict[str, Bought]:
        standard = Bought(0.9, (0.9, 0.9), (2.0, 1.0), mse=0.01 * number, lpips=0.1 * number, seconds=1.0)
        paper = Bought(0.1, None, None, mse=0.01 * number + 0.002, lpips=0.1 * number, seconds=3.0)
        return {name: paper if name == parts.PAPER else standard for name in parts.VARIANTS}

    found = {figure.name: figure for figure in of_parts([row(number) for number in range(20)])}
    assert found["recognised, paper"].estimate.value == 0
    assert found["recognised, paper − standard"].estimate.value == -1
    assert found["background MSE, paper − standard"].estimate.low == pytest.approx(0.002)
    assert found["background MSE, paper − standard"].passed is True
    assert found["background LPIPS, paper − standard"].passed is False
    assert found["seconds, standard : paper"].estimate.value == pytest.approx(1 / 3)
    assert found["seconds, standard : paper"].passed is False
    assert found["seam, edits : real, standard"].estimate.value == 2
    assert "seam, edits : real, paper" not in found


def test_edits_without_an_object_say_nothing_of_seeds() -> None:
    """The mean is over edits that were painted; of none there is no figure."""
    (figure,) = of_seeds([Seeds(0.2), Seeds(None), Seeds(0.4)])
    assert figure.estimate.value == pytest.approx(0.3)
    assert figure.estimate.count == 2
    assert of_seeds([Seeds(None)]) == []
