"""`text-replace batch` tells what its models refuse before any engine is there to be asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.engine.cli.conftest import noise
from tests.engine.cli.fake_engine import FakeEngine
from text_replace_engine.cli import app, engine_use
from text_replace_wire import endpoint

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A picture."""
    noise(3).save(tmp_path / "a.png")
    return tmp_path


@pytest.fixture
def own(fake: type[FakeEngine], monkeypatch: pytest.MonkeyPatch) -> type[FakeEngine]:
    """The fake engine is what the command itself would load."""
    monkeypatch.setattr(engine_use, "in_process", fake)
    return fake


def _batch(folder: Path, rows: str, *options: str) -> Result:
    table = folder / "t.csv"
    table.write_text("picture,replace,with\n" + rows)
    return CliRunner().invoke(app, ["batch", str(table), "-o", str(folder / "out"), "--models", "starter", *options])


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_refusals_are_told_first(folder: Path, own: type[FakeEngine], options: tuple[str, ...]) -> None:
    """By file and line, of every entry; the models are not asked these, and the others are done as ever."""
    done = _batch(folder, "a.png,apple,zebra\na.png,apple,orange\nnone.png,apple,pear\n", *options)
    first, second, *_ = done.stderr.splitlines()
    assert first.startswith("“t.csv”, line 2: The starter models cannot paint a zebra")
    assert second.startswith("“t.csv”, line 4: there is no file “none.png”")
    assert done.exit_code == 2 and len(own.edits) == (not options)
    assert {each.with_ for each in own.finds} <= {None, "orange"}
    if not options:
        _, *entries = map(json.loads, (folder / "out" / "manifest.jsonl").read_text(encoding="utf-8").splitlines())
        assert sorted((entry["status"], entry["kind"]) for entry in entries) == [
            ("done", ""),
            ("failed", "cannot_paint"),
            ("failed", "usage"),
        ]


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--ray",)])
def test_nothing_is_begun_where_nothing_is_left(folder: Path, own: type[FakeEngine], options: tuple[str, ...]) -> None:
    """Neither an engine nor OUT, nor Ray."""
    different = _batch(folder, "a.png,apple,zebra\na.png,apple,gnu\n", *options)
    assert different.exit_code == 2 and "No picture can be made" in different.stderr.splitlines()[-1]
    same = _batch(folder, "a.png,apple,zebra\na.png,apple,zebra\n", *options)
    assert same.exit_code == 2 and same.stderr.startswith("text-replace: The starter models cannot paint a zebra")
    assert not own.finds and not (folder / "out").exists()


@pytest.mark.usefixtures("own")
def test_other_engines_refuse_themselves(folder: Path) -> None:
    """A running engine may know other models: nothing is said for it, and here nobody answers."""
    endpoint.write(endpoint.Endpoint(1, "", 1, 0, ""))
    ended = _batch(folder, "a.png,apple,zebra\na.png,apple,orange\n", "--engine", "require")
    assert ended.exit_code == 5 and "zebra" not in ended.stderr
