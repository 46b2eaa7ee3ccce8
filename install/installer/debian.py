"""Debian packages: what is missing, how large it is, and installing it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence

from installer.shell import SetupFailed, root_prefix, run, say


def missing(packages: Sequence[str]) -> list[str]:
    """Those of `packages` that are not installed; all of them where there is no dpkg."""
    if shutil.which("dpkg-query") is None:
        return list(packages)
    return [name for name in packages if not _installed(name)]


def can_install() -> bool:
    return shutil.which("apt-get") is not None and root_prefix() is not None


def install(packages: Sequence[str]) -> None:
    """Install `packages` after saying how much is downloaded. Raises SetupFailed with what to do by hand."""
    names = " ".join(packages)
    prefix = root_prefix()
    if shutil.which("apt-get") is None:
        raise SetupFailed(f"This system has no apt-get: install what Debian calls {names}, then run this again.")
    if prefix is None:
        raise SetupFailed(f"Installing {names} needs root: run 'apt-get install {names}' as root, then run this again.")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"]
    run([*apt, "-q", "update"], "The list of Debian packages could not be read: check the network and try again.")
    wanted = ["install", "-y", "-q", "--no-install-recommends", *packages]
    uris = run([*apt, *wanted, "--print-uris"], f"Debian does not offer {names}.")
    size = sum(int(found) for found in re.findall(r"^'[^']+' \S+ (\d+)", uris, re.MULTILINE))
    say(f"Downloading Debian packages, {size / 1e6:.1f} MB: {names}")
    run([*apt, *wanted], f"apt-get could not install {names}; mend that, then run this again:")


def _installed(name: str) -> bool:
    query = subprocess.run(["dpkg-query", "-W", "-f=${Status}", name], capture_output=True, text=True)
    return query.stdout.endswith("ok installed")
