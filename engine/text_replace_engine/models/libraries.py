"""How the libraries that networks come from are imported first: quickly, and without what of them no edit needs."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: What these libraries take where it is installed and do without where it is not. scipy: for losses of training and
#: schedules that no painter has, 46 MB; what here uses it imports a tenth of that. timm: for encoders that no CLIP of
#: ours has, 23 MB.
_OPTIONAL = ("scipy", "timm")
#: The same, for graphics cards alone: 14 MB, and 75.
_OF_CARDS = ("cuda.bindings", "triton")
#: NVIDIA's driver, by sys.platform.
_DRIVERS = {"linux": "libcuda.so.1", "win32": "nvcuda.dll"}
#: So many new objects between looks for garbage. With Python's 700 they take a second of four, and what is imported
#: stays.
_OBJECTS_A_LOOK = 100_000


def load(lean: bool) -> None:
    """Import what the networks of every set are made of; where torch is there already, nothing changes.

    lean: without `_OPTIONAL`, and where no graphics card can be `_OF_CARDS`, which these libraries take for missing
    until the process ends; whoever else wants to can import them afterwards, but no other thread meanwhile. Raises
    ImportError.
    """
    if "torch" in sys.modules:
        return
    needless = _OPTIONAL if _has_driver() else (*_OPTIONAL, *_OF_CARDS)
    with _absent(needless if lean else ()), _seldom_collected():
        from text_replace_engine.models.networks import clip, denoiser, segmenter  # noqa: F401 (imported for later)
    # Nothing of it is ever garbage: looking for that again would take a second when the process ends.
    gc.freeze()


def _has_driver() -> bool:
    try:
        ctypes.CDLL(_DRIVERS[sys.platform])
    except (KeyError, OSError):
        return False
    return True


@contextmanager
def _absent(names: tuple[str, ...]) -> Iterator[None]:
    """In the block these cannot be imported unless they have been: None in their place is how Python is told so
    (https://docs.python.org/3/reference/import.html#the-module-cache).
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextmanager
def _seldom_collected() -> Iterator[None]:
    thresholds = gc.get_threshold()
    gc.set_threshold(_OBJECTS_A_LOOK)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
