"""The environment that an engine gets: the user's own, without what another program's package put into it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from text_replace_wire import environment
from text_replace_wire.environment import engine_environment

PYTHON = "/home/user/.local/share/text-replace/venv/bin/python"
LISTS = (
    "LD_LIBRARY_PATH",
    "PATH",
    "GTK_PATH",
    "GI_TYPELIB_PATH",
    "GDK_PIXBUF_MODULE_FILE",
    "XDG_DATA_DIRS",
    "GIO_MODULE_DIR",
)


@pytest.mark.parametrize("name", LISTS)
def test_appimage_leaves_nothing_and_the_users_own_stays(name: str) -> None:
    """Whatever leads into the package goes, wherever it stands in the list; the order of the others is kept."""
    given = {
        "APPDIR": "/tmp/.mount_GIMPab",
        name: "/tmp/.mount_GIMPab/usr/lib:/home/user/lib:/tmp/.mount_GIMPab//x/:/a",
    }
    assert engine_environment(given, PYTHON) == {name: "/home/user/lib:/a"}


def test_variable_of_the_package_alone_is_gone() -> None:
    """An empty LD_LIBRARY_PATH would mean the current folder, and an empty GTK_EXE_PREFIX the root."""
    given = {
        "APPDIR": "/tmp/.mount_x/",
        "LD_LIBRARY_PATH": "/tmp/.mount_x/usr/lib:",
        "GTK_EXE_PREFIX": "/tmp/.mount_x/usr",
    }
    assert engine_environment(given, PYTHON) == {}


def test_neighbour_with_a_longer_name_is_not_inside() -> None:
    """/tmp/.mount_xy is not in /tmp/.mount_x."""
    given = {"APPDIR": "/tmp/.mount_x", "LD_LIBRARY_PATH": "/tmp/.mount_xy/lib"}
    assert engine_environment(given, PYTHON) == {"LD_LIBRARY_PATH": "/tmp/.mount_xy/lib"}


def test_links_into_the_package_are_seen(tmp_path: Path) -> None:
    """The same folder under two names: where it is, not how it is written."""
    package = tmp_path / "package"
    (package / "lib").mkdir(parents=True)
    (tmp_path / "link").symlink_to(package)
    for root, entry in ((package, tmp_path / "link" / "lib"), (tmp_path / "link", package / "lib")):
        given = {"APPDIR": str(root), "LD_LIBRARY_PATH": f"{entry}:/own"}
        assert engine_environment(given, PYTHON) == {"LD_LIBRARY_PATH": "/own"}


def test_preloaded_libraries_may_be_separated_by_spaces() -> None:
    """A snap preloads a library of its own beside the user's."""
    given = {"APPDIR": "/tmp/.mount_x", "LD_PRELOAD": "/tmp/.mount_x/hook.so /usr/lib/libjemalloc.so"}
    assert engine_environment(given, PYTHON) == {"LD_PRELOAD": "/usr/lib/libjemalloc.so"}


def test_snap() -> None:
    """All of the snap's revisions, its data and its graphics libraries go; its home folder is not the user's; other
    snaps' programs are the user's.
    """
    given = {
        "SNAP": "/snap/gimp/501",
        "SNAP_USER_DATA": "/home/user/snap/gimp/501",
        "SNAP_REAL_HOME": "/home/user",
        "HOME": "/home/user/snap/gimp/501",
        "LD_LIBRARY_PATH": "/var/lib/snapd/lib/gl:/snap/gimp/current/usr/lib:/own",
        "XDG_CACHE_HOME": "/home/user/snap/gimp/501/.cache",
        "PATH": "/snap/gimp/501/usr/bin:/usr/bin:/snap/bin",
    }
    assert engine_environment(given, PYTHON) == {
        "SNAP_REAL_HOME": "/home/user",
        "HOME": "/home/user",
        "LD_LIBRARY_PATH": "/own",
        "PATH": "/usr/bin:/snap/bin",
    }


def test_what_gimp_itself_adds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GIMP in a folder of its own, or one with its own Python, adds that folder's libraries and modules."""
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "python"))
    monkeypatch.setattr(environment, "_gimps_prefix", lambda: iter([tmp_path / "gimp"]))
    names = {"GI_TYPELIB_PATH": "gimp/lib/girepository-1.0", "LD_LIBRARY_PATH": "gimp/lib", "PATH": "python/bin"}
    given = {name: f"{tmp_path / added}:/own" for name, added in names.items()}
    assert engine_environment(given, PYTHON) == dict.fromkeys(names, "/own")


@pytest.mark.parametrize("root", ["/", "/usr", "/usr/local"])
def test_systems_folders_are_nobodys(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a GIMP of the system nothing is taken away."""
    monkeypatch.setattr(sys, "base_prefix", root)
    given = {"PATH": "/usr/local/bin:/usr/bin", "LD_LIBRARY_PATH": "/usr/local/lib", "APPDIR": root}
    assert engine_environment(given, PYTHON) == given


def test_engines_own_python_keeps_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line starts the engine with the Python that it runs in: a conda's libraries are that one's."""
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    given = {"LD_LIBRARY_PATH": str(tmp_path / "lib")}
    assert engine_environment(given, str(tmp_path / "bin" / "python")) == given


def test_another_pythons_variables(tmp_path: Path) -> None:
    """PYTHONHOME and its like go; of PYTHONPATH stays where Text Replace itself is, so that a clone runs; what only
    says how Python behaves is the user's.
    """
    (tmp_path / "text_replace_engine").mkdir()
    given = {
        "PYTHONHOME": "/x",
        "PYTHONPLATLIBDIR": "lib64",
        "PYTHONPATH": f"/ros{os.pathsep}{tmp_path}",
        "PYTHONUTF8": "1",
    }
    assert engine_environment(given, PYTHON) == {"PYTHONPATH": str(tmp_path), "PYTHONUTF8": "1"}


def test_everything_else_is_as_it_was() -> None:
    """Values that only look like lists, or are relative or empty, are not touched."""
    given = {"HOME": "/tmp/.mount_x/h", "URL": "http://a:80/b", "EMPTY": "", "OMP_NUM_THREADS": "2", "R": "lib:.."}
    assert engine_environment(given | {"APPDIR": "/tmp/.mount_x"}, PYTHON) == given
