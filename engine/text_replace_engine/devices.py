"""What the engine computes on: the device, the number format that is fastest there, and how much memory is free."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch

from text_replace_engine import allocator, memory_limits
from text_replace_wire.errors import OutOfMemory, UserError

#: Weights from which on half precision pays. In bfloat16 (AMX) a network of 7 million was 1.1 times as fast as in
#: float32, guidance included, one of 553 million 1.7 times (2.8 without); nothing in between was measured.
_LARGE = 100_000_000
_NO_MEMORY = ("can't allocate memory", "out of memory", "could not create a memory")


def usable(name: str) -> torch.device:
    """The torch device of that name ("cpu", "cuda:0"); raises UserError where this machine has none."""
    try:
        return torch.zeros(1, device=name).device
    # torch without CUDA raises an AssertionError.
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"This machine has no device “{name}”: leave the choice to the engine, or use cpu.") from error


def best() -> torch.device:
    """CUDA, else the processor. Apple's MPS has to be asked for: it was never tried."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fastest_threads(weights: int) -> int | None:
    """With how many threads of the processor networks compute where the largest has so many weights; None: as many as
    torch takes. Small ones wait longer for a second thread than it saves, on a busy machine much longer.

    Decided by their size, never by a trial, so that a seed gives the same picture the next time.
    """
    return 1 if weights < _LARGE else None


def use_threads(count: int) -> None:
    """Compute with so many threads of the processor from now on; results depend on their number."""
    torch.set_num_threads(count)


def check_dtype(device: torch.device, dtype: str) -> torch.dtype:
    """The number format for the networks on `device`. Raises UserError where that is slower than float32, or fails."""
    if device.type == "cpu" and dtype != "float32" and not (dtype == "bfloat16" and computes_bfloat16(device)):
        raise UserError(f"The processor cannot compute in {dtype}: leave out --dtype, or use float32.")
    if device.type == "cuda" and dtype == "bfloat16" and not computes_bfloat16(device):
        raise UserError("This graphics card cannot compute in bfloat16: leave out --dtype, or use float16.")
    return {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}[dtype]


def fastest_dtype(device: torch.device, weights: int) -> torch.dtype:
    """What networks run in on `device` where the largest has so many weights. Small ones gain next to nothing from half
    the digits.

    Decided by what the hardware is, never by a trial: a trial under load could decide otherwise the next time, and
    the same seed would give another picture.
    """
    if weights < _LARGE:
        return torch.float32
    if device.type == "cuda":
        return torch.float16 if torch.cuda.get_device_capability(device) >= (7, 0) else torch.float32
    return torch.bfloat16 if computes_bfloat16(device) else torch.float32


def computes_bfloat16(device: torch.device) -> bool:
    """Whether a processor or a CUDA card has instructions for bfloat16. Others emulate it, on AVX2 180 times slower
    than float32.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and _multiplies_bfloat16()


def free_memory(device: torch.device) -> int:
    """Bytes that can be allocated on `device` now."""
    if device.type == "cuda":
        reserved, allocated = torch.cuda.memory_reserved(device), torch.cuda.memory_allocated(device)
        free, there = torch.cuda.mem_get_info(device)
        # Of a card that is shared, torch may have been told to take a part only.
        most = int(torch.cuda.get_per_process_memory_fraction(device) * there)
        return min(free, max(0, most - reserved)) + reserved - allocated
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    room: int = min([psutil.virtual_memory().available, *(limit.left for limit in memory_limits.limits())])
    return max(0, room)


def release(device: torch.device) -> None:
    """Give memory that nothing uses any more back to the system."""
    gc.collect()
    allocator.trim()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


@contextmanager
def memory_guard() -> Iterator[None]:
    """Raises OutOfMemory for the several errors by which Python and torch say so."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise OutOfMemory from error
    except RuntimeError as error:
        # torch's allocators for processors and for MPS, and oneDNN, raise a plain RuntimeError.
        if not any(phrase in str(error) for phrase in _NO_MEMORY):
            raise
        raise OutOfMemory from error


def _multiplies_bfloat16() -> bool:
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
