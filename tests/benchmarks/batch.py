"""Batches with the starter models: what a picture costs among many, how many command lines that saves, two workers
against one, and runs that are killed.

    python -m tests.benchmarks.batch [--pictures N] [--steps N] [--shared N] [--kills N]

0 leaves a part out. Nothing else should run beside it.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from text_replace_engine.lines import whole_lines

CLONE = Path(__file__).resolve().parents[2]
SAMPLE = CLONE / "install" / "sample" / "sample.png"
_ENGINE = (sys.executable, "-m", "text_replace_engine")
_MANIFEST = "manifest.jsonl"
_HOW = ("--models", "starter", "--preset", "fast", "--engine", "never")
_WORDS = ("apple", "orange")
_SIDE = 256
_EDITS = 5
_LOOK = 0.02
#: Pictures that are made in spite of kills, in few steps: so that more is written in the time.
_KILLED = 6
_FEW_STEPS = ("--option", "steps=4")
#: The first pictures of workers that are still loading.
_WARM = 6


@dataclass(frozen=True)
class Run:
    """at: seconds after the start at which each picture was in the manifest. peaks: bytes of memory until then.
    seconds: of all. killed: it would have gone on.
    """

    at: tuple[float, ...]
    peaks: tuple[int, ...]
    seconds: float
    killed: bool

    def each(self, first: int, last: int) -> float:
        """Seconds of a picture, on average, of those behind `first` up to `last`, which count from 1."""
        return (self.at[last - 1] - self.at[first - 1]) / (last - first)


def main() -> None:
    """Print a table a question."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=1000, help="in one long run")
    parser.add_argument("--steps", type=int, help="of these and of what they are compared with, for a quicker run")
    parser.add_argument("--shared", type=int, default=60, help="that workers share, 0 or more than 10")
    parser.add_argument("--kills", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["TEXT_REPLACE_HOME"] = str(folder / "home")
        if asked.pictures:
            _long_run(folder, asked.pictures, asked.steps)
        if asked.shared:
            _workers(folder, asked.shared)
        if asked.kills:
            _kills(folder, asked.kills)


def _say(*cells: object) -> None:
    print(" | ".join(map(str, cells)), flush=True)


def _table(folder: Path, count: int) -> Path:
    """So many small pictures of an apple, all a little different and equally dear, and what is asked of them."""
    path = folder / f"{count}.csv"
    sample = Image.open(SAMPLE).convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    pixels = np.asarray(sample, np.int16)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("picture", "replace", "with"))
        for number in range(count):
            noise = np.random.default_rng(number).integers(-2, 3, pixels.shape)
            picture = folder / f"{number:04}.png"
            Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8)).save(picture)
            rows.writerow((picture.name, *_WORDS))
    return path


def _run(table: Path, out: Path, *options: str, kill_at: tuple[int, float] | None = None) -> Run:
    """kill_at: when so many pictures are in the manifest, so many seconds later."""
    started = time.perf_counter()
    command = (*_ENGINE, "batch", str(table), "-o", str(out), *_HOW, *options)
    at: list[float] = []
    peaks: list[int] = []
    peak, lines = 0, Lines(out / _MANIFEST)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, _memory(process.pid))
            new, seconds = lines.new(), time.perf_counter() - started
            at += [seconds] * new
            peaks += [peak] * new
            if kill_at is not None and len(at) >= kill_at[0] and seconds >= [0, *at][kill_at[0]] + kill_at[1]:
                break
            time.sleep(_LOOK)
        process.kill()
    if process.returncode > 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    seconds, new = time.perf_counter() - started, lines.new()
    return Run((*at, *[seconds] * new), (*peaks, *[peak] * new), seconds, process.returncode < 0)


class Lines:
    """The entries of a manifest that grows, without reading them twice."""

    def __init__(self, path: Path) -> None:
        # The first line is what the run was made with.
        self._path, self._read, self._missing = path, 0, 1

    def new(self) -> int:
        """How many there are that were not there when this was called last."""
        if not self._path.exists():
            return 0
        with self._path.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        self._read += len(data)
        count = data.count(b"\n")
        skipped = min(self._missing, count)
        self._missing -= skipped
        return count - skipped


def _memory(process: int) -> int:
    try:
        return int(psutil.Process(process).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _long_run(folder: Path, count: int, steps: int | None) -> None:
    table = _table(folder, count)
    in_batch, alone = ((), ()) if steps is None else (("--option", f"steps={steps}"), ("--steps", str(steps)))
    run = _run(table, folder / "long", *in_batch)
    _say("pictures", "seconds each, from the first on", "median of the last tenth", "peak memory, GB")
    for until in [number for number in (10, 30, 100, 300, 1000, 3000, 10000) if number < count] + [count]:
        last = run.at[max(0, until - 1 - max(9, until // 10)) : until]
        gaps = [later - earlier for earlier, later in itertools.pairwise(last)]
        _say(until, f"{run.each(1, until):.3f}", f"{statistics.median(gaps):.3f}", f"{run.peaks[until - 1] / 1e9:.2f}")
    seconds = [_edit(folder, number, *alone) for number in range(min(_EDITS, count))]
    mean, spread = statistics.mean(seconds), statistics.stdev(seconds)
    hundred = min(100, count)
    whole = run.at[hundred - 1]
    _say(f"one command line, mean of {len(seconds)}", f"{mean:.2f} s ± {spread:.2f} (standard deviation)")
    _say(f"{hundred} pictures in one batch, with loading and annotations", f"{whole:.1f} s")
    _say(f"{hundred} command lines against that", f"{hundred * mean / whole:.1f} × (at least 3 ×)")


def _edit(folder: Path, number: int, *options: str) -> float:
    started = time.perf_counter()
    words = ("--replace", _WORDS[0], "--with", _WORDS[1])
    files = (str(folder / f"{number:04}.png"), "-o", str(folder / "edit.png"))
    subprocess.run((*_ENGINE, "edit", *files, *words, *_HOW, *options), check=True, capture_output=True)
    return time.perf_counter() - started


def _workers(folder: Path, count: int) -> None:
    if importlib.util.find_spec("ray") is None:
        _say("two workers against one", "not measured here: the extra “cluster” is not installed")
        return
    table = _table(folder, count)
    each: dict[int, list[float]] = {1: [], 2: []}
    # A machine that grows slower with time must not look like a better or a worse way.
    for number, workers in enumerate((1, 2, 2, 1)):
        out = folder / f"workers-{number}"
        run = _run(table, out, "--ray", "--workers", str(workers), "--threads", "1")
        each[workers].append(run.each(_WARM, count))
        _say(f"{workers} worker{'s' * (workers > 1)} of one thread", f"{each[workers][-1]:.3f} s a picture once warm")
        _check_same(folder / "workers-0", out)
    one, two = (statistics.mean(each[workers]) for workers in (1, 2))
    _say("two workers against one", f"{one / two:.2f} × (at least 1.8 ×)")


def _kills(folder: Path, count: int) -> None:
    table, whole = _table(folder, _KILLED), folder / "whole"
    run = _run(table, whole, *_FEW_STEPS)
    moments, kills, finished, compared = random.Random(0), 0, 0, 0
    while kills < count:
        out = folder / f"killed-{finished}"
        there = len(_entries(out))
        pictures = moments.randrange(there, _KILLED)
        later = moments.uniform(0, run.at[0] if pictures == there else run.each(1, _KILLED))
        was_killed = _run(table, out, *_FEW_STEPS, kill_at=(pictures, later)).killed
        compared += _compared(whole, out)
        kills += was_killed
        if len(_entries(out)) == _KILLED:
            _finish(table, whole, out)
            finished += 1
    _finish(table, whole, folder / f"killed-{finished}")
    _say("killed at random moments", kills)
    _say("batches that came to their end in spite of that, the same as one that was not killed", finished + 1)
    _say("files compared after a kill, each of them whole", compared)


def _finish(table: Path, whole: Path, out: Path) -> None:
    _run(table, out, *_FEW_STEPS)
    _check_same(whole, out)


def _check_same(whole: Path, out: Path) -> None:
    """Raises SystemExit where two batches have not made the same."""
    if _compared(whole, out) < len(_files(whole)):
        raise SystemExit(f"{out}: a file is missing")
    if _entries(whole) != _entries(out):
        raise SystemExit(f"{out}: its manifest says something else than {whole}")


def _compared(whole: Path, out: Path) -> int:
    """How many files of a batch, which may not have come to its end, are as in another. Raises SystemExit where one is
    not, or where a picture is in the manifest twice.
    """
    ids = [entry["id"] for entry in _entries(out)]
    if len(set(ids)) < len(ids):
        raise SystemExit(f"{out}: a picture is in the manifest twice")
    files, meant = _files(out), _files(whole)
    different = [name for name, data in files.items() if meant.get(name) != data]
    if different:
        raise SystemExit(f"{out}: {different[0]} is not as it was meant")
    return len(files)


def _files(out: Path) -> dict[str, bytes]:
    results = itertools.chain(out.glob("images/*.png"), out.glob("masks/*.png"), out.glob("annotations.json"))
    return {str(path.relative_to(out)): path.read_bytes() for path in results}


def _entries(out: Path) -> list[dict[str, Any]]:
    """By id, without the seconds that they took."""
    path = out / _MANIFEST
    lines = whole_lines(path)[1:] if path.exists() else []
    return sorted((_without_seconds(json.loads(line)) for line in lines), key=itemgetter("id"))


def _without_seconds(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_seconds(each) for name, each in value.items() if name != "seconds"}
    return [_without_seconds(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
