"""Ray, started for this command or joined: nothing of it is printed, and nothing of ours remains in it."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from text_replace_engine import signals
from text_replace_wire.errors import EngineUnavailable, UserError

#: The address that means a cluster of this machine alone, for this command alone.
LOCAL = "local"
#: Seconds.
_PATIENCE = 10
#: Of Ray, before it is imported: nobody is told of what we use, and standard output is ours.
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",
}


@contextmanager
def joined(address: str) -> Iterator[None]:
    """Ray can be used while the block runs; then the workers of this command end, however it ends. address: `LOCAL`,
    "auto" or HOST:PORT of a cluster to which this machine belongs. Raises UserError and EngineUnavailable.
    """
    os.environ.update(_QUIET)
    if address == LOCAL:
        # Without one of ours, Ray would keep one in the home folder.
        os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
    try:
        import ray
    except ImportError as error:
        raise UserError(f"--ray needs Ray: install it with “{sys.executable} -m pip install 'ray[data]'”.") from error
    silenced = logging.root.manager.disable
    # Tracebacks of what it mends by itself.
    logging.disable(logging.CRITICAL)
    try:
        with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
            try:
                _join(address, folder)
                yield
            finally:
                ray.shutdown()
    finally:
        logging.disable(silenced)


def _join(address: str, folder: str) -> None:
    """folder: for what Ray writes, where it is started here."""
    import ray

    is_ours = address == LOCAL
    # Ray lets everybody write into its own folder: that is inside of one that is this user's alone.
    place = {"_temp_dir": f"{folder}/ray", "_node_ip_address": "127.0.0.1"}
    own = {"include_dashboard": False, **place} if is_ours else {}
    try:
        _reach(address)
        with _speechless(), _interrupted_later():
            ray.init(address, log_to_driver=False, configure_logging=False, **own)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise EngineUnavailable(
            f"Ray cannot be started ({gist(error)}): leave out --ray, or set TMPDIR to a folder with a short name."
            if is_ours
            else f"Ray's cluster “{address}” cannot be joined ({gist(error)}): run this command on one of its machines."
        ) from error


def gist(error: Exception) -> str:
    """The first sentence of what Ray says."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].split(". ")[0].rstrip(".")


def _reach(address: str) -> None:
    """Raises OSError and ValueError for an address at which nobody answers: Ray would try for minutes."""
    if address in (LOCAL, "auto"):
        return
    host, _, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()


@contextmanager
def _interrupted_later() -> Iterator[None]:
    """Ctrl-C and a polite kill count when the block has ended: half started, Ray takes long to end, or crashes. The
    second counts at once. What Ray itself does on these signals is undone.
    """
    heard: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        if len(heard) > 1:
            raise KeyboardInterrupt

    with signals.heard(hear):
        yield
    if heard:
        raise KeyboardInterrupt


@contextmanager
def _speechless() -> Iterator[None]:
    """Standard error goes nowhere while the block runs: Ray's core says there how much it will say."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
