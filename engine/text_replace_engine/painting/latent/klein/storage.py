"""In how many digits weights are kept in memory: fewer than they compute with, where it is short (`storage`)."""

from __future__ import annotations

import torch

#: As weights can be kept that compute in more digits, best first.
_SHORTER = (torch.bfloat16, torch.float8_e4m3fn)

#: Bytes of a weight in the fewest digits, and as files have it.
LEAST_ITEMSIZE = _SHORTER[-1].itemsize
FILE_ITEMSIZE = _SHORTER[0].itemsize


def stored_as(computing: torch.dtype, weights: int, room: int) -> torch.dtype:
    """How so many weights fit best into `room` bytes; in the fewest digits where they do not."""
    return next((each for each in _formats(computing) if weights * each.itemsize <= room), _SHORTER[-1])


def read_as(computing: torch.dtype, stored: torch.dtype) -> torch.dtype:
    """In which format to read weights that are then `storage.kept`: files have 16 bits."""
    return computing if stored is computing else torch.bfloat16


def _formats(computing: torch.dtype) -> tuple[torch.dtype, ...]:
    return computing, *(each for each in _SHORTER if each.itemsize < computing.itemsize)
