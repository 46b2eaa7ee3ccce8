"""How much memory this process may have, and whether an engine fits into that. To be asked before torch is imported:
under a limit that is too low, libraries fail while they are loaded, each in a way of its own.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from text_replace_wire.errors import OutOfMemory

#: Bytes of address space that a process takes that edits the sample by the starter models, with one processor core and
#: a torch that is built for CUDA. With two cores it failed under `ulimit -v` of 5.12 GB, and succeeded under 5.22 GB
#: (tests/MEASURED.md). Looking for the object takes the most of it.
_ADDRESS_SPACE = 5_150 * 10**6
#: What an engine that serves others takes besides: failed under 5.73 GB in all, succeeded under 5.84 GB.
SERVICE = 620 * 10**6
#: What of it are CUDA's libraries, mapped by the import of torch. A torch without them was not measured.
_CUDA_LIBRARIES = 2_500 * 10**6
#: At most, for each further core: stack and heap of a thread.
_CORE = 75 * 10**6
#: Bytes of data segments in the same edit, the most that was seen, which count against `ulimit -d`.
_DATA = 2_350 * 10**6
#: Bytes in memory that cannot be read again from disk, the most that was seen, which count against a control group.
_RESIDENT = 1_750 * 10**6
#: Threads for each core, and besides.
_THREADS_A_CORE = 2
_OTHER_THREADS = 4

_TRIAL = """
import sys, threading
enough = threading.Event()
try:
    for _ in range(int(sys.argv[1])):
        threading.Thread(target=enough.wait, daemon=True).start()
except RuntimeError:
    sys.exit(1)
"""

_PHRASES = ("failed to map segment", "cannot allocate memory", "can't start new thread", "out of memory")
#: Where Linux shows control groups, of either version.
_GROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Limit:
    """Bytes that are left under one limit, that this process has used of it, and that it needs to be an engine.
    setting: what sets the limit, for the user.
    """

    setting: str
    left: int
    used: int
    needed: int

    @property
    def allows(self) -> int:
        """Bytes that this process may have in all."""
        return self.left + self.used


def check(besides: int = 0) -> None:
    """Raises OutOfMemory where a limit that was set for this process or its container leaves no room for an engine, or
    for its threads. besides: bytes of address space that this process will need for something else.
    """
    for limit in limits(besides):
        if limit.allows < limit.needed:
            raise OutOfMemory(
                f"The engine needs {_gigabytes(limit.needed)} GB of memory, and {limit.setting} allows "
                f"{_gigabytes(limit.allows)} GB: raise that limit, or run “text-replace start” outside of it."
            )
    _check_threads()


def limits(besides: int = 0) -> Iterator[Limit]:
    """The limits on memory that were set for this process, and for the control groups that it is in; see `check`."""
    # Where not even this can be imported, what is said of that must not need it (`unusable`).
    import psutil

    memory = psutil.Process().memory_info()
    if sys.platform != "win32":
        import resource

        for number, setting, used, needed in (
            (resource.RLIMIT_AS, "the limit on address space (ulimit -v)", memory.vms, _address_space() + besides),
            (resource.RLIMIT_DATA, "the limit on data (ulimit -d)", getattr(memory, "data", 0), _DATA),
        ):
            most, _ = resource.getrlimit(number)
            if most != resource.RLIM_INFINITY:
                yield Limit(setting, most - used, used, needed)
    for left in _left_in_groups(Path("/proc/self/cgroup"), _GROUPS):
        yield Limit("the memory limit of this container or session (its control group)", left, memory.rss, _RESIDENT)


def most() -> int:
    """Bytes of memory that this process may have, whatever is in use now."""
    import psutil

    there: int = min([psutil.virtual_memory().total, *(limit.allows for limit in limits())])
    return there


def is_shortage(error: BaseException) -> bool:
    """Whether `error` says, in the words of some library, that there is no more memory, or no more threads."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    # The loader of libraries, threads, and compiled modules have no error of their own for it.
    words = str(error).lower()
    return isinstance(error, (ImportError, RuntimeError, OSError)) and any(phrase in words for phrase in _PHRASES)


def _address_space() -> int:
    cores = os.cpu_count() or 1
    spec = find_spec("torch")
    places = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
    has_cuda = any((Path(place) / "lib" / "libtorch_cuda.so").exists() for place in places)
    return _ADDRESS_SPACE + (cores - 1) * _CORE - (0 if has_cuda else _CUDA_LIBRARIES)


def _left_in_groups(membership: Path, root: Path) -> Iterator[int]:
    """Bytes left in every control group with a limit, from the process's own up; file contents that can be dropped do
    not count as used.
    """
    # No such file outside of Linux.
    with suppress(OSError):
        for line in membership.read_text(encoding="utf-8").splitlines():
            number, controllers, path = line.split(":", 2)
            if number == "0" and not controllers:
                top, names = root, ("memory.max", "memory.current", ("active_file", "inactive_file"))
            elif "memory" in controllers.split(","):
                top = root / "memory"
                names = ("memory.limit_in_bytes", "memory.usage_in_bytes", ("total_active_file", "total_inactive_file"))
            else:
                continue
            own = top / path.strip("/")
            # In a container the path may be one outside of it: there the top is the container's own.
            for group in (own, *own.parents):
                if group != root.parent and (group == top or top in group.parents):
                    # "max" where there is no limit.
                    with suppress(OSError, ValueError):
                        yield _left(group, *names)


def _left(group: Path, limit: str, usage: str, droppable: tuple[str, ...]) -> int:
    most, used = int((group / limit).read_text(encoding="utf-8")), int((group / usage).read_text(encoding="utf-8"))
    figures = dict(line.split() for line in (group / "memory.stat").read_text(encoding="utf-8").splitlines())
    return most - used + sum(int(figures.get(name, 0)) for name in droppable)


def _check_threads() -> None:
    """Libraries end the process, or send it SIGINT, where they cannot start their threads."""
    count = _THREADS_A_CORE * (os.cpu_count() or 1) + _OTHER_THREADS
    try:
        # In a process of its own: every thread that was ever started keeps address space.
        trial = subprocess.run([sys.executable, "-I", "-S", "-c", _TRIAL, str(count)], capture_output=True)
        enough = trial.returncode == 0
    except OSError:
        enough = False
    if not enough:
        raise OutOfMemory(
            "The engine cannot start its threads: raise the limit on processes (ulimit -u), or close other programs."
        )


def _gigabytes(size: int) -> str:
    return f"{max(0, size) / 10**9:.1f}"
