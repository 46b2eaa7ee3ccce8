"""What Ray Data carries: batches of one row, with one column, which is a pickle."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np

Row = dict[str, Any]

_DATA = "data"


def item(content: object) -> Row:
    """A row as `ray.data.from_items` takes it."""
    return {_DATA: pickle.dumps(content)}


def packed(content: object) -> Row:
    """A batch of one row."""
    return {_DATA: np.array([pickle.dumps(content)], dtype=object)}


def unpacked(row: Row) -> Any:
    """What is in a batch of one row."""
    (content,) = contents(row)
    return content


def contents(batch: Row) -> Iterator[Any]:
    """What is in all rows of a batch."""
    return map(pickle.loads, batch[_DATA])
