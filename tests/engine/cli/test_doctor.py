"""`text-replace doctor` says what helps."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import pytest
from typer.testing import CliRunner

from text_replace_engine.cli import app
from text_replace_wire.errors import ModelDamaged


@pytest.mark.parametrize(
    ("packages", "told", "untold"),
    [({}, "what is said of them above", "install Text Replace"), ({"no_such_module": "x"}, "install Text Replace", "")],
    ids=["models only", "a package"],
)
def test_damaged_models_are_no_reason_to_install_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, packages: dict[str, str], told: str, untold: str
) -> None:
    """Models that were fetched are repaired as their own sentence says; a package that is missing is not."""

    def damaged(_context: object) -> NoReturn:
        raise ModelDamaged("Fetch them again.")

    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))
    module = sys.modules["text_replace_engine.cli.doctor"]
    monkeypatch.setattr(module, "_PACKAGES", packages)
    monkeypatch.setattr(module, "_loading", damaged)
    ended = CliRunner().invoke(app, ["doctor"])
    assert ended.exit_code == 4 and "Fetch them again." in ended.stdout and told in ended.stderr
    assert not untold or untold not in ended.stderr
