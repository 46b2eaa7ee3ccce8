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
from text_replace_wire.api import Edited
from text_replace_wire.codec import Message
from text_replace_wire.connection import Connection, Role, check_hello
from text_replace_wire.errors import ProtocolError
from text_replace_wire.geometry import Box, edit_box
from text_replace_wire.messages import (
    PROTOCOL_VERSION,
    Cancel,
    Candidate,
    Edit,
    EditDone,
    Find,
    Found,
    Hello,
    Keep,
    Progress,
    Stage,
    Variation,
    Welcome,
)
from text_replace_wire.model_messages import ModelSets, SetEntry, SetsRequest, Warm, Warmed
from text_replace_wire.options import seeds_from
from text_replace_wire.planes import Plane

NEW_COLOUR = 201
REGION = 180
SETS = ModelSets(
    (
        SetEntry("starter", "Starter models", "Know a few dozen objects.", True, ("apple", "orange"), ()),
        SetEntry(
            "full",
            "Full models",
            "For photographs.",
            False,
            (),
            (),
            pullable=True,
            size=3_100_000_000,
            terms="For research only.",
            fits="Slow on this machine.",
        ),
        SetEntry("toy", "Toy models", "Paint in one colour.", True, (), ()),
    ),
    "starter",
)

FindAnswer = Callable[[Find], "Message | None"]
EditAnswer = Callable[[Edit], "Edited | Message | None"]


@dataclass
class FakeEngine:
    """`find` and `edit` give the answer to a request, or None to break the connection.

    kept_in: the variation, from 0, in which it waits for Keep, and after which it ends.
    """

    find: FindAnswer
    edit: EditAnswer
    kept_in: int | None = None
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

        def received() -> Iterator[Message]:
            while data := client.recv(1 << 20):
                for message in connection.receive(data):
                    self.seen.append(message)
                    yield message

        messages = received()
        for message in messages:
            for answer in self._answers(message, secret, messages):
                if answer is None:
                    return
                client.sendall(connection.send(answer))

    def _answers(self, message: Message, secret: str, following: Iterator[Message]) -> Iterator[Message | None]:
        if isinstance(message, Hello):
            check_hello(message, secret)
            yield Welcome(PROTOCOL_VERSION, "fake")
        elif isinstance(message, Find):
            yield Progress(Stage.SEGMENT, 0, 1)
            yield self.find(message)
        elif isinstance(message, Edit):
            yield from self._painted(message, following)
        elif isinstance(message, SetsRequest):
            yield SETS
        elif isinstance(message, Warm):
            yield Warmed()
        elif not isinstance(message, (Cancel, Keep)):
            yield None

    def _painted(self, request: Edit, following: Iterator[Message]) -> Iterator[Message | None]:
        shown = Plane(1, 1, 3, b"\1\2\3")
        yield Progress(Stage.EDIT, 1, 2, shown, request.box, variations=request.variations)
        edited = self.edit(request)
        if not isinstance(edited, Edited):
            yield edited
            return
        for number, variation in enumerate(edited.variations):
            yield Progress(Stage.EDIT, 2, 2, variation=number, variations=request.variations)
            if number == self.kept_in:
                assert isinstance(next(following), Keep)
            yield variation
            if number == self.kept_in:
                break
        yield EditDone(edited.region, edited.object_mask)


def found_middle(request: Find) -> Found:
    """One candidate: the middle half of the picture each way; `edit` needs the middle three quarters."""
    width, height = request.image.size
    box = Box(width // 4, height // 4, max(width * 3 // 4, 1), max(height * 3 // 4, 1))
    layer_w, layer_h = request.layer_size
    needed = Box(layer_w // 8, layer_h // 8, max(layer_w * 7 // 8, 1), max(layer_h * 7 // 8, 1))
    candidate = Candidate(
        1,
        request.replace,
        1.0,
        1.0,
        box.scaled(request.image.size, request.layer_size),
        needed,
        box.width * box.height,
        filled(box, request.image.size),
    )
    return Found((candidate,), (1,), "")


def found_there(request: Find) -> Found:
    """The box that is pointed at, or a square around the place, a tenth of the picture wide; nothing in the lowest
    tenth of the picture. As `found_middle` where nothing is pointed at.
    """
    if request.box is None and not request.points:
        return found_middle(request)
    layer, box = request.layer_size, request.box
    if box is None:
        ((x, y),) = request.points
        if y >= layer[1] * 9 // 10:
            return Found((), (), "There is nothing to tell apart at that place: drag a box around the object.")
        box = Box(x, y, x + 1, y + 1).grown(layer[0] // 20).clipped(layer)
    mask = filled(box.scaled(layer, request.image.size), request.image.size)
    area = box.width * box.height
    return Found((Candidate(0, request.replace, 1.0, 1.0, box, edit_box(box, layer), area, mask),), (0,), "")


def filled(box: Box, size: tuple[int, int]) -> Plane:
    """A mask of the box."""
    width, height = size
    rows = [bytes(box.x0) + b"\xff" * box.width + bytes(width - box.x1)] * box.height
    return Plane(width, height, 1, b"".join([bytes(width * box.y0), *rows, bytes(width * (height - box.y1))]))


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
    variations = [Variation(pixels, report_on(request, seed)) for seed in seeds_of(request)]
    return Edited(tuple(variations), plane, plane)


def seeds_of(request: Edit) -> list[int]:
    """Of the variations that the request asks for."""
    seeds = seeds_from(request.seed, request.variations)
    return seeds if request.place is None else [seeds[request.place]]


def report_on(request: Edit, seed: int, kept_at: int | None = None) -> dict[str, Any]:
    """The parts of a report that the plug-in reads, as where nothing is painted at once; the score is the higher, the
    higher the seed's last digit.
    """
    return {
        "seed": seed,
        "family": "starter",
        "models": [{"role": "clip", "name": "starter/clip", "sha256": "0" * 64}],
        "samples": [{"seed": seed, "clip": seed % 10 / 10}],
        "options": {"working_size": request.painting.options.get("working_size", 64), "cutouts": None},
        "kept_at": kept_at,
        "batch": 1,
        "variations": 1,
        "place": 0,
        "device": "cpu",
        "dtype": "float32",
        "versions": {"fake": "1"},
    }


@contextlib.contextmanager
def running(
    find: FindAnswer = found_middle, edit: EditAnswer = painted, kept_in: int | None = None
) -> Iterator[FakeEngine]:
    """A fake engine published in the state folder of this process ($TEXT_REPLACE_HOME)."""
    engine, secret = FakeEngine(find, edit, kept_in), secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        endpoint.write(endpoint.Endpoint(port, secret, os.getpid(), PROTOCOL_VERSION, "fake"))
        thread = threading.Thread(target=engine.serve, args=(server, secret), daemon=True)
        thread.start()
        try:
            yield engine
        finally:
            endpoint.remove()
