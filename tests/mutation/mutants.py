"""Runs mutmut over one group in a folder of its own, and says what survived.

mutmut and not cosmic-ray: it imports once and forks for every mutant, where a process each would import PyTorch each
time. It changes what is inside functions; tables and constants of modules, properties and lambdas of fields it leaves
alone. tests/wire/test_tables.py holds the tables.
"""

from __future__ import annotations

import ast
import difflib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.groups import Group

CLONE = Path(__file__).resolve().parents[2]
#: Where the packages are in the clone.
PACKAGES = {"text_replace_engine": "engine", "text_replace_wire": "plugin/text-replace"}
#: Lines that raise or hold a sentence: their words are the catalogues' and the documents' matter.
_LEFT_ALONE = [r"raise \w+\(", r'"[^"]*\w \w[^"]*"']
_IGNORED = shutil.ignore_patterns("__pycache__", "screenshots")
_PROGRAM = Path(sys.executable).with_name("mutmut")
#: In mutmut's words.
_SURVIVED = ("survived", "no tests")


@dataclass(frozen=True, order=True)
class Mutant:
    """One change of the source, told without line numbers, so that it is the same after lines have moved.

    function: its dotted name. before, after: the changed lines, each without indentation.
    """

    function: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.function}\n    - {self.before}\n    + {self.after}"

    def is_of(self, group: Group) -> bool:
        return any(self.function.startswith(f"{module[:-3].replace('/', '.')}.") for module in group.modules)


@dataclass(frozen=True)
class Outcome:
    """Numbers of mutants, and what the survivors change: two that change equal lines in the same way are one there."""

    total: int
    tried: int
    survived: int
    survivors: frozenset[Mutant]


class CleanRunFailed(Exception):
    """The tests fail without any mutant, or do not reach one; what mutmut printed."""


def run(group: Group, folder: Path, processes: int, seconds: float) -> Outcome:
    """Mutate the group's modules in copies below `folder`, an empty folder, for at most `seconds`.

    Raises CleanRunFailed.
    """
    _prepare(group, folder)
    printed = folder / "printed.txt"
    ended = _mutmut(folder, processes, printed, seconds)
    if ended not in (None, 0):
        raise CleanRunFailed(printed.read_text(encoding="utf-8", errors="replace")[-4000:])
    statuses = _statuses(folder)
    survived = [name for name, status in statuses.items() if status in _SURVIVED]
    tried = sum(status != "not checked" for status in statuses.values())
    return Outcome(len(statuses), tried, len(survived), frozenset(_described(folder, survived)))


def _prepare(group: Group, folder: Path) -> None:
    """mutmut calls a module by its path from the folder that it runs in; the copies' own layout is a link away."""
    inside = folder / "mutants"
    for name in ("engine", "plugin", "tests", "install"):
        shutil.copytree(CLONE / name, inside / name, ignore=_IGNORED)
    for package, parent in PACKAGES.items():
        shutil.move(inside / parent / package, folder / package)
        (inside / parent / package).symlink_to(inside / package)
    shutil.copy(CLONE / "setup.cfg", folder)
    settings = {
        "source_paths": sorted({module.split("/")[0] for module in group.modules}),
        "also_copy": list(PACKAGES),
        "only_mutate": list(group.modules),
        "do_not_mutate_patterns": _LEFT_ALONE,
        "pytest_add_cli_args_test_selection": [
            *(f"tests/{name}" for name in group.tests),
            *("-m", "not gimp and not slow"),
        ],
        "pytest_add_cli_args": [
            # The same examples for every mutant, and only the first that fails.
            "--hypothesis-seed=0",
            *("-p", "tests.mutation.without_shrinking"),
            *("-p", "no:cacheprovider"),
            # It collects garbage twice, which takes longer than the tests.
            *("-p", "no:unraisableexception"),
        ],
        # PyTorch's threads do not survive a fork of a process that has computed something.
        "process_isolation": "forkserver",
        "timeout_constant": 3.0,
        "timeout_multiplier": 4.0,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    project = (CLONE / "pyproject.toml").read_text(encoding="utf-8")
    (folder / "pyproject.toml").write_text("\n".join([project, "[tool.mutmut]", *lines, ""]), encoding="utf-8")


def _mutmut(folder: Path, processes: int, printed: Path, seconds: float) -> int | None:
    """Its exit status; None where the time was up."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""}
    with printed.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [_PROGRAM, "run", "--max-children", str(processes)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            # Its own workers, and the programs that a test started for a mutant that hangs.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _statuses(folder: Path) -> dict[str, str]:
    """Of every mutant, by mutmut's name of it."""
    command = [str(_PROGRAM), "results", "--all", "true"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return dict(re.findall(r"^ +(\S+): (.+)$", done.stdout, re.MULTILINE))


def _described(folder: Path, names: Sequence[str]) -> list[Mutant]:
    """mutmut has written every mutant of a function below it, as a function of another name."""
    found = []
    for module, own in itertools.groupby(sorted(names), lambda name: name.rpartition(".")[0]):
        source = (folder / "mutants" / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
        functions = _functions(source)
        for name in own:
            mangled = name.rpartition(".")[2]
            plain = mangled.partition("__mutmut_")[0]
            before, after = changed(functions[f"{plain}__mutmut_orig"], functions[mangled])
            function = re.sub(r"^x_", "", plain).removeprefix("xǁ").replace("ǁ", ".")
            found.append(Mutant(f"{module}.{function}", before, after))
    return found


def _functions(source: str) -> dict[str, list[str]]:
    """Their lines by their names, each without its own name, indentation and decorators."""
    lines = source.splitlines()
    return {
        node.name: [line.strip().replace(node.name, "") for line in lines[node.lineno - 1 : node.end_lineno]]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
    }


def changed(before: Sequence[str], after: Sequence[str]) -> tuple[str, str]:
    """The lines that are only in one of them, each side joined to one text."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    parts = [part for part in matcher.get_opcodes() if part[0] != "equal"]
    removed = [line for _, start, end, _, _ in parts for line in before[start:end]]
    added = [line for _, _, _, start, end in parts for line in after[start:end]]
    return " ".join(removed), " ".join(added)
