"""The package in each form that people use: wheel, editable install, and the plug-in's folder alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from installer import CLONE, PLUGIN
from installer.engine import SOURCES

pytestmark = pytest.mark.slow
PIP = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
OFFLINE = ["--no-deps", "--no-build-isolation"]


def output(*command: object) -> str:
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the package is built from, because building leaves folders in it."""
    folder = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        source = CLONE / name
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, folder / name, ignore=ignored) if source.is_dir() else shutil.copy(source, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([*PIP, "wheel", *OFFLINE, "-w", folder, sources], check=True)
    return next(folder.glob("*.whl"))


def test_wheel_holds_every_module_and_model(wheel: Path) -> None:
    """A new subpackage or model file cannot be forgotten in setup.cfg: the wheel has all that the tree has."""
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(file.relative_to(root))
        for root, package in ((CLONE / "engine", "text_replace_engine"), (PLUGIN, "text_replace_wire"))
        for file in (root / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert wanted - packed == set()
    assert not [name for name in packed if name.startswith("text_replace_plugin")]


def test_wheel_runs_without_the_clone(wheel: Path, tmp_path: Path) -> None:
    """What is installed from the wheel imports both packages from there, the command line included."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = """if True:
        import sys
        sys.path.insert(0, sys.argv[1])
        import text_replace_wire, text_replace_engine.cli
        print(text_replace_wire.__file__, text_replace_engine.cli.__file__)"""
    printed = output(sys.executable, "-P", "-c", code, tmp_path)
    assert all(Path(place).is_relative_to(tmp_path) for place in printed.split())


def test_editable_install_uses_the_sources(sources: Path, tmp_path: Path) -> None:
    """An editable install finds the wire inside the plug-in's folder, so that there is one source of it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path], check=True)
    python = tmp_path / "bin" / "python"
    packages = Path(output(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
    # The build tools come from the environment that runs the tests.
    tools = packages / "tools.pth"
    tools.write_text(sysconfig.get_path("purelib"))
    subprocess.run([*PIP, "--python", python, "install", *OFFLINE, "-e", sources], check=True)
    tools.unlink()
    place = output(python, "-I", "-c", "import text_replace_wire; print(text_replace_wire.__file__)")
    assert Path(place).is_relative_to(sources / "plugin" / "text-replace")
