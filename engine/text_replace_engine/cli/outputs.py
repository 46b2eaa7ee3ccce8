"""Output files: all of them appear, whole, or none does."""

from __future__ import annotations

import errno
import os
import secrets
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from text_replace_wire.errors import OutputError, UserError

_UNCHECKED: Mapping[Path, Callable[[Path], None]] = MappingProxyType({})


def check_outputs(outputs: Mapping[str, Path | None], inputs: Sequence[Path | None]) -> None:
    """`outputs` by option. Raises UserError for a folder, or a file that is also read or written otherwise.

    Raises OutputError where a folder cannot be written to, before anything is computed in vain.
    """
    taken: list[Path] = []
    for option, path in outputs.items():
        if path is None:
            continue
        if path.is_dir():
            raise UserError(f"{option} “{path}” is a folder: name a file.")
        if any(same_file(path, source) for source in inputs if source is not None):
            raise UserError(f"{option} “{path}” is also read: choose another name, so that the original is kept.")
        if any(same_file(path, other) for other in taken):
            raise UserError(f"{option} “{path}” is written twice: give every output its own name.")
        taken.append(path)
    for path in taken:
        with _explained(path):
            _probe(path)


def same_file(path: Path, other: Path) -> bool:
    """Whether two names mean one file, through links and on file systems that ignore case."""
    with suppress(OSError):
        return path.samefile(other)
    return path.resolve() == other.resolve()


def write_outputs(contents: Mapping[Path, bytes], checks: Mapping[Path, Callable[[Path], None]] = _UNCHECKED) -> None:
    """Write every file to a temporary file in its folder, then rename all. Raises OutputError; then none is there.

    checks: of some of them, what is called with the temporary file; what it raises ends everything, too.
    """
    partials: dict[Path, Path] = {}
    written: list[Path] = []
    try:
        for path, data in contents.items():
            with _explained(path):
                _write(path, data, partials)
        for partial, target in partials.items():
            for path, check in checks.items():
                if path.resolve() == target:
                    check(partial)
        with _uninterrupted():
            for partial, target in list(partials.items()):
                with _explained(target):
                    partial.replace(target)
                written.append(target)
                del partials[partial]
            written.clear()
    finally:
        for leftover in (*partials, *written):
            with suppress(OSError):
                leftover.unlink()


def _write(path: Path, data: bytes, partials: dict[Path, Path]) -> None:
    """Write `data` beside `path` and note where; straight into what is not a file (a pipe, a device)."""
    target = path.resolve()
    if target.exists() and not target.is_file():
        target.write_bytes(data)
        return
    partial = target.parent / f".text-replace-{secrets.token_hex(6)}"
    partials[partial] = target
    with partial.open("xb") as file:
        file.write(data)
        file.flush()
        # Some file systems notice only now that they are full.
        os.fsync(file.fileno())


def _probe(path: Path) -> None:
    target = path.resolve()
    if target.exists() and not target.is_file():
        return
    # Renaming would replace even a file that its owner protected.
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    probe = target.parent / f".text-replace-{secrets.token_hex(6)}"
    try:
        probe.touch(exist_ok=False)
    finally:
        probe.unlink(missing_ok=True)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"“{path}” could not be written: {_cause(path, error)}.") from error


def _cause(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "the disk is full, free some space or choose another folder"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"there is no permission to write in “{path.parent}”, choose another folder"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return f"there is no folder “{path.parent}”, create it first"
    return f"{error.strerror or error}, choose another folder"


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C comes too late to stop the renaming: half of the outputs would remain."""
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
