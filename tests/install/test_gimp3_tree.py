"""The tree with GIMP 3 runs wherever the user's home folder and the clone are."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from installer import CLONE

pytestmark = pytest.mark.gimp

TREE = CLONE / "install" / "gimp3-tree"


@pytest.fixture(scope="module")
def cache() -> Path:
    """Where the tree is."""
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed, so GIMP 3 cannot run from its tree (apt-get install bubblewrap)")
    made = subprocess.run([TREE, "make"], capture_output=True, text=True, timeout=900)
    if made.returncode:
        pytest.skip(f"there is no GIMP 3 tree: {made.stderr.strip()}")
    return Path(made.stdout.strip()).parents[2]


def inside(cache: Path, home: str, line: str, *binds: object) -> str:
    """What a line of sh prints there."""
    variables = {**os.environ, "HOME": home, "XDG_CACHE_HOME": str(cache)}
    command = [str(TREE), "run", *map(str, binds), "--", "sh", "-c", line]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "home",
    ["/home/me", "/root", "/var/home/me", "/var/lib/me", "/var/tmp", "/usr/home/me", "/usr/share/a b/me", "/etc/me"],
)
def test_home_anywhere(cache: Path, home: str) -> None:
    """An empty home folder that can be written to, and everything else of the tree."""
    line = (
        'ls -A "$HOME"; touch "$HOME/mine"; cd /; ls /usr/bin/gimp-console /etc/passwd; ls -d /var/cache; ls /usr/lib'
    )
    there = inside(cache, home, line).split()
    assert there[:3] == ["/etc/passwd", "/usr/bin/gimp-console", "/var/cache"]
    assert there[3:] == inside(cache, "/home/me", "ls /usr/lib").split()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes folders there")
@pytest.mark.parametrize("above", ["/var", "/usr/src", "/usr/lib", "/etc", "/var/tmp"])
def test_clone_anywhere(cache: Path, above: str) -> None:
    """A folder of the host at its own path, below one of the tree's, which stays complete."""
    clone = Path(above) / f"text-replace-test-{os.getpid()}" / "clone"
    clone.mkdir(parents=True)
    try:
        (clone / "file").write_text("mine")
        line = f'cat "{clone}/file"; ls -d /usr/bin/gimp-console /etc/passwd /var/cache'
        there = inside(cache, "/var/home/me", line, "--ro-bind", clone)
        assert there.startswith("mine") and "/etc/passwd\n/usr/bin/gimp-console\n/var/cache" in there
    finally:
        shutil.rmtree(clone.parent)
