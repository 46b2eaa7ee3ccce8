"""Mutates the code whose mistakes no user would see at once, and names every mutant that the fast tests do not notice.

Exits with 1 where one survives that is not in tests/mutation/survivors.toml, or where the time was too short.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.mutation.groups import GROUPS
from tests.mutation.mutants import CleanRunFailed, Mutant, run
from tests.mutation.survivors import LIST, known

#: For all groups together, on two cores.
_MINUTES = 60


def main() -> int:
    parser = argparse.ArgumentParser("install/mutants", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"all where none is given: {', '.join(GROUPS)}")
    parser.add_argument("--processes", type=int, default=2, help="mutants tried at once (2)")
    asked = parser.parse_args()
    unknown = set(asked.groups) - set(GROUPS)
    if unknown:
        parser.error(f"there is no group {', '.join(sorted(unknown))}: choose from {', '.join(GROUPS)}")
    listed = known(LIST.read_text(encoding="utf-8"))
    deadline = time.monotonic() + 60 * _MINUTES
    passed = [_passes(name, listed, asked.processes, deadline) for name in asked.groups or GROUPS]
    return 0 if all(passed) else 1


def _passes(name: str, listed: dict[Mutant, str], processes: int, deadline: float) -> bool:
    """Whether every mutant of the group was tried and is noticed or listed; prints what there is to say."""
    group, started = GROUPS[name], time.monotonic()
    with tempfile.TemporaryDirectory(prefix="text-replace-mutants-") as folder:
        try:
            outcome = run(group, Path(folder), processes, max(1.0, deadline - started))
        except CleanRunFailed as problem:
            print(f"{name}: the tests fail without a mutant.\n{problem}", flush=True)
            return False
    survivors = set(outcome.survivors)
    new = sorted(survivors - set(listed))
    minutes = (time.monotonic() - started) / 60
    print(
        f"{name}: {outcome.tried} of {outcome.total} mutants tried, {outcome.survived} survived; "
        f"{len(new)} changes are not listed ({minutes:.0f} min)",
        flush=True,
    )
    for mutant in new:
        print(mutant, flush=True)
    if not 0 < outcome.tried == outcome.total:
        return False
    for mutant in sorted(mutant for mutant in listed if mutant.is_of(group) and mutant not in survivors):
        print(f"No longer survives, take it off the list:\n{mutant}", flush=True)
    return not new


if __name__ == "__main__":
    sys.exit(main())
