"""The versions in a report."""

from __future__ import annotations

from pathlib import Path

import pytest

from text_replace_engine.clock import versions


def test_own_version_keeps_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers of reports find our own version under “text-replace”, whatever the installed package is called."""
    for name, number in (("text_replace", "0.0.1"), ("gimp_text_replace", "7.8.9")):
        about = tmp_path / f"{name}-{number}.dist-info" / "METADATA"
        about.parent.mkdir()
        about.write_text(f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {number}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    looked_up = versions.__wrapped__()
    assert looked_up["text-replace"] == "7.8.9"
    assert {"torch", "numpy"} <= set(looked_up)
