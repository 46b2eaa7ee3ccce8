"""Copying the plug-in into GIMP's folders, and taking it out again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from installer import PLUGIN, gimp


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with no GIMP program in reach."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "GIMP2_DIRECTORY", "GIMP3_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def program(folder: Path, name: str, version: str) -> None:
    """A GIMP that only knows its version."""
    file = folder / name
    file.write_text(f"#!/bin/sh\necho GNU Image Manipulation Program version {version}\n")
    file.chmod(0o755)


def test_folders_of_every_gimp_are_found(home: Path) -> None:
    """Native and Flatpak GIMPs of every version get the plug-in, the newest first, each once."""
    for folder in (".config/GIMP/2.10", ".config/GIMP/3.0", ".var/app/org.gimp.GIMP/config/GIMP/3.2"):
        (home / folder).mkdir(parents=True)
    program(home, "gimp-console-2.10", "2.10.34")
    found = gimp.installed()
    assert [each.version for each in found] == ["3.2", "3.0", "2.10"]
    assert [bool(each.program) for each in found] == [False, False, True]


def test_gimp_directory_variables_are_honoured(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who moved GIMP's folder with GIMP2_DIRECTORY or GIMP3_DIRECTORY finds the plug-in there."""
    program(home, "gimp-console-2.10", "2.10.34")
    program(home, "gimp-console-3.0", "3.0.4")
    monkeypatch.setenv("GIMP2_DIRECTORY", str(home / "two"))
    monkeypatch.setenv("GIMP3_DIRECTORY", str(home / "three"))
    assert [each.folder.name for each in gimp.installed()] == ["three", "two"]


def test_relative_gimp_directory_is_below_the_home_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """GIMP takes such a name as one below the home folder, wherever it is started: the plug-in must go there, too."""
    program(home, "gimp-console-2.10", "2.10.34")
    monkeypatch.setenv("GIMP2_DIRECTORY", "two")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert [each.folder for each in gimp.installed()] == [home / "two"]


def test_relative_settings_folder_does_not_count(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The XDG base directories must be whole paths; others are ignored."""
    program(home, "gimp-console-3.0", "3.0.4")
    monkeypatch.setenv("XDG_CONFIG_HOME", "config")
    assert [each.folder for each in gimp.installed()] == [home / ".config/GIMP/3.0"]


def test_every_version_is_named_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two folders of one version both get the plug-in, a link to one no second time, a copy of one not at all."""
    for folder in (".config/GIMP/2.10", ".config/GIMP/2.10.old", ".var/app/org.gimp.GIMP/config/GIMP/3.0"):
        (home / folder).mkdir(parents=True)
    (home / ".config/GIMP/3.0").symlink_to(home / ".var/app/org.gimp.GIMP/config/GIMP/3.0")
    program(home, "gimp-console-2.10", "2.10.34")
    monkeypatch.setenv("GIMP2_DIRECTORY", str(home / "two"))
    assert len(gimp.installed()) == 3
    assert gimp.versions() == ["3.0", "2.10"]


def test_copy_is_complete_executable_and_repeatable(home: Path) -> None:
    """The copied folder imports alone, GIMP sees an executable file, and a second copy replaces what was damaged."""
    folder = home / ".config" / "GIMP" / "3.0"
    folder.mkdir(parents=True)
    (found,) = gimp.installed()
    gimp.copy_plug_in(found)
    script = folder / "plug-ins" / "text-replace" / "text-replace.py"
    assert os.access(script, os.X_OK)
    code = "import sys; sys.path.insert(0, sys.argv[1]); import text_replace_wire.messages"
    subprocess.run([sys.executable, "-I", "-c", code, script.parent], check=True)
    script.write_text("damaged")
    (script.parent / "left-over.py").touch()
    gimp.copy_plug_in(found)
    assert script.read_bytes() == (PLUGIN / "text-replace.py").read_bytes()
    assert not (script.parent / "left-over.py").exists()
    assert [each.name for each in folder.iterdir()] == ["plug-ins"]


def test_changed_copy_is_asked_again_by_gimp(home: Path) -> None:
    """GIMP keeps the menu items of a plug-in whose file is as old as before, so a new version's would never appear."""
    (home / ".config/GIMP/3.0").mkdir(parents=True)
    (found,) = gimp.installed()
    gimp.copy_plug_in(found)
    script = found.plug_in / "text-replace.py"
    os.utime(script, (1e9, 1e9))
    (found.plug_in / "left-over.py").touch()
    gimp.copy_plug_in(found)
    assert script.stat().st_mtime > 1e9


def test_unchanged_copy_is_left_alone(home: Path) -> None:
    """A second run does nothing where nothing changed, so that GIMP need not query the plug-in again."""
    (home / ".config/GIMP/3.0").mkdir(parents=True)
    (found,) = gimp.installed()
    gimp.copy_plug_in(found)
    before = found.plug_in.stat().st_ino
    gimp.copy_plug_in(found)
    assert found.plug_in.stat().st_ino == before


def test_link_is_left_alone(home: Path) -> None:
    """A developer's link to the clone is not replaced by a copy."""
    plug_ins = home / ".config/GIMP/3.0/plug-ins"
    plug_ins.mkdir(parents=True)
    (plug_ins / "text-replace").symlink_to(PLUGIN)
    (found,) = gimp.installed()
    gimp.copy_plug_in(found)
    assert found.plug_in.is_symlink()


def test_removal_takes_only_the_plug_in(home: Path) -> None:
    """Uninstalling leaves GIMP's other plug-ins alone, takes what Python compiled, and a second time does nothing."""
    other = home / ".config/GIMP/3.0/plug-ins/other"
    other.mkdir(parents=True)
    (found,) = gimp.installed()
    gimp.copy_plug_in(found)
    (found.plug_in / "text_replace_wire" / "__pycache__").mkdir()
    gimp.remove_plug_in(found)
    gimp.remove_plug_in(found)
    assert [each.name for each in other.parent.iterdir()] == ["other"]
