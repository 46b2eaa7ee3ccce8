"""Set-up where an earlier version is installed, whose distribution had another name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from installer import CLONE, engine

pytestmark = pytest.mark.slow

_OLD_SETUP = """\
[metadata]
name = text-replace
version = 0.0.1

[options]
packages = text_replace_engine

[options.entry_points]
console_scripts =
    text-replace = text_replace_engine.old:main
"""


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The Python of an environment that has the earlier version, and the state folder beside it."""
    folder = tmp_path / "venv"
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("TEXT_REPLACE_VENV", str(folder))
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path / "state"))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    # pip, the build tools and the libraries come from the environment that runs the tests.
    libraries = [place for place in sys.path if place.endswith("site-packages")]
    (_packages(python) / "tools.pth").write_text("\n".join(libraries))
    old = tmp_path / "old"
    (old / "text_replace_engine").mkdir(parents=True)
    (old / "setup.cfg").write_text(_OLD_SETUP)
    (old / "pyproject.toml").write_bytes((CLONE / "pyproject.toml").read_bytes())
    (old / "text_replace_engine" / "__init__.py").touch()
    (old / "text_replace_engine" / "old.py").write_text("def main() -> None:\n    print('the old one')\n")
    engine.pip_install(python, "--no-deps", "--no-build-isolation", old)
    assert _distributions(python) == {"text-replace"}
    assert _says(folder / "bin" / "text-replace") == "the old one"
    return python


def _packages(python: Path) -> Path:
    return Path(_says(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))


def _says(*command: object) -> str:
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _distributions(python: Path) -> set[str]:
    """What is installed in that environment itself."""
    listed = json.loads(_says(python, "-m", "pip", "--disable-pip-version-check", "list", "--local", "--format=json"))
    return {each["name"] for each in listed}


def test_set_up_takes_an_earlier_version_over(python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After set-up one distribution is there, ours; nothing of the earlier one is left, and the command works."""
    monkeypatch.setattr(engine, "install_libraries", lambda: python)
    command = engine.install_engine()
    assert _distributions(python) == {"gimp-text-replace"}
    assert not (_packages(python) / "text_replace_engine" / "old.py").exists()
    assert "Replace an object" in _says(command, "--help")
    place = _says(python, "-I", "-c", "import text_replace_engine; print(text_replace_engine.__file__)")
    assert Path(place).is_relative_to(_packages(python))


def test_tests_take_an_earlier_version_over(python: Path, tmp_path: Path) -> None:
    """The tests' environment, which uses the sources where they are, gets rid of it too; the second time too."""
    # A copy, because building leaves folders in it.
    sources = tmp_path / "sources"
    sources.mkdir()
    for name in engine.SOURCES:
        source = CLONE / name
        shutil.copytree(source, sources / name) if source.is_dir() else shutil.copy(source, sources)
    for _ in range(2):
        engine.install_package(python, "-e", sources)
        assert _distributions(python) == {"gimp-text-replace"}
        assert not (_packages(python) / "text_replace_engine").exists()
    # Where the engine is installed for this user, the libraries' folder has a copy of it.
    (_packages(python) / "tools.pth").unlink()
    place = _says(python, "-I", "-c", "import text_replace_engine; print(text_replace_engine.__file__)")
    assert Path(place).is_relative_to(sources)
