"""Small requests, and the frames of a client that does not behave."""

from __future__ import annotations

import socket
import threading

from text_replace_wire import codec, endpoint
from text_replace_wire.api import Edited
from text_replace_wire.codec import Message
from text_replace_wire.connection import Connection, Role
from text_replace_wire.errors import TextReplaceError
from text_replace_wire.geometry import Box
from text_replace_wire.link import Link
from text_replace_wire.messages import PROTOCOL_VERSION, Edit, Find, Hello, Progress, Welcome
from text_replace_wire.planes import Plane


def find(width: int = 4, height: int = 3) -> Find:
    return Find("apple", Plane(width, height, 3, bytes(width * height * 3)), (width, height))


def edit(with_: str, width: int = 4, height: int = 3) -> Edit:
    image, mask = Plane(width, height, 3, bytes(width * height * 3)), Plane(width, height, 1, bytes(width * height))
    return Edit("apple", with_, 1, (width, height), Box(0, 0, width, height), image, mask)


def ignore(progress: Progress) -> None:
    pass


class Edits(threading.Thread):
    """An edit of so many pixels a side by a client of its own; `outcome` is its answer or the error that ended it."""

    def __init__(self, with_: str, side: int = 3) -> None:
        super().__init__(daemon=True)
        self.with_ = with_
        self.side = side
        self.progress: list[Progress] = []
        self.cancelled = threading.Event()
        self.kept = threading.Event()
        self.outcome: Edited | TextReplaceError | None = None

    def run(self) -> None:
        try:
            with Link.connect() as link:
                self.outcome = link.edit(
                    edit(self.with_, self.side, self.side),
                    self.progress.append,
                    self.cancelled.is_set,
                    self.kept.is_set,
                )
        except TextReplaceError as error:
            self.outcome = error


class Raw:
    """A client on a bare socket."""

    def __init__(self, greet: bool = True) -> None:
        target = endpoint.read()
        self.socket = socket.create_connection(("127.0.0.1", target.port), 10)
        self.connection = Connection(Role.CLIENT)
        self._heard: list[Message] = []
        if greet:
            self.say(Hello(PROTOCOL_VERSION, target.secret, "raw"))
            assert isinstance(self.hear(), Welcome)

    def say(self, message: Message) -> None:
        self.socket.sendall(self.connection.send(message))

    def shout(self, data: bytes | Message) -> None:
        """Send what the connection would not."""
        self.socket.sendall(data if isinstance(data, bytes) else codec.encode(data))

    def hear(self) -> Message | None:
        """The next message; None at end of file."""
        while not self._heard:
            data = self.socket.recv(1 << 16)
            if not data:
                return None
            self._heard += self.connection.receive(data)
        return self._heard.pop(0)

    def hear_anything(self) -> Message:
        """The next message, of which the connection need not know why it comes."""
        data = b""
        while len(data) < codec.PREFIX.size:
            data += self.socket.recv(codec.PREFIX.size - len(data))
        header, body = codec.PREFIX.unpack(data)
        rest = b""
        while len(rest) < header + body:
            rest += self.socket.recv(header + body - len(rest))
        return codec.decode(rest[:header], rest[header:])

    def close(self) -> None:
        self.socket.close()
