"""The rules that keep the code base a set of small parts: who imports whom, what the plug-in uses, module length."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.imports import CLONE, ENGINE, PLUGIN, imported_modules, is_standard, sources
from tests.architecture.rooms import INSIDE, ROOMS, Rows, part_of, row_of

LAB = ENGINE / "lab"
CLUSTER = ENGINE / "batch" / "cluster"
LONGEST_MODULE = 300
#: ctypes is standard too; gi comes with GIMP 3.
PLUGIN_EXTRAS = {"gi", "text_replace_wire", "text_replace_plugin"}


def _place(file: Path) -> list[str]:
    return [name for name in file.relative_to(ENGINE).with_suffix("").parts if name != "__init__"]


def _used_names(file: Path) -> list[list[str]]:
    """What a file of the engine imports of the engine, as names inside the package."""
    modules = (module.split(".") for module in imported_modules(file, ENGINE.parent))
    return [names for package, *names in modules if package == ENGINE.name and names]


def _wrong_imports(file: Path, rows: Rows) -> list[str]:
    own = part_of(_place(file), rows)
    used = {part_of(names, rows) for names in _used_names(file)} - {None, own}
    if own is None:
        return sorted(part for part in used if part)
    return sorted(part for part in used if part and row_of(part, rows) >= row_of(own, rows))


@pytest.mark.parametrize("file", sources(ENGINE), ids=lambda file: str(file.relative_to(ENGINE)))
def test_engine_imports_go_one_way(file: Path) -> None:
    """A room never imports a room above it or beside it, nor a module in a room one above or beside it, so each can be
    read and replaced alone.
    """
    room = part_of(_place(file), ROOMS)
    assert not _wrong_imports(file, ROOMS)
    inside = INSIDE.get(room or "")
    if inside is not None and file.name != "__init__.py":
        assert part_of(_place(file), inside), f"{file} has no row in rooms.py: decide which modules may import it"
        assert not _wrong_imports(file, inside)


def test_every_module_has_a_row() -> None:
    """A new room or module is placed, not forgotten: rooms.py names every one, and no other."""
    there = {".".join(_place(file)) for file in sources(ENGINE) if file.name != "__init__.py"}
    named = {part for rows in (ROOMS, *INSIDE.values()) for row in rows for part in row}
    assert not [module for module in there if part_of(module.split("."), ROOMS) is None]
    assert not [part for part in named if not any(module == part or module.startswith(f"{part}.") for module in there)]


@pytest.mark.parametrize("package", ["client", "serving", "sets", "cli", "local"])
def test_torch_is_imported_by_who_computes_only(package: str) -> None:
    """Programs that only ask, the server before it has work, and --help answer at once: they import no torch."""
    modules = [".".join(["text_replace_engine", *_place(file)]) for file in sources(ENGINE)]
    room = [module for module in modules if module.split(".")[1:2] == [package]]
    code = (
        f"import importlib, sys; [importlib.import_module(each) for each in {room}]; sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_only_model_sets_and_the_lab_know_guided_diffusion() -> None:
    """A second painter needs no change in server, client, pipeline or wire: they do not know the first one's names."""
    knowing = {
        _place(file)[0]
        for file in sources(ENGINE)
        for names in _used_names(file)
        if names[:2] == ["painting", "guided"] and _place(file)[:2] != ["painting", "guided"]
    }
    assert knowing <= {"sets", "lab"}


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
    """setup.cfg asks for what the engine imports, and in extras for what only lab/ or batch/cluster/ imports: nothing
    is missing for a user, nothing installed for nothing.
    """
    setup = configparser.ConfigParser()
    setup.read(CLONE / "setup.cfg")
    extras = {"lab": sources(LAB), "cluster": sources(CLUSTER)}
    extra = {file for files in extras.values() for file in files}
    needed = _distributions([file for file in sources(ENGINE) if file not in extra])
    assert _names(setup["options"]["install_requires"]) == needed
    for name, files in extras.items():
        assert _names(setup["options.extras_require"][name]) == _distributions(files) - needed


def test_every_dependency_is_pinned() -> None:
    """The installer's list holds an exact version of everything that setup.cfg asks for."""
    setup = configparser.ConfigParser()
    setup.read(CLONE / "setup.cfg")
    extras = setup["options.extras_require"]
    lists = {
        "requirements.txt": setup["options"]["install_requires"] + extras["lab"],
        "requirements-test.txt": extras["test"] + extras["cluster"],
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
    return {_normal(name.partition("[")[0]) for name in text.split()}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
