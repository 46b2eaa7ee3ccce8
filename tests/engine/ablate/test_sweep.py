"""Which edits an ablation is of."""

from __future__ import annotations

import pytest

from text_replace_engine.lab.ablate.sweep import OTHERS, Setting, Weight, sweep_of
from text_replace_wire.errors import UserError
from text_replace_wire.painting import Painting


def test_one_weight_varies_and_the_others_stay() -> None:
    """A cell for each λ, value and seed; the edit in which all are 1000 is in every row and is painted once a seed."""
    sweep = sweep_of("lpips, clip", "0,1e3,1e6", [7, 8])
    assert [(cell.over, cell.value) for cell in sweep.cells[:6]] == [
        (over, value) for over in (Weight.LPIPS, Weight.CLIP) for value in (0, 1000, 1e6)
    ]
    for cell in sweep.cells:
        assert getattr(cell.setting, cell.over) == cell.value
        assert all(getattr(cell.setting, other) == OTHERS for other in Weight if other is not cell.over)
    assert len(sweep.cells) == 12
    assert len(sweep.settings) == 10
    assert len({setting.id for setting in sweep.settings}) == 10


def test_a_setting_is_a_user_s_edit() -> None:
    """The weights become the options that `edit` has; other options stay. Its name is fit for a file."""
    setting = Setting(clip=0, l2=1e6, lpips=1000, seed=3)
    painting = setting.of(Painting("paper").with_options(steps=5))
    assert painting.options == {"steps": 5, "lambda_clip": 0, "lambda_l2": 1e6, "lambda_lpips": 1000}
    assert setting.id == "clip-0_l2-1000000_lpips-1000_seed-3"


@pytest.mark.parametrize(
    ("over", "values", "seeds", "said"),
    [
        ("clip,style", "0", [0], "“style”"),
        ("", "0", [0], "at least"),
        ("clip", " , ", [0], "at least"),
        ("clip", "0,-1", [0], "“-1”"),
        ("clip", "0,nan", [0], "“nan”"),
        ("clip", "0,inf", [0], "“inf”"),
        ("clip", "0,many", [0], "“many”"),
        ("clip", "1000001", [0], "1000000"),
        ("clip", "1000,1e3", [0], "1000 twice"),
        ("clip,clip", "0", [0], "clip twice"),
        ("clip", "0", [4, 4], "4 twice"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(over: str, values: str, seeds: list[int], said: str) -> None:
    """It names the option and what is wrong with it."""
    with pytest.raises(UserError, match="^--") as failure:
        sweep_of(over, values, seeds)
    assert said in str(failure.value)
