"""`text-replace evaluate`: what it prints and writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.engine.cli.conftest import SOURCES, Command, report
from tests.engine.cli.fake_engine import FakeEngine


@pytest.mark.slow
def test_quick_suite_is_measured_printed_and_kept(run: Command, fake: type[FakeEngine], tmp_path: Path) -> None:
    """A table with intervals, bars and the judge's own figures; a second run asks about nothing again."""
    results = tmp_path / "results.json"
    counts = ("--quick", "--scenes", 3, "--edits", 2)
    ended = run("evaluate", *counts, "-o", results, "--sheet", tmp_path / "sheet.png")
    assert (ended.code, ended.err) == (0, "")
    for name in (
        "right object",
        "labels hidden",
        "recognised, standard",
        "judge: right",
        "≥ 0.98",
        "another style, grey JPEG",
    ):
        assert name in ended.out
    written = report(results)
    assert {section: len(rows) for section, rows in written["rows"].items()} == {"choices": 3, "styles": 3, "edits": 2}
    figures = {each["name"]: each for each in written["figures"]}
    assert figures["present but not found"]["value"] == 1.0
    assert figures["recognised, standard"]["passed"] is False
    assert Image.open(tmp_path / "sheet.png").width > 1000
    before = len(fake.finds)
    assert run("evaluate", *counts, "-o", results).code == 0
    assert len(fake.finds) == before


@pytest.mark.thorough
@pytest.mark.slow
def test_missing_library_of_the_lab_is_named(tmp_path: Path) -> None:
    """Who installed the engine without what only measuring needs hears what to install, before anything is loaded."""
    code = """if True:
        import sys
        from text_replace_engine.cli import main
        sys.modules["torchmetrics"] = None
        main()"""
    done = subprocess.run(
        [sys.executable, "-c", code, "evaluate", "--quick", "-o", tmp_path / "results.json"],
        env={**os.environ, "PYTHONPATH": SOURCES},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "“torchmetrics”" in done.stderr and "install/setup" in done.stderr and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
