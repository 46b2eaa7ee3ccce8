"""How long the full models take to load in a new process, from a folder of random weights of their real size.

python -m tests.benchmarks.real_size_loading [--device cpu]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks import real_size

_PROMISE = "at most 15 s"


def main() -> None:
    """Print the seconds with the files read from the disk, and with them in the system's cache."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.folder is None:
        measure(asked.device)
    else:
        _load(asked.folder, asked.device)


def measure(device: str) -> None:
    """Write the files and load them twice, each time in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        real_size.install(Path(folder))
        for forget in (True, False):
            where = "disk" if forget and _forgotten(Path(folder)) else "the system's cache"
            print(f"loading all full models from {where}: ", end="", flush=True)
            options = ["--device", device, "--folder", folder]
            subprocess.run([sys.executable, "-m", "tests.benchmarks.real_size_loading", *options], check=True)


def _forgotten(folder: Path) -> bool:
    """Whether the system was made to read the files from the disk again."""
    if not hasattr(os, "posix_fadvise"):
        return False
    os.sync()
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return True


def _load(folder: Path, device: str) -> None:
    import torch

    from text_replace_engine.models.bundle import load_folder

    wall, cpu = time.perf_counter(), time.process_time()
    models = load_folder(folder, "full", torch.device(device), None)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    dtype = str(models.denoiser.network.dtype).removeprefix("torch.")
    print(f"{wall:.1f} s ({cpu:.1f} CPU seconds; {_PROMISE}), hashes checked, {dtype} on {device}", flush=True)


if __name__ == "__main__":
    main()
