"""Whether a model set fits this machine: the memory that it was measured to need, against what is there."""

from __future__ import annotations

from text_replace_engine import memory_limits


def sentence(needed: int) -> str:
    """On a processor; needed: bytes at the most, in float32. What a graphics card would need was not measured."""
    there = memory_limits.most()
    words = f"On a processor it needs up to {_gigabytes(needed)} of memory, and this machine has {_gigabytes(there)}"
    return f"{words}." if there >= needed else f"{words}: too little, unless a graphics card has more."


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
