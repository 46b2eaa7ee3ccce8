"""The documents tell the truth where a machine can see it: links, paths, options, exit codes, keys of the report."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from installer import CLONE, PLUGIN
from text_replace_engine.cli import app
from text_replace_engine.client.report import UNPAINTED, PairReport, Report
from text_replace_wire import errors
from text_replace_wire.errors import TextReplaceError

PAGES = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "engine/README.md",
    "engine/REFERENCE.md",
    "plugin/README.md",
    "tests/README.md",
    "tests/MEASURED.md",
)
#: Where a page's paths may begin, besides its own folder.
ROOTS = (CLONE, CLONE / "engine" / "text_replace_engine", PLUGIN)
_REPOSITORY = re.compile(r"(engine|plugin|install|tests|\.ci|\.github)/\S+|[\w./-]+\.(py|md|toml|cfg)|[a-z][\w./-]*/")
#: A folder or a module in capitals stands for any.
_PLACEHOLDER = re.compile(r"(^|/)[A-Z]+(/|\.py$)")
_LONGEST_README = 100


def _text(page: str) -> str:
    """A page without its code blocks."""
    return re.sub(r"^```.*?^```", "", (CLONE / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Nobody follows a link to a file or a heading that is not there any more."""
    broken = []
    for target in re.findall(r"\]\(([^)]+)\)", _text(page)):
        if re.match(r"\w+:", target):
            continue
        place, _, anchor = target.partition("#")
        file = (CLONE / page).parent / place if place else CLONE / page
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("page", PAGES)
def test_paths_in_backticks_exist(page: str) -> None:
    """A page that names a file of the repository names one that is there."""
    bases = (*ROOTS, (CLONE / page).parent)
    words = {named.split()[0] for named in re.findall(r"`([^`\s][^`]*)`", _text(page))}
    paths = {word for word in words if _REPOSITORY.fullmatch(word) and not _PLACEHOLDER.search(word)}
    assert not [path for path in sorted(paths) if not any((base / path).exists() for base in bases)]


def test_readme_is_short() -> None:
    """Users find install, use and limits without reading what is for developers."""
    assert len((CLONE / "README.md").read_text(encoding="utf-8").splitlines()) <= _LONGEST_README


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(command, TyperGroup):
        for word, inner in command.commands.items():
            yield from _commands(inner, f"{name} {word}")
    else:
        yield name, command


COMMANDS = dict(_commands(get_command(app), "text-replace"))


def _section(heading: str) -> str:
    reference = (CLONE / "engine" / "REFERENCE.md").read_text(encoding="utf-8")
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", reference, re.MULTILINE | re.DOTALL)
    assert found, f"engine/REFERENCE.md has no section {heading}"
    return found.group(1)


def _rows(heading: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    _head, _rule, *lines = [line for line in _section(heading).splitlines() if line.startswith("| ")] or [""] * 2
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]


def _in_backticks(cell: str) -> list[str]:
    return [each.split()[0] for each in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.parametrize("name", COMMANDS)
def test_reference_has_every_option(name: str) -> None:
    """Every option that a command's --help shows is in engine/REFERENCE.md, and no other."""
    shown = {text for option in COMMANDS[name].params if option.param_type_name == "option" for text in option.opts}
    assert {option for row in _rows(f"`{name}`") for option in _in_backticks(row[0])} == shown - {"--help"}


def test_reference_has_every_exit_code() -> None:
    """Scripts can rely on the exit codes, and on the kinds of error that a report names."""
    known = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, TextReplaceError)]
    kinds: dict[int, set[str]] = {0: set()}
    for error in known:
        kinds.setdefault(error.exit_code, set()).add(error.kind)
    assert {int(row[0]): set(_in_backticks(row[1])) for row in _rows("Exit codes")} == kinds


def test_reference_has_every_key_of_a_report() -> None:
    """Scripts find every key that --json writes in engine/REFERENCE.md, and no other."""
    keys = json.loads(Report((PairReport(facts=UNPAINTED),)).json())
    assert {key for row in _rows("Report") for key in _in_backticks(row[0])} == {*keys, "class"}
