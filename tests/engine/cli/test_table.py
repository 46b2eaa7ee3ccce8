"""The command line's typed signature against the table of options, from which GIMP's arguments are made."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from tests.engine.cli.conftest import Command
from text_replace_engine.cli import app
from text_replace_engine.painting.guided.options import OPTIONS as GUIDED
from text_replace_engine.painting.latent.options import OPTIONS as LATENT
from text_replace_wire.option import Kind, Option, Owner
from text_replace_wire.options import AUTO, OPTIONS, WITH

#: What only an editor shows, or the command line does with files (--region), has no option there.
_NOT_THERE = {"variations", "use-selection"}
SHARED = [option for option in OPTIONS if option.owner is not Owner.EDITOR and option.name not in _NOT_THERE]
ASKED = list({option.name: option for option in (*SHARED, *GUIDED, *LATENT)}.values())
NUMBERS = [option for option in ASKED if option.kind in (Kind.NUMBER, Kind.INTEGER)]
PARAMETERS: dict[str, Any] = {
    name: parameter
    for parameter in typer.main.get_command(app).commands["edit"].params  # type: ignore[attr-defined]
    for name in parameter.opts
}


@pytest.mark.parametrize("option", ASKED, ids=lambda option: option.name)
def test_options_are_those_of_the_table(option: Option) -> None:
    """Name, default, choices (every painter's) and explanation are the table's; so is a range that --help shows."""
    parameter = PARAMETERS[f"--{option.name}"]
    explanation = option.explanation.split(";")[0].rstrip(".")
    assert parameter.help.startswith(explanation)
    # --remove may stand in the place of --with.
    is_optional = option.unset is not None or option.owner is Owner.PAINTER or option is WITH
    expected = None if is_optional else option.default
    assert parameter.default == expected or parameter.required
    if option.kind is Kind.CHOICE:
        same = [other for other in (*SHARED, *GUIDED, *LATENT) if other.name == option.name]
        known = {entry.value for other in same for entry in other.entries}
        assert set(parameter.type_descriptor.annotation) == known - {AUTO}
    for bound, own in ((parameter.min, option.least), (parameter.max, option.most)):
        assert bound is None or bound == own


@pytest.mark.parametrize("option", NUMBERS, ids=lambda option: option.name)
def test_ranges_are_those_of_the_table(option: Option, edit: Command) -> None:
    """A number just outside the table's range is refused, and the ends are taken."""
    step = 1 if option.kind is Kind.INTEGER else 0.01
    models = "photo" if option in LATENT else "starter"

    def code(value: float) -> int:
        return edit("--models", models, f"--{option.name}", value).code

    assert code(option.most + step) == 2
    assert code(option.least - (0 if option.above_least else step)) == 2
    assert code(int(option.most) if step == 1 else option.most) == 0
