"""The protocol without I/O: however the bytes arrive, the same messages; whatever else arrives, a named error."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.messages_for_tests import STRATEGIES, edits, finds, messages
from text_replace_wire import codec
from text_replace_wire.codec import PREFIX, Message
from text_replace_wire.connection import (
    MAX_BODY,
    MAX_FIRST_HEADER,
    MAX_HEADER,
    TRANSITIONS,
    Connection,
    Role,
    State,
    check_hello,
)
from text_replace_wire.errors import (
    BadFrame,
    BadPrompt,
    FrameTooLarge,
    ProtocolError,
    TooLarge,
    UserError,
    WrongSecret,
    WrongVersion,
)
from text_replace_wire.geometry import Box
from text_replace_wire.messages import (
    PROTOCOL_VERSION,
    Cancel,
    Edit,
    Failed,
    Find,
    Found,
    Hello,
    Progress,
    Stage,
    Welcome,
)
from text_replace_wire.planes import Plane
from text_replace_wire.status_messages import Status, StatusRequest, StopRequest

SECRET = "s" * 64
HELLO = Hello(PROTOCOL_VERSION, SECRET, "test")
WELCOME = Welcome(PROTOCOL_VERSION, "test")
_FROM_CLIENT = {
    "Hello",
    "Find",
    "Edit",
    "Cancel",
    "Keep",
    "StatusRequest",
    "StopRequest",
    "ModelsRequest",
    "Pull",
    "SetsRequest",
    "Warm",
}


def connection(role: Role, state: State) -> Connection:
    """A connection that has come to `state` in the usual way."""
    made = Connection(role)
    small = Find("apple", Plane(1, 1, 1, b"\0"), (1, 1))
    way: list[Message] = [HELLO, WELCOME, small]
    for message in way[: {State.GREETING: 0, State.READY: 2, State.WORKING: 3}[state]]:
        sender = Role.CLIENT if type(message).__name__ in _FROM_CLIENT else Role.ENGINE
        if sender is role:
            made.send(message)
        else:
            assert list(made.receive(codec.encode(message))) == [message]
    assert made.state is state
    return made


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[start:end] for start, end in itertools.pairwise(places)]


@given(finds(), edits(), st.lists(st.integers(0, 10**6), max_size=30))
def test_messages_do_not_depend_on_how_bytes_arrive(find: Find, edit: Edit, cuts: list[int]) -> None:
    """A conversation cut anywhere gives the same messages in the same order on the engine's side."""
    engine = Connection(Role.ENGINE)
    sent: list[Message] = [HELLO, find, Cancel(), edit]
    received: list[Message] = []
    for piece in pieces(b"".join(map(codec.encode, sent)), cuts):
        for message in engine.receive(piece):
            received.append(message)
            if isinstance(message, Hello):
                engine.send(WELCOME)
            if isinstance(message, Cancel):
                engine.send(Failed("cancelled", ""))
    assert received == sent
    assert engine.state is State.WORKING
    assert not engine.is_inside_frame()


@given(messages)
def test_byte_at_a_time(message: Message) -> None:
    """A frame that trickles in byte by byte is complete at its last byte, not before."""
    name = type(message).__name__
    role = Role.ENGINE if name in _FROM_CLIENT else Role.CLIENT
    states = [state for (state, kind) in TRANSITIONS if kind is type(message)]
    side = connection(role, states[-1])
    frame = codec.encode(message)
    for number in range(len(frame) - 1):
        assert list(side.receive(frame[number : number + 1])) == []
        assert side.is_inside_frame()
    assert list(side.receive(frame[-1:])) == [message]
    assert not side.is_inside_frame()


@given(
    st.binary(min_size=1, max_size=400),
    st.sampled_from(Role),
    st.sampled_from([State.GREETING, State.READY, State.WORKING]),
)
def test_random_bytes_never_become_a_message(data: bytes, role: Role, state: State) -> None:
    """Noise is a ProtocolError or an unfinished frame; the connection never crashes."""
    side = connection(role, state)
    try:
        assert list(side.receive(data)) == []
    except ProtocolError:
        assert side.state is State.CLOSED


@given(messages, st.integers(1, 10**6))
def test_truncated_frame_is_an_error_at_end_of_file(message: Message, cut: int) -> None:
    """A peer that dies in the middle of a frame is not mistaken for one that leaves."""
    role = Role.ENGINE if type(message).__name__ in _FROM_CLIENT else Role.CLIENT
    side = connection(role, [state for (state, kind) in TRANSITIONS if kind is type(message)][-1])
    frame = codec.encode(message)
    assert list(side.receive(frame[: 1 + cut % (len(frame) - 1)])) == []
    with pytest.raises(BadFrame):
        list(side.receive(b""))
    assert side.state is State.CLOSED


def test_end_of_file_between_frames_is_a_quiet_close() -> None:
    """Leaving between messages is no error."""
    side = connection(Role.ENGINE, State.READY)
    assert list(side.receive(b"")) == []
    assert side.state is State.CLOSED


@pytest.mark.parametrize(
    ("state", "header", "body", "refused"),
    [
        (State.GREETING, MAX_FIRST_HEADER, 0, False),
        (State.GREETING, MAX_FIRST_HEADER + 1, 0, True),
        (State.GREETING, 10, 1, True),
        (State.READY, MAX_HEADER, MAX_BODY, False),
        (State.READY, MAX_HEADER + 1, 0, True),
        (State.READY, 10, MAX_BODY + 1, True),
        (State.READY, 2**32 - 1, 2**64 - 1, True),
    ],
)
def test_limits_apply_to_the_announcement(state: State, header: int, body: int, refused: bool) -> None:
    """An oversize frame is refused by its first twelve bytes, before a byte of it is kept; before the secret is proved
    the limit is a few kilobytes.
    """
    side = connection(Role.ENGINE, state)
    prefix = PREFIX.pack(header, body)
    if not refused:
        assert list(side.receive(prefix)) == []
        return
    with pytest.raises(FrameTooLarge) as caught:
        list(side.receive(prefix))
    limit = MAX_FIRST_HEADER if state is State.GREETING else MAX_BODY
    assert str(limit) in str(caught.value)
    assert side.state is State.CLOSED


@pytest.mark.parametrize("state", [State.GREETING, State.READY, State.WORKING])
def test_unreadable_frame_closes_the_connection(state: State) -> None:
    """After a frame that is no message nothing more is believed, not even what came with it."""
    side = connection(Role.ENGINE, state)
    with pytest.raises(BadFrame):
        list(side.receive(PREFIX.pack(2, 0) + b"[]" + codec.encode(Cancel())))
    assert side.state is State.CLOSED
    assert list(side.receive(codec.encode(Cancel()))) == []


@given(st.sampled_from(sorted(STRATEGIES)), st.sampled_from(State), st.sampled_from(Role), st.data())
def test_message_in_a_wrong_state_is_refused(name: str, state: State, role: Role, data: st.DataObject) -> None:
    """What the table does not allow can be neither sent nor received, and closes the connection."""
    message = data.draw(STRATEGIES[name])
    allowed = (state, type(message)) in TRANSITIONS
    for receiving in (False, True):
        side = connection(role, state) if state is not State.CLOSED else Connection(role)
        if state is State.CLOSED:
            list(side.receive(b""))
        sender = ({Role.CLIENT, Role.ENGINE} - {role}).pop() if receiving else role
        good = allowed and (sender is Role.CLIENT) == (name in _FROM_CLIENT)

        def act(side: Connection = side, receiving: bool = receiving) -> list[Message]:
            return list(side.receive(codec.encode(message))) if receiving else [*[], *_sent(side, message)]

        if good:
            assert act() == [message]
        elif receiving and state is State.CLOSED:
            assert act() == []
        else:
            with pytest.raises(ProtocolError):
                act()
            assert side.state is State.CLOSED


def _sent(side: Connection, message: Message) -> list[Message]:
    assert side.send(message) == codec.encode(message)
    return [message]


@given(st.text(), st.text())
def test_wrong_secret_is_refused(secret: str, expected: str) -> None:
    """Only the exact secret opens the engine; any text can be compared."""
    if secret == expected:
        check_hello(Hello(PROTOCOL_VERSION, secret, ""), expected)
        return
    with pytest.raises(WrongSecret):
        check_hello(Hello(PROTOCOL_VERSION, secret, ""), expected)


def test_surrogates_in_a_secret_are_only_a_wrong_secret() -> None:
    """JSON can carry half a character, which cannot be encoded: still no crash before the secret is proved."""
    with pytest.raises(WrongSecret):
        check_hello(Hello(PROTOCOL_VERSION, "\ud800", ""), SECRET)


@given(st.integers())
def test_wrong_version_is_refused_after_the_secret(version: int) -> None:
    """Another protocol version is told to run the installer; who does not know the secret learns no version."""
    if version != PROTOCOL_VERSION:
        with pytest.raises(WrongVersion, match=f"{version}.*{PROTOCOL_VERSION}"):
            check_hello(Hello(version, SECRET, ""), SECRET)
    with pytest.raises(WrongSecret):
        check_hello(Hello(version, "guess", ""), SECRET)


def find_frame(**changes: Any) -> bytes:
    """A Find with some fields of its header replaced."""
    header_length, _ = PREFIX.unpack_from(codec.encode(Find("apple", Plane(1, 1, 1, b"\0"), (1, 1))))
    frame = codec.encode(Find("apple", Plane(1, 1, 1, b"\0"), (1, 1)))
    document = json.loads(frame[PREFIX.size : PREFIX.size + header_length])
    document["fields"].update(changes)
    header, body = json.dumps(document).encode(), frame[PREFIX.size + header_length :]
    return PREFIX.pack(len(header), len(body)) + header + body


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"replace": "  "}, BadPrompt),
        ({"replace": "a" * 1001}, BadPrompt),
        ({"replace": "half \ud800"}, BadPrompt),
        ({"layer_size": [20_000, 20_000]}, TooLarge),
        ({"layer_size": [0, 1]}, UserError),
    ],
)
def test_refused_values_leave_the_connection_usable(changes: dict[str, Any], error: type[UserError]) -> None:
    """A request that cannot be done is answered with its reason, and the next request works."""
    side = connection(Role.ENGINE, State.READY)
    with pytest.raises(error):
        list(side.receive(find_frame(**changes)))
    assert side.state is State.READY
    side.send(Failed(error.kind, ""))
    assert len(list(side.receive(find_frame()))) == 1


def test_refused_values_during_work_close_the_connection() -> None:
    """A second request while one runs breaks the protocol, whatever its values."""
    side = connection(Role.ENGINE, State.WORKING)
    with pytest.raises(BadFrame):
        list(side.receive(find_frame(replace="")))
    assert side.state is State.CLOSED


@given(finds(), finds(), st.lists(st.booleans(), min_size=1, max_size=60))
def test_two_clients_do_not_disturb_each_other(one: Find, two: Find, turns: list[bool]) -> None:
    """Two conversations in any interleaving of their bytes stay apart."""
    sides = [Connection(Role.ENGINE), Connection(Role.ENGINE)]
    streams = [codec.encode(HELLO) + codec.encode(one), codec.encode(HELLO) + codec.encode(two)]
    received: list[list[Message]] = [[], []]

    def feed(index: int, count: int) -> None:
        piece, streams[index] = streams[index][:count], streams[index][count:]
        if not piece:
            return
        for message in sides[index].receive(piece):
            received[index].append(message)
            if isinstance(message, Hello):
                sides[index].send(WELCOME)

    for turn in turns:
        feed(int(turn), 7)
    feed(0, 10**6)
    feed(1, 10**6)
    assert received == [[HELLO, one], [HELLO, two]]


def test_conversation_of_one_edit() -> None:
    """The usual course: greeting, status, search with progress, answer, a late cancel, stop."""
    client, engine = Connection(Role.CLIENT), Connection(Role.ENGINE)
    find = Find("apple", Plane(1, 1, 1, b"\0"), (1, 1))
    status = Status("e", 1, False, 0, 0.5, (), "")
    course: list[tuple[Connection, Message]] = [
        (client, HELLO),
        (engine, WELCOME),
        (client, StatusRequest()),
        (engine, status),
        (client, find),
        (engine, Progress(Stage.SEGMENT, 0, 1)),
        (client, Cancel()),
        (engine, Found((), (), "nothing")),
        (client, Cancel()),
        (client, StopRequest()),
        (engine, status),
    ]
    for sender, message in course:
        receiver = engine if sender is client else client
        assert list(receiver.receive(sender.send(message))) == [message]
    assert client.state is engine.state is State.READY


def test_edit_must_fit_its_layer() -> None:
    """A box outside the layer, or pixels that are not the box's, never reach the pipeline."""
    image, mask = Plane(2, 2, 3, bytes(12)), Plane(2, 2, 1, bytes(4))
    for box, size in [(Box(0, 0, 3, 2), (9, 9)), (Box(8, 0, 10, 2), (9, 9)), (Box(0, 0, 2, 2), (1, 9))]:
        with pytest.raises(UserError):
            Edit("a", "b", 0, size, box, image, mask)
