"""The manifest of a batch, on a disk that gets full."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from text_replace_engine.batch.entry import Entry, Status
from text_replace_engine.batch.manifest import Manifest

IDENTITY = {"threads": 1}


def entry(identifier: str) -> Entry:
    return Entry(identifier, "asked", Status.NOT_FOUND, f"{identifier}.png")


def test_a_line_that_did_not_fit_leaves_none_behind(tmp_path: Path) -> None:
    """Pictures that are still being written when the disk is full may find room: their lines are whole, too."""
    path = tmp_path / "manifest.jsonl"
    manifest = Manifest(path, IDENTITY)
    manifest.add(entry("a"))
    earlier = resource.getrlimit(resource.RLIMIT_FSIZE)
    # So long may a file get now.
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, earlier[1]))
    try:
        with pytest.raises(OSError):
            manifest.add(entry("b"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, earlier)
    assert "b" not in manifest
    manifest.add(entry("c"))
    assert list(Manifest(path, IDENTITY)) == [entry("a"), entry("c")]
