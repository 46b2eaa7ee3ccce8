"""An engine without models, for tests of what happens around one: real sockets, real frames, scripted answers."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from text_replace_wire import endpoint
from text_replace_wire.codec import Message
from text_replace_wire.connection import Connection, Role, check_hello
from text_replace_wire.errors import ProtocolError
from text_replace_wire.geometry import Box
from text_replace_wire.messages import (
    PROTOCOL_VERSION,
    Cancel,
    Candidate,
    Edit,
    Edited,
    Find,
    Found,
    Hello,
    Keep,
    Progress,
    Stage,
    Welcome,
)
from text_replace_wire.planes import Plane

NEW_COLOUR = 201
REGION = 180


@dataclass
class FakeEngine:
    """`find` and `edit` give the answer to a request: a message, or None to break the connection."""

    find: Callable[[Find], Message | None]
    edit: Callable[[Edit], Message | None]
    seen: list[Message] = field(default_factory=list)

    def serve(self, server: socket.socket, secret: str) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError, ProtocolError):
                self._talk(client, secret)

    def _talk(self, client: socket.socket, secret: str) -> None:
        connection = Connection(Role.ENGINE)
        while data := client.recv(1 << 20):
            for message in connection.receive(data):
                self.seen.append(message)
                for answer in self._answers(message, secret):
                    if answer is None:
                        return
                    client.sendall(connection.send(answer))

    def _answers(self, message: Message, secret: str) -> Iterator[Message | None]:
        if isinstance(message, Hello):
            check_hello(message, secret)
            yield Welcome(PROTOCOL_VERSION, "fake")
        elif isinstance(message, Find):
            yield Progress(Stage.SEGMENT, 0, 1)
            yield self.find(message)
        elif isinstance(message, Edit):
            yield Progress(Stage.EDIT, 1, 2, Plane(1, 1, 3, b"\1\2\3"), message.box)
            yield self.edit(message)
        elif not isinstance(message, (Cancel, Keep)):
            yield None


def found_middle(request: Find) -> Found:
    """One candidate: the middle half of the picture each way; `edit` needs the middle three quarters."""
    width, height = request.image.size
    box = Box(width // 4, height // 4, max(width * 3 // 4, 1), max(height * 3 // 4, 1))
    rows = [bytes(box.x0) + b"\xff" * box.width + bytes(width - box.x1)] * box.height
    mask = b"".join([bytes(width * box.y0), *rows, bytes(width * (height - box.y1))])
    layer_w, layer_h = request.layer_size
    edit_box = Box(layer_w // 8, layer_h // 8, max(layer_w * 7 // 8, 1), max(layer_h * 7 // 8, 1))
    candidate = Candidate(
        1,
        request.replace,
        1.0,
        1.0,
        box.scaled(request.image.size, request.layer_size),
        edit_box,
        box.width * box.height,
        Plane(width, height, 1, mask),
    )
    return Found((candidate,), (1,), "")


def painted(request: Edit) -> Edited:
    """One colour over the whole box, and a region of one value, times the selection as in the real engine."""
    width, height = request.box.size
    colours = request.image.channels - (request.image.channels in (2, 4))
    region = bytes([REGION]) * (width * height)
    if request.selection is not None:
        table = bytes(round(REGION * value / 255) for value in range(256))
        region = request.selection.data.translate(table)
    plane = Plane(width, height, 1, region)
    pixels = Plane(width, height, colours, bytes([NEW_COLOUR]) * (width * height * colours))
    return Edited(pixels, plane, plane, report_on(request))


def report_on(request: Edit, kept_at: int | None = None) -> dict[str, Any]:
    """The parts of a report that the plug-in reads; the score is the higher, the higher the seed's last digit."""
    return {
        "family": "starter",
        "models": [{"role": "clip", "name": "starter/clip", "sha256": "0" * 64}],
        "samples": [{"seed": request.seed, "clip": request.seed % 10 / 10}],
        "working_size": request.working_size or 64,
        "kept_at": kept_at,
        "device": "cpu",
        "dtype": "float32",
        "versions": {"fake": "1"},
        **request.adjustments.recorded(),
    }


@contextlib.contextmanager
def running(
    find: Callable[[Find], Message | None] = found_middle, edit: Callable[[Edit], Message | None] = painted
) -> Iterator[FakeEngine]:
    """A fake engine published in the state folder of this process ($TEXT_REPLACE_HOME)."""
    engine, secret = FakeEngine(find, edit), secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        endpoint.write(endpoint.Endpoint(port, secret, os.getpid(), PROTOCOL_VERSION, "fake"))
        thread = threading.Thread(target=engine.serve, args=(server, secret), daemon=True)
        thread.start()
        try:
            yield engine
        finally:
            endpoint.remove()
