"""The far end of a tunnel: joins a pair of pipes, which ssh leads to another machine, to this user's engine."""

from __future__ import annotations

import dataclasses
import os
import socket
import threading
from contextlib import suppress

from text_replace_engine.serving import lifecycle
from text_replace_wire import codec
from text_replace_wire.connection import Connection, Role
from text_replace_wire.errors import ProtocolError
from text_replace_wire.messages import Hello

_CHUNK = 2**16


def dial(source: int, sink: int, wait: float = 60) -> None:
    """Pass on what `source` gives to the engine and what that answers to `sink` (both file descriptors), until either
    side ends. Where no engine runs, one is started, and given `wait` seconds.

    The Hello that comes first need not know the engine's secret, which is put into it here: who can start this process
    as this user can read the endpoint file too. Raises EngineError, OutOfMemory and ProtocolError before anything has
    been written.
    """
    hello = _first_message(source)
    with lifecycle.link(wait) as link:
        target = link.endpoint
    with socket.create_connection(("127.0.0.1", target.port)) as sock:
        sock.sendall(codec.encode(dataclasses.replace(hello, secret=target.secret)))
        threading.Thread(target=_ask, args=(source, sock), daemon=True).start()
        # Whoever reads may be gone, and the engine may be killed.
        with suppress(OSError):
            while answer := memoryview(sock.recv(_CHUNK)):
                while answer:
                    answer = answer[os.write(sink, answer) :]


def _first_message(source: int) -> Hello:
    connection = Connection(Role.ENGINE)
    while data := os.read(source, _CHUNK):
        for message in connection.receive(data):
            if isinstance(message, Hello):
                return message
    raise ProtocolError("Nobody asks for the engine here: “text-replace tunnel” on another machine does.")


def _ask(source: int, sock: socket.socket) -> None:
    with suppress(OSError):
        while data := os.read(source, _CHUNK):
            sock.sendall(data)
    # For the engine the end is a cancel, and it hangs up then, which ends the other direction too.
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
