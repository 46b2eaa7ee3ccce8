"""`text-replace evaluate`: what it prints and writes."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.engine.cli.conftest import Command, report
from tests.engine.cli.fake_pipeline import Pipeline


def test_quick_suite_is_measured_printed_and_kept(run: Command, pipeline: type[Pipeline], tmp_path: Path) -> None:
    """20 scenes, two questions each; a table with intervals and the bars of version 0; a second run asks only once."""
    results = tmp_path / "results.json"
    ended = run("evaluate", "--quick", "-o", results, "--sheet", tmp_path / "sheet.png", "--edits", 2)
    assert (ended.code, ended.err) == (0, "")
    assert "right object" in ended.out and "0.85 NO" in ended.out and "–" in ended.out
    written = report(results)
    assert len(written["rows"]) == 20
    assert written["summary"]["missed"]["value"] == 1.0
    assert written["summary"]["honest not found"]["value"] == 1.0
    assert Image.open(tmp_path / "sheet.png").width > 1000
    before = len(pipeline.finds)
    assert run("evaluate", "--quick", "-o", results).code == 0
    assert len(pipeline.finds) == before + 2
