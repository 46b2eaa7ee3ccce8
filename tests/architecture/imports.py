"""Reads the imports of source files without running them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]
ENGINE = CLONE / "engine" / "text_replace_engine"
PLUGIN = CLONE / "plugin" / "text-replace"


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imported_modules(file: Path, root: Path) -> Iterator[str]:
    """Absolute dotted names of what `file` imports anywhere in it; `root` is the folder that packages start in."""
    package = list(file.relative_to(root).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            # `from package import module` names a module only below packages of this project.
            project = module.startswith("text_replace_")
            yield from ((f"{module}.{alias.name}" if project else module) for alias in node.names)


def is_standard(module: str) -> bool:
    return module.split(".")[0] in {*sys.stdlib_module_names, "__future__"}
