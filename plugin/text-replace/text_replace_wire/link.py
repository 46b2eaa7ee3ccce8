"""The client's side of the socket, blocking: one request at a time, every wait with a deadline."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from types import TracebackType
from typing import NoReturn

from text_replace_wire import endpoint as endpoints
from text_replace_wire import lock
from text_replace_wire.api import Edited, IsCancelled, IsKept, OnProgress, OnVariation, ignore, never
from text_replace_wire.codec import Message
from text_replace_wire.connection import Connection, Role, State
from text_replace_wire.endpoint import Endpoint
from text_replace_wire.errors import (
    Cancelled,
    EngineLost,
    EngineUnavailable,
    ProtocolError,
    WrongSecret,
    WrongVersion,
    from_kind,
)
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
from text_replace_wire.model_messages import FULL, ModelList, ModelSets, ModelsRequest, Pull, SetsRequest, Warm, Warmed
from text_replace_wire.options import AUTO
from text_replace_wire.status_messages import Status, StatusRequest, StopRequest

#: Seconds for whoever listens at a port to show that it is the engine, unless one is known to run.
BRIEF = 0.5
#: Seconds without a byte from an engine that sends a sign of life every second.
SILENCE = 30.0
_POLL = 0.05
_NOT_RUNNING = "The engine is not running: start it with “text-replace start”."
_CHUNK = 2**20


class Link:
    """An open connection to the engine at `endpoint`. After Cancelled, EngineLost or ProtocolError it is closed."""

    def __init__(self, sock: socket.socket, endpoint: Endpoint) -> None:
        sock.setblocking(False)
        self.endpoint = endpoint
        self._socket = sock
        self._connection = Connection(Role.CLIENT)

    @classmethod
    def connect(cls, endpoint: Endpoint | None = None, timeout: float = 15.0, cancelled: IsCancelled = never) -> Link:
        """A link to `endpoint`, else to the published one. timeout: seconds for an engine that runs to answer. Raises
        EngineUnavailable, WrongSecret, WrongVersion, Cancelled, and EngineError where the engine has no place left.
        """
        deadline = time.monotonic() + timeout
        while True:
            target = endpoint or endpoints.read()
            try:
                return cls._greeted(target, endpoint is None, deadline, cancelled)
            except EngineUnavailable:
                # Another engine may have taken the place of the one that did not answer.
                if endpoint is not None or time.monotonic() > deadline or _published() in (None, target):
                    raise

    @classmethod
    def _greeted(cls, target: Endpoint, published: bool, deadline: float, cancelled: IsCancelled) -> Link:
        link = cls(_connected(target, deadline), target)
        started = time.monotonic()

        def is_over() -> bool:
            now = time.monotonic()
            # An engine that runs may be slow; whoever else has its port now need not be waited for.
            hopeless = now - started > BRIEF and not (lock.is_held() and (not published or _published() == target))
            if hopeless or now > deadline:
                raise EngineLost("The engine did not greet.")
            return cancelled()

        try:
            hello = Hello(PROTOCOL_VERSION, target.secret, "text-replace")
            answer = link._ask(hello, ignore, is_over, max(BRIEF, deadline - started))
            if not isinstance(answer, Welcome):
                raise ProtocolError("The engine did not greet.")
        except (WrongSecret, WrongVersion, Cancelled):
            link.close()
            raise
        except (EngineLost, ProtocolError) as error:
            link.close()
            if not lock.is_held():
                raise EngineUnavailable(_NOT_RUNNING) from error
            raise EngineUnavailable(
                "The engine does not answer: stop it with “text-replace stop” and try again."
            ) from error
        except BaseException:
            link.close()
            raise
        return link

    def find(self, request: Find, on_progress: OnProgress, cancelled: IsCancelled) -> Found:
        """See `api.EngineApi`. Raises EngineLost and ProtocolError as well."""
        answer = self._ask(request, on_progress, cancelled, SILENCE)
        return answer if isinstance(answer, Found) else self._confused(answer)

    def edit(
        self,
        request: Edit,
        on_progress: OnProgress,
        cancelled: IsCancelled,
        kept: IsKept = never,
        on_variation: OnVariation = ignore,
    ) -> Edited:
        """See `api.EngineApi`. Raises EngineLost and ProtocolError as well."""
        variations: list[Variation] = []

        def collect(variation: Variation) -> None:
            variations.append(variation)
            on_variation(variation)

        answer = self._ask(request, on_progress, cancelled, SILENCE, kept, collect)
        if not isinstance(answer, EditDone) or not variations:
            self._confused(answer)
        return Edited(tuple(variations), answer.region, answer.object_mask)

    def warm(self, models: str = AUTO) -> None:
        """See `api.EngineApi`. Raises EngineLost and ProtocolError as well."""
        answer = self._ask(Warm(models), ignore, never, SILENCE)
        if not isinstance(answer, Warmed):
            self._confused(answer)

    def model_sets(self) -> ModelSets:
        """See `api.EngineApi`. Raises EngineLost and ProtocolError as well."""
        answer = self._ask(SetsRequest(), ignore, never, SILENCE)
        return answer if isinstance(answer, ModelSets) else self._confused(answer)

    def models(self, models: str = FULL) -> ModelList:
        """What a model set consists of, and what is installed of it. Raises EngineLost, ProtocolError and UserError."""
        answer = self._ask(ModelsRequest(models), ignore, never, SILENCE)
        return answer if isinstance(answer, ModelList) else self._confused(answer)

    def pull(self, request: Pull, on_progress: OnProgress, cancelled: IsCancelled) -> ModelList:
        """Raises Cancelled, EngineLost, ProtocolError, and the error that the engine names."""
        answer = self._ask(request, on_progress, cancelled, SILENCE)
        return answer if isinstance(answer, ModelList) else self._confused(answer)

    def status(self, patience: float = SILENCE) -> Status:
        """patience: seconds of silence. Raises EngineLost and ProtocolError."""
        answer = self._ask(StatusRequest(), ignore, never, patience)
        return answer if isinstance(answer, Status) else self._confused(answer)

    def stop(self) -> Status:
        """Ask the engine to exit; it has agreed, and may take a moment. Raises EngineLost and ProtocolError."""
        answer = self._ask(StopRequest(), ignore, never, SILENCE)
        self.close()
        return answer if isinstance(answer, Status) else self._confused(answer)

    def close(self) -> None:
        """Close the connection; the engine takes that for a cancel."""
        self._socket.close()

    def __enter__(self) -> Link:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(
        self,
        message: Message,
        on_progress: OnProgress,
        cancelled: IsCancelled,
        patience: float,
        kept: IsKept = never,
        on_variation: OnVariation = ignore,
    ) -> Message:
        """Send `message` and give the first answer that is neither Progress nor a Variation."""
        try:
            return self._talk(message, on_progress, cancelled, patience, kept, on_variation)
        except (Cancelled, EngineLost, ProtocolError):
            self.close()
            raise

    def _talk(
        self,
        message: Message,
        on_progress: OnProgress,
        cancelled: IsCancelled,
        patience: float,
        kept: IsKept,
        on_variation: OnVariation,
    ) -> Message:
        if self._socket.fileno() < 0:
            raise EngineLost("The connection to the engine is closed: try again.")
        unsent = memoryview(self._connection.send(message))
        # Only time spent waiting here counts: a callback that is held up says nothing about the engine.
        silent = 0.0
        told_to_keep = False
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
            while silent < patience:
                if cancelled():
                    self._cancel(sent=not unsent)
                if not unsent and not told_to_keep and kept():
                    unsent, told_to_keep = memoryview(self._connection.send(Keep())), True
                waits_to_write = selectors.EVENT_WRITE if unsent else 0
                selector.modify(self._socket, selectors.EVENT_READ | waits_to_write)
                started = time.monotonic()
                ready = selector.select(_POLL)
                silent = 0.0 if ready else silent + time.monotonic() - started
                for _, events in ready:
                    if events & selectors.EVENT_WRITE:
                        # What is sent is let go: the request may be most of the plug-in's memory.
                        unsent = unsent[self._send(unsent) :] or memoryview(b"")
                    if events & selectors.EVENT_READ:
                        for answer in self._receive():
                            if isinstance(answer, Failed):
                                raise from_kind(answer.kind, answer.message)
                            if isinstance(answer, Progress):
                                on_progress(answer)
                            elif isinstance(answer, Variation):
                                on_variation(answer)
                            else:
                                return answer
        raise EngineLost(
            f"The engine has not answered for {patience:.0f} seconds: stop it with “text-replace stop” and try again."
        )

    def _send(self, unsent: memoryview) -> int:
        try:
            return self._socket.send(unsent[:_CHUNK])
        except BlockingIOError:
            return 0
        except OSError:
            # The engine has hung up; what it said before that is still to be read.
            return len(unsent)

    def _receive(self) -> list[Message]:
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            raise EngineLost("The engine stopped during the work: try again.")
        return list(self._connection.receive(data))

    def _cancel(self, sent: bool) -> NoReturn:
        # In the middle of a frame only the end of file, which means the same, can say it.
        if sent and self._connection.state is State.WORKING:
            with contextlib.suppress(OSError):
                self._socket.send(self._connection.send(Cancel()))
        raise Cancelled

    def _confused(self, answer: Message) -> NoReturn:
        self.close()
        raise ProtocolError(f"The engine answered with {type(answer).__name__}: update plug-in and engine together.")


def _connected(target: Endpoint, deadline: float) -> socket.socket:
    """A connection to the port of `target`. Raises EngineUnavailable."""
    while True:
        try:
            return socket.create_connection(("127.0.0.1", target.port), BRIEF)
        except OSError as error:
            # An engine to which many connect at once may be slow to take a connection.
            if not isinstance(error, TimeoutError) or time.monotonic() > deadline or not lock.is_held():
                raise EngineUnavailable(_NOT_RUNNING) from error


def _published() -> Endpoint | None:
    try:
        return endpoints.read()
    except EngineUnavailable:
        return None
