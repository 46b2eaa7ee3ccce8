"""The protocol without I/O: bytes in, messages out, and one table that says which message is allowed when."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from enum import Enum
from typing import Any

from text_replace_wire import codec
from text_replace_wire.codec import Message
from text_replace_wire.errors import BadFrame, FrameTooLarge, ProtocolError, UserError, WrongSecret, WrongVersion
from text_replace_wire.messages import (
    PROTOCOL_VERSION,
    Cancel,
    Edit,
    EditDone,
    Failed,
    Find,
    Found,
    Hello,
    Keep,
    Progress,
    Variation,
    Welcome,
)
from text_replace_wire.model_messages import ModelList, ModelSets, ModelsRequest, Pull, SetsRequest, Warm, Warmed
from text_replace_wire.status_messages import Status, StatusRequest, StopRequest

MAX_HEADER = 4 * 2**20
MAX_BODY = 700 * 2**20
#: Before the secret is proved nobody may make the engine hold more than this.
MAX_FIRST_HEADER = 4096


class State(Enum):
    GREETING = "greeting"
    READY = "ready"
    WORKING = "working"
    CLOSED = "closed"


class Role(Enum):
    CLIENT = "client"
    ENGINE = "engine"


#: (state, message) -> next state, the same on both sides whoever sends it.
TRANSITIONS: dict[tuple[State, type[Any]], State] = {
    (State.GREETING, Hello): State.GREETING,
    (State.GREETING, Welcome): State.READY,
    (State.GREETING, Failed): State.CLOSED,
    (State.READY, Find): State.WORKING,
    (State.READY, Edit): State.WORKING,
    (State.READY, StatusRequest): State.READY,
    (State.READY, Status): State.READY,
    (State.READY, StopRequest): State.READY,
    (State.READY, Cancel): State.READY,
    (State.READY, Keep): State.READY,
    (State.READY, Failed): State.READY,
    (State.READY, SetsRequest): State.READY,
    (State.READY, ModelSets): State.READY,
    (State.READY, Warm): State.WORKING,
    (State.READY, ModelsRequest): State.READY,
    (State.READY, ModelList): State.READY,
    (State.READY, Pull): State.WORKING,
    (State.WORKING, Progress): State.WORKING,
    (State.WORKING, Cancel): State.WORKING,
    (State.WORKING, Keep): State.WORKING,
    (State.WORKING, Found): State.READY,
    (State.WORKING, Variation): State.WORKING,
    (State.WORKING, EditDone): State.READY,
    (State.WORKING, Warmed): State.READY,
    (State.WORKING, ModelList): State.READY,
    (State.WORKING, Failed): State.READY,
}
_FROM_CLIENT = (Hello, Find, Edit, Cancel, Keep, StatusRequest, StopRequest, ModelsRequest, Pull, SetsRequest, Warm)


class Connection:
    """One side of one connection. `send` gives bytes to write; `receive` turns bytes read into messages.

    Raises ProtocolError subclasses; after one the connection is CLOSED and only good for throwing away. Where a
    request has values that are refused, `receive` raises that UserError and the connection stays READY.
    """

    def __init__(self, role: Role) -> None:
        self.role = role
        self.state = State.GREETING
        self._buffer = bytearray()

    def send(self, message: Message) -> bytes:
        """The frame for `message`. Raises ProtocolError where it is not allowed now."""
        self._step(message, sent_by=self.role)
        return codec.encode(message)

    def receive(self, data: bytes) -> Iterator[Message]:
        """Every message completed by `data`, in order. Empty `data` is end of file: BadFrame inside a frame, else
        CLOSED.
        """
        if not data:
            truncated, self.state = bool(self._buffer), State.CLOSED
            if truncated:
                raise BadFrame("The connection ended in the middle of a message.")
            return
        self._buffer += data
        while self.state is not State.CLOSED:
            message = self._next()
            if message is None:
                return
            self._step(message, sent_by=Role.ENGINE if self.role is Role.CLIENT else Role.CLIENT)
            yield message

    def announced(self) -> int:
        """Bytes of the frame that is being received, without its prefix; 0 where none is."""
        if len(self._buffer) < codec.PREFIX.size:
            return 0
        header_length, body_length = codec.PREFIX.unpack_from(self._buffer)
        return int(header_length + body_length)

    def is_inside_frame(self) -> bool:
        """True while the rest of a frame is still to come."""
        return bool(self._buffer)

    def _next(self) -> Message | None:
        if len(self._buffer) < codec.PREFIX.size:
            return None
        header_length, body_length = codec.PREFIX.unpack_from(self._buffer)
        greeting = self.state is State.GREETING
        most = (MAX_FIRST_HEADER, 0) if greeting else (MAX_HEADER, MAX_BODY)
        if header_length > most[0] or body_length > most[1]:
            self.state = State.CLOSED
            raise FrameTooLarge(
                f"A message of {header_length} + {body_length} bytes is over the limit of {most[0]} + {most[1]}: "
                "work on a smaller part of the picture."
            )
        start, end = codec.PREFIX.size + header_length, codec.PREFIX.size + header_length + body_length
        if len(self._buffer) < end:
            return None
        with memoryview(self._buffer) as view:
            header, body = bytes(view[codec.PREFIX.size : start]), bytes(view[start:end])
        del self._buffer[:end]
        try:
            return codec.decode(header, body)
        except BadFrame:
            self.state = State.CLOSED
            raise
        except UserError as error:
            if self.state is State.READY:
                raise
            self.state = State.CLOSED
            raise BadFrame("The other side sent a message with impossible values.") from error

    def _step(self, message: Message, sent_by: Role) -> None:
        following = TRANSITIONS.get((self.state, type(message)))
        from_client = isinstance(message, _FROM_CLIENT)
        if following is None or from_client != (sent_by is Role.CLIENT):
            state, self.state = self.state, State.CLOSED
            raise ProtocolError(f"The message {type(message).__name__} is not allowed in the state “{state.value}”.")
        self.state = following


def check_hello(hello: Message, secret: str) -> None:
    """Raises WrongSecret or WrongVersion unless `hello` opens this engine; the comparison takes constant time."""
    if not isinstance(hello, Hello) or not hmac.compare_digest(_bytes(hello.secret), _bytes(secret)):
        raise WrongSecret("The engine does not accept this secret: restart the engine and try again.")
    if hello.protocol != PROTOCOL_VERSION:
        raise WrongVersion(
            f"This program speaks protocol {hello.protocol} and the engine {PROTOCOL_VERSION}: stop the engine "
            "with “text-replace stop”, or run the installer again, so that both have the same version."
        )


def _bytes(text: str) -> bytes:
    # JSON can carry halves of surrogate pairs, which UTF-8 cannot.
    return text.encode("utf-8", "surrogatepass")
