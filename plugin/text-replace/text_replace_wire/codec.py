"""Messages to frames and back. A frame is a header (JSON) and a body (the pixels of its planes, one after another).

    4 bytes  header length, big-endian      8 bytes  body length, big-endian      header      body

Nothing is ever unpickled, and every field is checked against its type before a message exists.
"""

from __future__ import annotations

import dataclasses
import json
import struct
import typing
from collections.abc import Sequence
from enum import Enum
from typing import Any, Union

from text_replace_wire import messages, model_messages, status_messages
from text_replace_wire.errors import BadFrame
from text_replace_wire.geometry import Box
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane

PREFIX = struct.Struct(">IQ")

Message = Union[
    messages.Hello,
    messages.Welcome,
    messages.Find,
    messages.Found,
    messages.Edit,
    messages.Variation,
    messages.EditDone,
    messages.Progress,
    messages.Failed,
    messages.Cancel,
    messages.Keep,
    status_messages.StatusRequest,
    status_messages.Status,
    status_messages.StopRequest,
    model_messages.SetsRequest,
    model_messages.ModelSets,
    model_messages.Warm,
    model_messages.Warmed,
    model_messages.ModelsRequest,
    model_messages.ModelList,
    model_messages.Pull,
]
_TYPES: dict[str, type[Any]] = {kind.__name__: kind for kind in typing.get_args(Message)}
_PARTS = (
    messages.Candidate,
    Painting,
    Plane,
    Box,
    model_messages.ModelEntry,
    model_messages.PainterEntry,
    model_messages.SetEntry,
)
_HINTS = {kind: typing.get_type_hints(kind) for kind in (*_TYPES.values(), *_PARTS)}


def encode(message: Message) -> bytes:
    """One whole frame."""
    blobs: list[bytes] = []
    header = json.dumps({"type": type(message).__name__, "fields": _pack(message, blobs)}).encode()
    return b"".join([PREFIX.pack(len(header), sum(map(len, blobs))), header, *blobs])


def _pack(value: Any, blobs: list[bytes]) -> Any:
    if isinstance(value, Plane):
        blobs.append(value.data)
        return [value.width, value.height, value.channels]
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        return {field.name: _pack(getattr(value, field.name), blobs) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_pack(item, blobs) for item in value]
    return value


def decode(header: bytes, body: bytes) -> Message:
    """The message of one frame. Raises BadFrame for anything malformed, a UserError where a message refuses its
    values.
    """
    try:
        document = json.loads(header)
        kind = _TYPES[document["type"]]
        reader = _Body(body)
        message: Message = _unpack(kind, document["fields"], reader)
        reader.finish()
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise BadFrame(
            "The other side sent a message that cannot be read: update plug-in and engine together."
        ) from error
    return message


class _Body:
    def __init__(self, body: bytes) -> None:
        self._view = memoryview(body)

    def take(self, count: int) -> bytes:
        if count < 0 or count > len(self._view):
            raise ValueError("the body is shorter than its planes")
        taken, self._view = self._view[:count], self._view[count:]
        return bytes(taken)

    def finish(self) -> None:
        if len(self._view):
            raise ValueError("the body is longer than its planes")


def _unpack(hint: Any, value: Any, body: _Body) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Union:
        return None if value is None else _unpack(arguments[0], value, body)
    if origin is tuple:
        return _unpack_tuple(arguments, value, body)
    if hint is Plane:
        width, height, channels = (_unpack(int, number, body) for number in _list(value, 3))
        return Plane(width, height, channels, body.take(width * height * channels))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if dataclasses.is_dataclass(hint):
        hints = _HINTS[typing.cast("type[Any]", hint)]
        if not isinstance(value, dict) or set(value) != set(hints):
            raise ValueError("wrong fields")
        return typing.cast("type[Any]", hint)(
            **{name: _unpack(part, value[name], body) for name, part in hints.items()}
        )
    return _unpack_plain(origin or hint, value)


def _unpack_tuple(arguments: tuple[Any, ...], value: Any, body: _Body) -> tuple[Any, ...]:
    if arguments[-1] is Ellipsis:
        return tuple(_unpack(arguments[0], item, body) for item in _list(value, None))
    return tuple(_unpack(hint, item, body) for hint, item in zip(arguments, _list(value, len(arguments))))


def _unpack_plain(hint: Any, value: Any) -> Any:
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise ValueError(f"expected {hint}")
    return value


def _list(value: Any, length: int | None) -> Sequence[Any]:
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise ValueError("expected a list")
    return value
