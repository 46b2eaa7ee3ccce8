"""What a dialog offers: what the engine says that the chosen models take, and nothing of theirs is asked of others."""

from __future__ import annotations

import itertools
from typing import Any, cast

import pytest

from text_replace_engine.models.fetching.fetched import FetchedModels
from text_replace_engine.painting.erasing import options as erasing
from text_replace_engine.painting.guided import options as guided
from text_replace_engine.painting.latent.klein import options as klein
from text_replace_engine.painting.latent.sd15 import options as sd15
from text_replace_engine.sets.photo import PhotoSet
from text_replace_engine.words import check
from text_replace_plugin import settings
from text_replace_plugin.offers import Offer, offer
from text_replace_wire import options
from text_replace_wire.errors import UserError
from text_replace_wire.model_messages import ModelSets, PainterEntry, SetEntry

ALL = ("standard", "fast", "best", "paper")
SD15, KLEIN, LAMA = sd15.ENTRY, klein.ENTRY, erasing.ENTRY
#: A third party's.
SLOW = PainterEntry("slow", ("standard", "best"), ("painter", "steps"))


def entry(identifier: str, painters: tuple[PainterEntry, ...], erasers: tuple[PainterEntry, ...] = ()) -> SetEntry:
    return SetEntry(identifier, identifier, "", True, (), (), painters=painters, erasers=erasers)


TOLD = ModelSets(
    (
        entry("photo", (SD15,), (SD15,)),
        entry("both", (SD15, KLEIN), (SD15, KLEIN)),
        entry("mixed", (SD15, SLOW), (SD15, SLOW)),
        entry("erasing", (SD15, KLEIN), (LAMA, SD15, KLEIN)),
        entry("starter", (guided.ENTRY,)),
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
    assert offered(models="mixed").presets == offered(models="mixed", painter="slow").presets == ("standard", "best")
    assert offered(models="mixed", painter="sd15").presets == ("standard", "fast", "best")
    erasing, lama = (offered(models="erasing", remove=True, painter=painter) for painter in ("auto", "lama"))
    assert erasing.painters == ("auto", "lama", "sd15", "klein") and erasing.can_remove
    assert erasing.takes(options.STEPS) and not lama.takes(options.STEPS) and lama.takes(options.ROOM)
    assert offered(models="erasing").painters == ("auto", "sd15", "klein")


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
    assert settings.check(**fit).painting.options == {"strength": 0.5, "steps": 9}
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


class Everything:
    """As if all photo models were installed."""

    def is_there(self, _role: str) -> bool:
        return True

    def is_usable(self) -> bool:
        return True


#: Of every option that some painter or preset does not take.
GIVEN: dict[str, Any] = {
    "strength": 0.5,
    "steps": 10,
    "guidance_scale": 5.0,
    "negative_prompt": "blur",
    "room": "loose",
    "working_size": 512,
    "grow": 5.0,
}
#: Refusals of two that are offered each, and rule each other out.
TOGETHER = ("guidance scale above 1", "paints exactly the object", "told the prompt")


@pytest.mark.parametrize("preset", ALL)
@pytest.mark.parametrize("remove", [False, True])
def test_what_is_offered_is_taken(remove: bool, preset: str) -> None:
    """Whatever two options are set, and for whichever models and painter they were: what the dialog makes of them is
    asked of the engine's own sets, and none of them refuses any one of it.
    """
    photo = PhotoSet()
    photo.fetched = cast(FetchedModels, Everything())
    sets = entry("photo", photo.painters(), photo.erasers()), entry("starter", (guided.ENTRY,))
    told = ModelSets(sets, "photo")
    pairs = [*itertools.combinations(GIVEN, 2), *((name,) for name in GIVEN), ()]
    for models, painter, names in itertools.product(("photo", "starter"), ("auto", "sd15", "klein", "lama"), pairs):
        own = {name: GIVEN[name] for name in names}
        values = asked(replace="a", with_="b", models=models, painter=painter, remove=remove, preset=preset, **own)
        fit = offer(told, values).fitting(values)
        # A dialog is shown what was made of its values, which may offer more or less.
        fit = offer(told, fit).fitting(fit)
        wanted = settings.check(**fit)
        try:
            if models == "photo":
                check(photo, wanted.with_, wanted.painting)
            else:
                guided.check(wanted.painting)
        except UserError as error:
            assert any(words in str(error) for words in TOGETHER), fit
