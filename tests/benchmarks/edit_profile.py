"""What an edit with the starter models spends, and against another version of this repository, printed and never
asserted: `install/bench --profile [--base REVISION]`. Both run in turn, so that a noisy machine disturbs both.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

CLONE = Path(__file__).resolve().parents[2]
SAMPLE = CLONE / "install" / "sample" / "sample.png"
_ONCE = Path(__file__).with_name("edit_profile_once.py")
#: Of the whole command, which imports and loads all it needs.
_COLD = "cold command line"


def main() -> None:
    """Print a row a figure: medians, and their ratio; then where the time of an edit goes."""
    parser = argparse.ArgumentParser("install/bench --profile", description=__doc__)
    parser.add_argument("--base", metavar="REVISION", help="what to compare with")
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trees = {"now": CLONE}
        if asked.base:
            trees = {asked.base: _exported(asked.base, Path(folder) / "base"), **trees}
        figures: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in trees}
        for run in range(asked.runs):
            for name, tree in trees.items():
                for what, value in _measured(tree, Path(folder)).items():
                    figures[name][what].append(value)
            print(f"run {run + 1} of {asked.runs}", file=sys.stderr, flush=True)
    for what in figures["now"]:
        medians = [median(figures[name][what]) for name in trees]
        ratio = f"  ratio {medians[1] / medians[0]:.2f}" if len(medians) > 1 else ""
        print(f"{what}: {', '.join(_shown(what, value) for value in medians)}{ratio}")
    subprocess.run([sys.executable, "-W", "ignore", "-m", "tests.benchmarks.edit_stages"], check=True)


def _exported(revision: str, folder: Path) -> Path:
    folder.mkdir()
    packed = subprocess.run(["git", "archive", revision], cwd=CLONE, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x"], cwd=folder, check=True, input=packed)
    return folder


def _measured(tree: Path, folder: Path) -> dict[str, float]:
    sources = os.pathsep.join(str(tree / part) for part in ("engine", "plugin/text-replace"))
    environment = {**os.environ, "PYTHONPATH": sources, "TEXT_REPLACE_HOME": str(folder)}
    once = subprocess.run(
        [sys.executable, str(_ONCE), str(SAMPLE)], env=environment, check=True, stdout=subprocess.PIPE
    )
    words = ["--replace", "apple", "--with", "orange", "--seed", "1", "--models", "starter", "--engine", "never"]
    command = [sys.executable, "-m", "text_replace_engine", "edit", str(SAMPLE), *words, "-o", str(folder / "out.png")]
    timed = ["bash", "-c", 'TIMEFORMAT=%R; time "$@" >/dev/null', "timed", *command]
    cold = subprocess.run(timed, env=environment, check=True, stderr=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(once.stdout)
    return {**found, _COLD: float(cold.stderr.split()[-1])}


def _shown(what: str, value: float) -> str:
    return f"{value / 2**20:.0f} MB" if what == "memory" else f"{value:.2f} s"


if __name__ == "__main__":
    main()
