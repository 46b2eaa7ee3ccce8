"""What a dialog offers: what the engine says that the chosen models take, and nothing of theirs is asked of others."""

from __future__ import annotations

from typing import Any

import pytest

from text_replace_plugin import settings
from text_replace_plugin.offers import Offer, offer
from text_replace_wire import options
from text_replace_wire.model_messages import ModelSets, PainterEntry, SetEntry

ALL = ("standard", "fast", "best", "paper")
SD15 = PainterEntry("sd15", ("standard", "fast", "best"), ("painter", "strength", "steps", "guidance_scale", "room"))
KLEIN = PainterEntry("klein", ("standard", "best"), ("painter", "steps", "room"))
LAMA = PainterEntry("eraser", ("standard", "fast", "best"), ())


def entry(identifier: str, painters: tuple[PainterEntry, ...], erasers: tuple[PainterEntry, ...] = ()) -> SetEntry:
    return SetEntry(identifier, identifier, "", True, (), (), painters=painters, erasers=erasers)


TOLD = ModelSets(
    (
        entry("photo", (SD15,), (SD15,)),
        entry("both", (SD15, KLEIN), (SD15, KLEIN)),
        entry("erasing", (SD15, KLEIN), (LAMA,)),
        entry("starter", (PainterEntry("guided", ALL, ("strength", "lambda_clip")),)),
        entry("silent", ()),
        entry("foreign", (PainterEntry("p", ("turbo",), ()),)),
        entry("apart", (PainterEntry("p", ("fast",), ()), PainterEntry("q", ("best",), ()))),
    ),
    "starter",
)


def asked(**own: Any) -> dict[str, Any]:
    return {option.field: own.get(option.field, option.default) for option in options.OPTIONS}


def offered(**own: Any) -> Offer:
    return offer(TOLD, asked(**own))


def test_a_set_has_its_presets_options_and_painters() -> None:
    """Photographs have no Paper; only a set with several painters asks which; “auto” is what the engine means by it."""
    photo, starter = offered(models="photo"), offered(models="auto")
    assert (photo.presets, starter.presets) == (("standard", "fast", "best"), ALL)
    assert photo.takes(options.ROOM) and not starter.takes(options.ROOM)
    assert photo.takes(options.STRENGTH) and starter.takes(options.STRENGTH)
    assert starter.takes(options.GROW) and photo.takes(options.MARK), "which are no painter's"
    assert (photo.painters, photo.takes(options.PAINTER)) == ((), False)
    assert offered(models="both").painters == ("auto", "sd15", "klein")
    assert (photo.can_remove, starter.can_remove) == (True, False)
    assert photo.takes(options.REMOVE) and not starter.takes(options.REMOVE) and starter.shows(options.REMOVE)


def test_of_several_painters_the_chosen_one_counts() -> None:
    """Its options and presets alone; while nobody chose, what one of them takes, and the presets that all have; where
    something is removed, what is taken by that which removes.
    """
    free, klein = offered(models="both"), offered(models="both", painter="klein")
    assert free.takes(options.GUIDANCE_SCALE) and not klein.takes(options.GUIDANCE_SCALE)
    assert free.presets == klein.presets == ("standard", "best")
    assert offered(models="both", painter="sd15").presets == ("standard", "fast", "best")
    erasing = offered(models="erasing", remove=True)
    assert not erasing.takes(options.STEPS) and erasing.painters == () and erasing.can_remove
    assert offered(models="erasing").takes(options.STEPS)


@pytest.mark.parametrize("models", ["silent", "gone"])
def test_where_nobody_knows_everything_is_offered(models: str) -> None:
    """A set that does not describe itself, or is not there; and any set while no engine runs. The engine refuses."""
    for unknown in (offered(models=models), offer(None, asked(models="photo"))):
        assert all(unknown.takes(option) for option in options.OPTIONS)
        assert unknown.presets == ALL
        assert unknown.shows(options.ROOM) and not unknown.shows(options.PAINTER)


def test_what_is_not_offered_is_not_asked() -> None:
    """What was set for other models goes back to its default, what is offered stays; the request carries no more."""
    values = asked(replace="apple", with_="orange", models="starter", room="loose", steps=9, strength=0.5, remove=True)
    fit = offer(TOLD, values).fitting(values)
    assert settings.check(**fit).painting.options == {"strength": 0.5}
    assert fit["remove"] is False and fit["replace"] == "apple"
    values = asked(models="photo", preset="paper", painter="klein")
    fit = offer(TOLD, values).fitting(values)
    assert (fit["preset"], fit["painter"]) == ("standard", "auto")
    values = asked(models="photo", preset="paper", painter="klein", room="tight")
    assert offer(None, values).fitting(values) == values


def test_painters_without_a_preset_in_common_have_all_of_them() -> None:
    """A third party's set, whose presets no dialog knows, or of which no preset is taken by all: the engine refuses."""
    for models in ("foreign", "apart"):
        values = asked(models=models, preset="paper")
        assert offer(TOLD, values).presets == ALL
        assert offer(TOLD, values).fitting(values)["preset"] == "paper"
    fast = asked(models="apart", painter="p", preset="paper")
    assert offer(TOLD, fast).fitting(fast)["preset"] == "fast"
