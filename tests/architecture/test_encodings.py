"""Files of ours are UTF-8 whatever language the user's system speaks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.imports import ENGINE, PLUGIN, sources

INSTALLER = Path(__file__).parents[2] / "install"


@pytest.mark.parametrize("folder", [ENGINE, PLUGIN, INSTALLER], ids=lambda folder: folder.name)
def test_text_is_read_and_written_in_a_named_encoding(folder: Path) -> None:
    """Without one, Python takes the locale's, and what is not ASCII fails or becomes something else."""
    wrong = []
    for file in sources(folder):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                is_text = node.func.attr in ("read_text", "write_text")
                if is_text and not any(word.arg == "encoding" for word in node.keywords):
                    wrong.append(f"{file}:{node.lineno}")
    assert not wrong
