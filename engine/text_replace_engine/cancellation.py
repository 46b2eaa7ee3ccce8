"""Cancelling within a step: networks that look before each of their layers whether their work is still wanted.

Work in steps is cancelled between them (`steps`), but a step of a large network takes seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from text_replace_wire.api import IsCancelled, never
from text_replace_wire.errors import Cancelled

if TYPE_CHECKING:
    from torch import nn

Network = TypeVar("Network", bound="nn.Module")


class _Work(threading.local):
    """What a thread does now."""

    cancelled: IsCancelled = staticmethod(never)


_work = _Work()


@contextmanager
def cancelled_by(cancelled: IsCancelled) -> Iterator[None]:
    """While the block runs, the `cancellable` networks that this thread uses raise Cancelled once `cancelled()` is
    true.
    """
    before, _work.cancelled = _work.cancelled, cancelled
    try:
        yield
    finally:
        _work.cancelled = before


def cancellable(network: Network) -> Network:
    """The network itself, which from now on can be cancelled before each of its layers; see `cancelled_by`."""
    for layer in network.modules():
        layer.register_forward_pre_hook(_look)
    return network


def _look(_layer: nn.Module, _inputs: Any) -> None:
    if _work.cancelled():
        raise Cancelled
