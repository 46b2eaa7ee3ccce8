"""Output files: all of them appear, whole, or none does."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from text_replace_engine.cli import descriptors
from text_replace_wire.errors import OutputError, UserError

_CAUSES = {
    errno.EBADF: "it is closed, or open for reading only",
    errno.EFBIG: "the disk is full, free some space or choose another folder",
    errno.EDQUOT: "the disk is full, free some space or choose another folder",
    errno.ENOSPC: "the disk is full, free some space or choose another folder",
    errno.ELOOP: "it is a link that leads back to itself, choose another name",
    errno.ENAMETOOLONG: "the name is too long, choose a shorter one",
    errno.EPIPE: "nobody reads it any more",
}
_UNCHECKED: Mapping[Path, Callable[[Path], None]] = MappingProxyType({})


def check_outputs(outputs: Mapping[str, Path | None], inputs: Sequence[Path | None]) -> None:
    """`outputs` by option. Raises UserError for a folder, or a file that is also read or written otherwise.

    Raises OutputError where a folder cannot be written to, before anything is computed in vain.
    """
    taken: list[Path] = []
    for option, path in outputs.items():
        if path is None:
            continue
        with _explained(path):
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
    # In a folder that has been deleted a name means nothing.
    with suppress(OSError):
        return os.path.realpath(path) == os.path.realpath(other)
    return False


def write_outputs(contents: Mapping[Path, bytes], checks: Mapping[Path, Callable[[Path], None]] = _UNCHECKED) -> None:
    """Write every file to a temporary file in its folder, then rename all; what is not a file, such as a pipe, is
    written straight in between. Raises OutputError; then no file is there.

    checks: of some of them, what is called with the temporary file; what it raises ends everything, too.
    """
    partials: dict[Path, Path] = {}
    written: list[Path] = []
    straight: list[Path] = []
    try:
        for path, data in contents.items():
            with _explained(path):
                if _is_straight(path):
                    straight.append(path)
                else:
                    _write(path, data, partials)
        for partial, target in partials.items():
            for path, check in checks.items():
                if path.resolve() == target:
                    check(partial)
        for path in straight:
            with _explained(path):
                _pour(path, contents[path])
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


def _is_straight(path: Path) -> bool:
    """Whether `path` is there and not a file, or is open already: then nothing can take its place."""
    return descriptors.meant_by(path) is not None or (_status(path) is not None and not path.is_file())


def _pour(path: Path, data: bytes) -> None:
    descriptor = descriptors.meant_by(path)
    with path.open("wb") if descriptor is None else os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(data)


def _write(path: Path, data: bytes, partials: dict[Path, Path]) -> None:
    """Write `data` beside the file that `path` means, for whom that file was, and note where."""
    target = Path(os.path.realpath(path))
    former = _status(target)
    partial = target.parent / f".text-replace-{secrets.token_hex(6)}"
    partials[partial] = target
    # What only its user could read is at no time there for others.
    mode = 0o666 if former is None else 0o600
    with open(partial, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        if former is not None:
            _hand_over(partial, target, former)
        file.write(data)
        file.flush()
        # Some file systems notice only now that they are full.
        os.fsync(file.fileno())


def _hand_over(partial: Path, target: Path, former: os.stat_result) -> None:
    """Owner, group and rights of `target` for `partial`, as far as this user can give them."""
    if hasattr(os, "chown"):
        for owner, group in ((-1, former.st_gid), (former.st_uid, -1)):
            with suppress(OSError):
                os.chown(partial, owner, group)
    with suppress(OSError):
        shutil.copystat(target, partial)


def _probe(path: Path) -> None:
    if _is_straight(path):
        return
    target = Path(os.path.realpath(path))
    # Renaming would replace even a file that its owner protected.
    if _status(target) is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    probe = target.parent / f".text-replace-{secrets.token_hex(6)}"
    try:
        probe.touch(exist_ok=False)
    finally:
        probe.unlink(missing_ok=True)


def _status(path: Path) -> os.stat_result | None:
    """None where nothing is there. Raises OSError where that cannot be known, or nothing could ever be there."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"“{path}” could not be written: {_cause(path, error)}.") from error


def _cause(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.ENOTDIR) and not path.is_absolute() and _is_astray():
        return "the current folder has been deleted, change to another one"
    folder = path.parent
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"there is no permission to write in “{folder}”, choose another folder"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        # The name of a link is in a folder that is there: it is what the link leads to that is not.
        missing = Path(os.path.realpath(path)).parent if folder.exists() else folder
        if not missing.is_dir():
            return f"there is no folder “{missing}”, create it first"
    return _CAUSES.get(error.errno or 0, f"{error.strerror or error}, choose another folder")


def _is_astray() -> bool:
    """Whether the current folder has no name any more."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C comes too late to stop the renaming: half of the outputs would remain."""
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
