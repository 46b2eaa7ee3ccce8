"""The rules that keep the code base a set of small parts: who imports whom, what the plug-in uses, module length."""

from __future__ import annotations

import configparser
import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.imports import CLONE, ENGINE, PLUGIN, imported_modules, is_standard, sources

#: Lowest first: a part of the engine imports parts of lower rows only. A part is a module or a folder by its dotted
#: name inside the package; a module belongs to the longest name that fits.
ROWS: tuple[tuple[str, ...], ...] = (
    ("tensors", "devices"),
    ("painting.guided.sampling", "models"),
    ("finding.segment", "painting.region", "painting.upscale", "client.composite", "client.images"),
    ("finding.match", "client.exchange", "painting.guided.memory", "painting.areas"),
    ("painting.guided.paint",),
    ("painting.guided.samples", "finding.cache"),
    ("pipeline", "client.report"),
    ("local",),
    ("serving.jobs", "lab.classifier"),
    ("serving.pull_worker", "lab.train"),
    ("serving.handler", "serving.lock", "lab.evaluate"),
    ("serving.server",),
    ("serving.lifecycle",),
    ("cli",),
    ("__main__",),
)
_ROW = {part: number for number, row in enumerate(ROWS) for part in row}
LAB = ENGINE / "lab"
LONGEST_MODULE = 300
#: ctypes is standard too; gi comes with GIMP 3.
PLUGIN_EXTRAS = {"gi", "text_replace_wire", "text_replace_plugin"}


def _part(module: str) -> str | None:
    """The part of the engine that a dotted name leads to; None for other packages, and for what the package itself
    defines, such as its version.
    """
    package, *names = module.split(".")
    if package != ENGINE.name:
        return None
    for length in range(len(names), 0, -1):
        part = ".".join(names[:length])
        if part in _ROW:
            return part
    inside = ENGINE.joinpath(*names)
    assert not inside.with_suffix(".py").exists(), f"{module} has no row in ROWS: decide which parts may import it"
    return None


@pytest.mark.parametrize("file", sources(ENGINE), ids=lambda file: str(file.relative_to(ENGINE)))
def test_engine_imports_go_one_way(file: Path) -> None:
    """A part of the engine never imports a part above it or beside it, so each can be read and replaced alone."""
    part = _part(".".join(file.relative_to(ENGINE.parent).with_suffix("").parts).removesuffix(".__init__"))
    used = {_part(module) for module in imported_modules(file, ENGINE.parent)} - {None, part}
    wrong = sorted(other for other in used if other and (part is None or _ROW[other] >= _ROW[part]))
    assert not wrong, f"{part or 'the package itself'} must not import {wrong}"


@pytest.mark.parametrize("file", sources(PLUGIN), ids=lambda file: str(file.relative_to(PLUGIN)))
def test_plugin_uses_only_what_every_gimp_python_has(file: Path) -> None:
    """GIMP's own Pythons have no packages: the plug-in's folder needs the standard library, gi and itself only."""
    foreign = {
        module
        for module in imported_modules(file, PLUGIN)
        if not is_standard(module) and module.split(".")[0] not in PLUGIN_EXTRAS
    }
    assert not foreign


def test_wire_knows_neither_plugin_nor_engine() -> None:
    """Plug-in and engine share the wire, so it may depend on neither of them, and it draws no window."""
    for file in sources(PLUGIN / "text_replace_wire"):
        used = {module.split(".")[0] for module in imported_modules(file, PLUGIN)}
        assert not used & {"gi", "text_replace_plugin", "text_replace_engine"}, file


@pytest.mark.parametrize("folder", [ENGINE, PLUGIN, CLONE / "install"], ids=["engine", "plugin", "install"])
def test_modules_are_short(folder: Path) -> None:
    """A module does one job; one that grows past about 300 lines has a second."""
    lengths = {str(file.relative_to(CLONE)): len(file.read_text().splitlines()) for file in sources(folder)}
    assert not {name: length for name, length in lengths.items() if length > LONGEST_MODULE}


def test_nothing_imports_the_lab() -> None:
    """An edit needs nothing of what makes and measures models, nor its libraries; the command line loads it by name."""
    using = {
        str(file.relative_to(ENGINE))
        for file in sources(ENGINE)
        if file not in sources(LAB)
        and any(f"{module}.".startswith(f"{ENGINE.name}.lab.") for module in imported_modules(file, ENGINE.parent))
    }
    assert not using


def test_declared_dependencies_are_the_imported_ones() -> None:
    """setup.cfg asks for what the engine imports, and in the extra “lab” for what only lab/ imports: nothing is missing
    for a user, nothing installed for nothing.
    """
    setup = configparser.ConfigParser()
    setup.read(CLONE / "setup.cfg")
    lab = set(sources(LAB))
    needed = _distributions([file for file in sources(ENGINE) if file not in lab])
    assert _names(setup["options"]["install_requires"]) == needed
    assert _names(setup["options.extras_require"]["lab"]) == _distributions(sorted(lab)) - needed


def test_every_dependency_is_pinned() -> None:
    """The installer's list holds an exact version of everything that setup.cfg asks for."""
    setup = configparser.ConfigParser()
    setup.read(CLONE / "setup.cfg")
    extras = setup["options.extras_require"]
    lists = {
        "requirements.txt": setup["options"]["install_requires"] + extras["lab"],
        "requirements-test.txt": extras["test"],
    }
    for file, names in lists.items():
        pinned = re.findall(r"^([\w.-]+)==\S+$", (CLONE / "install" / file).read_text(), re.MULTILINE)
        assert _names(names) <= {_normal(name) for name in pinned}


def _distributions(files: list[Path]) -> set[str]:
    """Of what `files` import that is neither Python's nor ours."""
    imported = {module.split(".")[0] for file in files for module in imported_modules(file, ENGINE.parent)}
    foreign = {name for name in imported if not is_standard(name) and not name.startswith("text_replace_")}
    distributions = packages_distributions()
    return {_normal(distributions[name][0]) for name in foreign}


def _names(text: str) -> set[str]:
    return {_normal(name) for name in text.split()}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
