"""Networks of the libraries as the hub keeps them: a folder each, the weights in one file or several."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from text_replace_engine import devices
from text_replace_engine.cancellation import cancellable
from text_replace_engine.models.photo.roles import remedy, role_at
from text_replace_wire.errors import ModelDamaged, TextReplaceError

log = logging.getLogger(__name__)

#: By which files show that they are not what they should be: missing, cut, of other names or shapes, no JSON.
_UNREADABLE = (OSError, ValueError, LookupError, TypeError, RuntimeError, SafetensorError)


def network(kind: Any, folder: Path, dtype: torch.dtype, **how: Any) -> Any:
    """A network of the libraries, all of whose weights were in its files, which can be cancelled (`cancellation`).
    how: else it is to be loaded.

    Raises ModelDamaged and OutOfMemory.
    """
    with reading(folder):
        loaded, report = kind.from_pretrained(
            folder,
            dtype=dtype,
            variant=_variant(folder),
            use_safetensors=True,
            local_files_only=True,
            # Less of it takes another library, and the files are mapped into memory anyway.
            low_cpu_mem_usage=False,
            output_loading_info=True,
            **how,
        )
        lacking = [*report["missing_keys"], *report["mismatched_keys"], *report["error_msgs"]]
        if lacking:
            raise ValueError(f"no weights for {lacking}")
        return cancellable(loaded)


def _variant(folder: Path) -> str | None:
    """Which of a network's files are read: those of 16 bits, where there are some."""
    return "fp16" if any(folder.glob("*.fp16*.safetensors")) else None


def count(folder: Path, used: Callable[[str], bool] = lambda name: True) -> int:
    """How many weights a network has, of those whose names are `used`. Raises ModelDamaged."""
    variant = _variant(folder)
    files = folder.glob("*.safetensors" if variant is None else f"*.{variant}*.safetensors")
    total = 0
    with reading(folder):
        for file in files:
            with safe_open(file, "pt") as weights:
                total += sum(math.prod(weights.get_slice(name).get_shape()) for name in filter(used, weights.keys()))
    return total


def ready(network: nn.Module, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """A network, to be used on `device`."""
    # diffusers' own `to` warns of what does not concern these networks.
    nn.Module.to(network.requires_grad_(False).eval(), device, dtype)
    # Convolutions are faster with the channels last, or as fast, on processors and on graphics cards.
    return network.to(memory_format=torch.channels_last)


@contextmanager
def reading(place: Path) -> Iterator[None]:
    """Raises ModelDamaged for the many errors by which the libraries say that they cannot read a file or folder of the
    photo set.
    """
    try:
        with devices.memory_guard():
            yield
    except TextReplaceError:
        raise
    except Exception as error:
        # One of the libraries raises plain ones.
        if not isinstance(error, _UNREADABLE) and type(error) is not Exception:
            raise
        log.warning("“%s” could not be read", place, exc_info=True)
        role = role_at(place)
        part = role if place.name == role else f"{role}/{place.name}"
        raise ModelDamaged(f"The photo models' files in “{part}” are damaged or missing; {remedy(role)}.") from error
