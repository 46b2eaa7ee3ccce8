"""One table of options makes arguments, dialogs, requests and recipes: what is added there appears everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugin import fake_engine
from tests.plugin.fake_host import FakeDisplay, FakeHost
from tests.plugin.test_variations import PIXELS, edits
from text_replace_plugin import again, layout, session, settings
from text_replace_plugin.gimp210 import parameters
from text_replace_wire import options
from text_replace_wire.errors import BadPrompt, UserError
from text_replace_wire.option import Kind, Option, Owner
from text_replace_wire.planes import Plane

ADDED = Option(
    "brush-size",
    Kind.NUMBER,
    -1.0,
    "_Brush",
    "How wide it paints",
    most=9,
    unset=-1.0,
    noun="brush",
    owner=Owner.PAINTER,
)


def test_arguments_that_scripts_rely_on() -> None:
    """Names, order and defaults of what version 1 took; its first procedure in GIMP 2.10 takes the first five."""
    five = [("replace", ""), ("with", ""), ("seed", -1), ("preset", "standard"), ("models", "auto")]
    more = [("strength", 0.0), ("variations", 1), ("grow", -1.0), ("feather", -1.0), ("use-selection", False)]
    last = [("keep-selection", False), ("as-layer-mask", False), ("record-recipe", True)]
    assert [(option.name, option.default) for option in options.OPTIONS[:13]] == [*five, *more, *last]
    assert [option.name for option in parameters.first()] == [name for name, _ in five]
    assert [option.name for option in parameters.further()][:8] == [name for name, _ in (*more, *last)]
    assert [option.name for option in parameters.extended()] == [name for name, _ in (*more, *last)]
    radios = {parameters.of(option).name: parameters.of(option).extra for option in parameters.first()}
    assert [value for _, value in radios["preset"]] == ["standard", "fast", "best", "paper"]
    assert [value for _, value in radios["models"]] == ["auto", "starter", "photo", "full"]
    sliders = [parameters.of(option).extra for option in (options.STRENGTH, options.GROW)]
    assert parameters.of(options.GROW).description == "Grow (−1: Automatic)"
    assert settings.documented(options.SEED) == "The same seed gives the same picture (−1: Random)"
    assert (parameters.of(options.SEED).extra, *sliders) == ((-1, 2**31 - 1, 1), (0, 1, 0.05), (-1.0, 4096, 1))


def test_values_are_settings_and_back() -> None:
    """Nothing is lost between a procedure's values and what is checked, whatever order they come in."""
    values = {"replace": "apple", "with_": "orange", "seed": 3, "strength": 0.5, "grow": 2.0, "as_layer_mask": True}
    checked = settings.check(**values)
    spoken = settings.values(checked)
    assert settings.check(**dict(reversed(spoken.items()))) == checked
    assert {name: spoken[name] for name in values} == values
    assert parameters.by_field(parameters.in_order(spoken)) == spoken
    with pytest.raises(TypeError, match="colour"):
        settings.check(**values, colour="red")


def test_every_option_has_one_place_in_the_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is always asked for is in sight, the rest behind it; a new one too."""
    assert [option.name for option in layout.MAIN] == [
        *("replace", "with", "remove", "models", "painter", "preset", "room", "variations", "use-selection"),
    ]
    assert [option.name for option in layout.further()] == [
        *("seed", "strength", "steps", "guidance-scale", "negative-prompt", "grow", "feather", "working-size"),
    ]
    monkeypatch.setattr(options, "OPTIONS", (*options.OPTIONS, ADDED))
    placed = [*layout.MAIN, *layout.further(), *layout.flags()]
    assert len(placed) == len(options.OPTIONS) and set(map(id, placed)) == set(map(id, options.OPTIONS))


def test_every_number_that_the_arrows_of_a_dialog_reach_is_allowed() -> None:
    """A press from the lowest value on, which is no more than where the user begins, gives no value that is refused;
    scripts may still ask for less, as networks take it.
    """
    numbers = [option for option in options.OPTIONS if option.kind in (Kind.INTEGER, Kind.NUMBER)]
    for option in numbers:
        for press in (0, 1):
            option.check(option.lowest + press * option.step)
        begin = option.start if option.unset_label and option is not options.SEED else option.default
        assert option is options.SEED or option.lowest <= begin
    assert {option.name: option.lowest for option in numbers} == {
        **{"seed": 0, "strength": 0.05, "variations": 1, "grow": 0, "feather": 0},
        **{"steps": 1, "guidance-scale": 1, "working-size": 64},
    }
    assert parameters.of(options.WORKING_SIZE).left[2] == 64
    digits = [parameters.of(option).digits for option in (options.SEED, options.STRENGTH, options.GUIDANCE_SCALE)]
    assert digits == [0, 2, 1]
    assert settings.check(replace="apple", with_="orange", working_size=48).painting.options == {"working_size": 48}


def test_a_new_option_reaches_engine_and_recipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One line in the table: GIMP 2.10 asks for it, a request carries it, its recipe repeats it, a bad value is named;
    unset it is left out.
    """
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))
    monkeypatch.setattr(options, "OPTIONS", (*options.OPTIONS, ADDED))
    asked = {"replace": "apple", "with_": "orange", "seed": 5}
    assert parameters.of(parameters.further()[-1]).extra == (-1.0, 9, 1)
    host, source = FakeHost(PIXELS), FakeHost(PIXELS)
    with fake_engine.running() as engine:
        session.replace(FakeHost(PIXELS), FakeDisplay(), settings.check(**asked))
        session.replace(host, FakeDisplay(), settings.check(**asked, brush_size=4.0))
        assert host.inserted is not None and host.inserted.recipe is not None
        assert json.loads(host.inserted.recipe)["options"]["brush_size"] == 4.0
        result = FakeHost(Plane(1, 1, 1, b"\0"), name="result", contents=host.inserted.recipe, others=[source])
        opened = again.open_recipe(result)
        assert settings.values(opened.settings)["brush_size"] == 4.0
        again.edit(opened, FakeDisplay(), opened.settings)
    without, *with_it = [edit.painting.options for edit in edits(engine)]
    assert without == {} and [own["brush_size"] for own in with_it] == [4.0, 4.0]
    with pytest.raises(UserError, match="The brush is 10; it must be from 0 to 9"):
        settings.check(**asked, brush_size=10.0)


def test_what_is_typed_for_several() -> None:
    """One seed for all; a word without its partner is asked for; nine are too many; a selection is one object, and
    removing takes no second word.
    """
    both = settings.check(replace="apple\ndog", with_="orange\ncat")
    assert both.each[0].seed == both.each[1].seed
    assert settings.check(**settings.values(both)) == both
    assert settings.check(replace="apple\ndog", remove=True).each[1].with_ == ""
    with pytest.raises(BadPrompt, match="instead of “dog”"):
        settings.check(replace="apple\ndog", with_="orange")
    with pytest.raises(BadPrompt, match="“Replace” is empty"):
        settings.check(replace="apple\n", with_="orange\ncat")
    (one,) = settings.check(replace="apple", with_="a red\norange").each
    assert (one.replace, one.with_) == ("apple", "a red orange"), "as scripts had it before there were several"
    with pytest.raises(UserError, match="9 objects"):
        settings.check(replace="\n".join("abcdefghi"), with_="\n".join("abcdefghi"))
    with pytest.raises(UserError, match="one object only"):
        settings.check(replace="apple\ndog", with_="orange\ncat", use_selection=True)
