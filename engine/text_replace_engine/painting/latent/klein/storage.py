"""In how many digits weights are kept in memory: fewer than they compute with, where it is short (`storage`)."""

from __future__ import annotations

import torch

from text_replace_engine.painting.latent.names import Storage

#: As files have them. More digits than these add nothing to the picture.
_IN_FILES = torch.bfloat16
_SHORTEST = torch.float8_e4m3fn
FILE_ITEMSIZE = _IN_FILES.itemsize
_ITEMSIZE = {Storage.SIXTEEN: FILE_ITEMSIZE, Storage.EIGHT: _SHORTEST.itemsize}

#: Bytes of a weight in the fewest digits.
LEAST_ITEMSIZE = _SHORTEST.itemsize


def storage_for(weights: int, room: int) -> Storage:
    """How so many weights fit best into `room` bytes; in the fewest digits where they do not."""
    return next((each for each in Storage if stored_size(each, weights) <= room), Storage.EIGHT)


def stored_size(storage: Storage, weights: int) -> int:
    """Bytes that so many weights take at least."""
    return weights * _ITEMSIZE[storage]


def stored_as(storage: Storage, computing: torch.dtype, weights: int, room: int) -> torch.dtype:
    """In which format: that in which they compute where it fits, which is quicker and no other picture."""
    if storage is Storage.EIGHT:
        return _SHORTEST
    return computing if weights * computing.itemsize <= room else _IN_FILES


def read_as(computing: torch.dtype, stored: torch.dtype) -> torch.dtype:
    """In which format to read weights that are then `storage.kept`: files have 16 bits."""
    return computing if stored is computing else _IN_FILES
