"""An engine on another machine, through ssh: here it is found as one of this machine is, by lock and endpoint file, and
behind every client `dial` runs there. ssh is the user's own, with their keys and configuration. Nothing listens there
for this, and here on 127.0.0.1 only.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast

from text_replace_engine.serving.jobs import failed
from text_replace_engine.serving.places import Limits
from text_replace_wire import codec, endpoint, lock
from text_replace_wire.codec import Message
from text_replace_wire.connection import Connection, Role, check_hello
from text_replace_wire.endpoint import Endpoint
from text_replace_wire.errors import EngineError, ProtocolError, TextReplaceError, from_kind
from text_replace_wire.messages import PROTOCOL_VERSION, Failed, Hello, Welcome

#: Set-up's `text-replace` there, as every shell finds it.
COMMAND = "~/.local/share/text-replace/venv/bin/text-replace"
#: Nobody can answer what ssh asks while GIMP waits. A master of the user's own is used (ControlPath), but no client's
#: connection may become one, with which others would end. Silence is noticed before a client gives up (`link.SILENCE`).
_OPTIONS = (
    "-oBatchMode=yes",
    "-oClearAllForwardings=yes",
    "-oConnectTimeout=10",
    "-oControlMaster=no",
    "-oLogLevel=ERROR",
    "-oServerAliveCountMax=3",
    "-oServerAliveInterval=5",
)
#: Exit status: of ssh for failures of its own, of a shell for a command that it does not find.
_SSH_FAILED, _NOT_FOUND = 255, 127
_SAYS = "text-replace: "
_CHUNK = 2**16


@dataclass(frozen=True)
class _Call:
    """A connection with the engine there. answer: the first bytes that came, at least one."""

    answer: bytes
    source: StreamReader
    sink: StreamWriter


class Tunnel:
    """To `box`, a destination as ssh takes it, where `command` runs `text-replace`."""

    def __init__(self, box: str, command: str = COMMAND) -> None:
        self._box = box
        self._command = command
        self._secret = secrets.token_hex(32)

    def run(self, on_open: Callable[[str], object]) -> None:
        """Take the place of this machine's engine until KeyboardInterrupt. on_open: hears the name of the engine there,
        once clients can connect.

        Raises EngineUnavailable where an engine or a tunnel runs already, EngineError where the one there cannot be
        used, WrongVersion, and OSError.
        """
        with lock.acquire():
            asyncio.run(self._serve(on_open))

    async def _serve(self, on_open: Callable[[str], object]) -> None:
        engine = f"{await self._engine()} on “{self._box}”"
        server = await asyncio.start_server(self._serve_client, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        endpoint.write(Endpoint(port, self._secret, os.getpid(), PROTOCOL_VERSION, engine))
        try:
            on_open(engine)
            await server.serve_forever()
        finally:
            endpoint.remove()

    async def _engine(self) -> str:
        """The name and version of the engine there, which is started where none runs."""
        connection = Connection(Role.CLIENT)
        hello = connection.send(Hello(PROTOCOL_VERSION, "", "text-replace"))
        async with self._called(hello) as call:
            try:
                message = await _message(connection, call.answer, call.source)
            except ProtocolError as error:
                raise EngineError(
                    f"“{self._box}” answers ssh with something else than Text Replace: its shell must not print "
                    "anything of its own there."
                ) from error
        if message is None:
            raise EngineError(f"The engine on “{self._box}” stopped before it had answered: try again.")
        if isinstance(message, Failed):
            raise from_kind(message.kind, f"On “{self._box}”: {message.message}")
        return cast(Welcome, message).engine

    async def _serve_client(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            async with asyncio.timeout(Limits.greeting):
                hello = await _message(Connection(Role.ENGINE), b"", reader)
            if hello is None:
                return
            check_hello(hello, self._secret)
            async with self._called(codec.encode(hello)) as call:
                writer.write(call.answer)
                await _first(_copied(reader, call.sink), _copied(call.source, writer))
        except TextReplaceError as error:
            writer.write(codec.encode(failed(error)))
        # The client has gone, or is none.
        except (OSError, TimeoutError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def _called(self, hello: bytes) -> AsyncIterator[_Call]:
        """A connection with the engine there, open while the block runs. Raises EngineError."""
        command = ("ssh", "-T", *_OPTIONS, "--", self._box, f"{self._command} dial")
        try:
            process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        except OSError as error:
            raise EngineError(f"ssh cannot be started ({error.strerror}): install OpenSSH's client.") from error
        sink, source = cast(StreamWriter, process.stdin), cast(StreamReader, process.stdout)
        try:
            sink.write(hello)
            answer = await source.read(_CHUNK)
            if not answer:
                raise await self._failure(process)
            yield _Call(answer, source, sink)
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            # Of a pipe that is full nobody would hear that it has ended.
            await process.communicate()

    async def _failure(self, process: Process) -> EngineError:
        """Why nothing came from there."""
        _, errors = await process.communicate()
        said = errors.decode("utf-8", "replace").strip().splitlines() or [f"exit status {process.returncode}"]
        reason = said[-1].strip()
        if process.returncode == _SSH_FAILED:
            return EngineError(
                f"“{self._box}” cannot be reached: ssh says “{reason.removeprefix('ssh: ')}”; try “ssh {self._box}” in "
                "a terminal."
            )
        if process.returncode == _NOT_FOUND:
            return EngineError(
                f"“{self._box}” has no “{self._command}”: install Text Replace there, or start the tunnel with "
                "--command and its place."
            )
        return EngineError(f"On “{self._box}”: {reason.removeprefix(_SAYS)}")


async def _message(connection: Connection, data: bytes, source: StreamReader) -> Message | None:
    """The first message in `data` and what `source` gives after it; None where there is none. Raises ProtocolError."""
    while data := data or await source.read(_CHUNK):
        for message in connection.receive(data):
            return message
        data = b""
    list(connection.receive(b""))
    return None


async def _copied(source: StreamReader, sink: StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()


async def _first(*works: Coroutine[Any, Any, None]) -> None:
    """Until one of them has ended; the others are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
