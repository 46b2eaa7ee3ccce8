"""Frames: what is sent is what arrives, and nothing else ever becomes a message."""

from __future__ import annotations

import json
import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.messages_for_tests import STRATEGIES, edits, messages
from text_replace_wire import codec
from text_replace_wire.codec import PREFIX, Message
from text_replace_wire.errors import BadFrame, UserError
from text_replace_wire.messages import Find, Progress, Stage
from text_replace_wire.planes import Plane
from text_replace_wire.status_messages import Status

STATUS = Status("engine", 1, False, 0, 0.5, ("starter",), "cpu")
FIND = Find("apple", Plane(1, 1, 1, b"\0"), (1, 1))


def split(frame: bytes) -> tuple[bytes, bytes]:
    """(header, body) of one frame."""
    header, body = PREFIX.unpack_from(frame)
    assert len(frame) == PREFIX.size + header + body
    return frame[PREFIX.size : PREFIX.size + header], frame[PREFIX.size + header :]


def test_strategies_cover_the_protocol() -> None:
    """A message added to the protocol is added to these tests too."""
    assert set(STRATEGIES) == {kind.__name__ for kind in typing.get_args(Message)}


@given(messages)
def test_every_message_arrives_as_it_was_sent(message: Message) -> None:
    """Values, types and pixels survive the wire."""
    assert codec.decode(*split(codec.encode(message))) == message


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_random_bytes_are_no_message(header: bytes, body: bytes) -> None:
    """Garbage is a BadFrame, never another exception."""
    with pytest.raises(BadFrame):
        codec.decode(header, body)


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.just(10**400)
    | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=10,
)


@given(_json)
def test_any_json_is_no_message(document: Any) -> None:
    """A header that is JSON but not a message is a BadFrame."""
    with pytest.raises(BadFrame):
        codec.decode(json.dumps(document).encode(), b"")


@given(st.data())
def test_wrong_field_types_are_refused(data: st.DataObject) -> None:
    """One field replaced by any other JSON value is still a message of the declared types, or refused as a bad frame
    or bad values; nothing else comes out of the decoder.
    """
    message = data.draw(messages)
    header, body = split(codec.encode(message))
    document = json.loads(header)
    if not document["fields"]:
        return
    name = data.draw(st.sampled_from(sorted(document["fields"])))
    document["fields"][name] = data.draw(_json)
    try:
        decoded = codec.decode(json.dumps(document).encode(), body)
    except (BadFrame, UserError):
        return
    assert split(codec.encode(decoded))[1] == body
    assert type(getattr(decoded, name)) in _allowed(type(message), name)


def _allowed(kind: type[Any], name: str) -> set[type[Any]]:
    hint = typing.get_type_hints(kind)[name]
    return {typing.get_origin(kind) or kind for kind in (typing.get_args(hint) or (hint,))} | {
        typing.get_origin(hint) or hint
    }


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        (STATUS, "idle_seconds", 10**400),
        (STATUS, "idle_seconds", "1.0"),
        (STATUS, "pid", True),
        (STATUS, "pid", 1.0),
        (STATUS, "busy", 1),
        (STATUS, "models", "starter"),
        (STATUS, "models", [None]),
        (STATUS, "engine", None),
        (FIND, "layer_size", [1]),
        (FIND, "layer_size", [1, 1, 1]),
        (FIND, "models", None),
        (FIND, "models", ["starter"]),
        (FIND, "image", None),
        (FIND, "image", [1, 1]),
        (FIND, "image", {"width": 1}),
    ],
)
def test_wrong_field_is_refused(message: Message, field: str, value: Any) -> None:
    """Types are exact: no number for a truth value, no text for a list, no number that a float cannot hold."""
    header, body = split(codec.encode(message))
    document = json.loads(header)
    document["fields"][field] = value
    with pytest.raises(BadFrame):
        codec.decode(json.dumps(document).encode(), body)


def test_whole_number_is_a_number() -> None:
    """JSON writes 1.0 as 1 where another language made it: it arrives as the float that the message declares."""
    header, body = split(codec.encode(STATUS))
    document = json.loads(header)
    document["fields"]["idle_seconds"] = 3
    decoded = codec.decode(json.dumps(document).encode(), body)
    assert isinstance(decoded, Status)
    assert (decoded.idle_seconds, type(decoded.idle_seconds)) == (3.0, float)


@given(messages, st.sampled_from(["more", "less", "other"]))
def test_unknown_and_missing_fields_are_refused(message: Message, change: str) -> None:
    """Both sides must mean the same message: a field more, a field less or another name is a BadFrame."""
    header, body = split(codec.encode(message))
    document = json.loads(header)
    fields = document["fields"]
    if change != "more":
        if not fields:
            return
        fields.popitem()
    if change != "less":
        fields["surprise"] = 1
    with pytest.raises(BadFrame):
        codec.decode(json.dumps(document).encode(), body)


@given(edits(), st.integers(1, 20), st.booleans())
def test_body_has_exactly_the_announced_pixels(message: Message, difference: int, longer: bool) -> None:
    """A body that is too short or too long for its planes is refused, not read past its end or left over."""
    header, body = split(codec.encode(message))
    wrong = body + bytes(difference) if longer else body[:-difference]
    with pytest.raises(BadFrame):
        codec.decode(header, wrong)


@pytest.mark.parametrize("size", [(-1, -1, 1), (0, 5, 1), (1, 1, 5), (1, 1, 0), (40000, 1, 1), (2**40, 2**40, 4)])
def test_impossible_planes_are_refused(size: tuple[int, int, int]) -> None:
    """A plane's announced size is checked before anybody trusts it."""
    header = json.loads(split(codec.encode(Progress(Stage.EDIT, 1, 2)))[0])
    header["fields"]["preview"] = list(size)
    body = bytes(max(0, min(100_000, size[0] * size[1] * size[2])))
    with pytest.raises((BadFrame, UserError)):
        codec.decode(json.dumps(header).encode(), body)
