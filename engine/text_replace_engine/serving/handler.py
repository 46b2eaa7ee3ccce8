"""One client's side of the engine: its socket, its connection and its request, all in one thread."""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from text_replace_engine.serving.jobs import Job, failed, mistake, out_of_memory
from text_replace_engine.serving.places import Limits, Places
from text_replace_engine.serving.pull_worker import Pulls, model_list
from text_replace_engine.serving.worker import Worker
from text_replace_engine.sets import registry
from text_replace_wire import codec
from text_replace_wire.codec import Message
from text_replace_wire.connection import Connection, Role, State, check_hello
from text_replace_wire.errors import EngineError, ModelError, ProtocolError, UserError
from text_replace_wire.messages import PROTOCOL_VERSION, Cancel, Edit, Failed, Find, Hello, Keep, Welcome
from text_replace_wire.model_messages import ModelsRequest, Pull, SetsRequest, Warm
from text_replace_wire.status_messages import Status, StatusRequest, StopRequest

log = logging.getLogger(__name__)

_CHUNK = 2**20


#: Bytes of a request that a client may send without a place for it, and that are read from it at once meanwhile.
_SMALL = 2**16


@dataclass(frozen=True)
class Service:
    """What clients talk to. status: describes it. stop: asks it to exit."""

    secret: str
    name: str
    places: Places
    worker: Worker
    pulls: Pulls
    status: Callable[[], Status]
    stop: Callable[[], None]


class Client:
    """Serves one client until it leaves, breaks the protocol or stalls."""

    def __init__(self, sock: socket.socket, service: Service, limits: Limits) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._service = service
        self._limits = limits
        self._connection = Connection(Role.ENGINE)
        self._job: Job | None = None
        self._unsent = memoryview(b"")
        self._open = True
        self._leaving = False
        self._dropped = False
        #: How many large requests come before the one that it wants to send; those bytes are not read.
        self._ahead = 0
        self._placed = False
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._started = self._heard = self._taken = self._spoke = time.monotonic()

    def wake(self) -> None:
        """Have the client's thread look for news; for any thread."""
        # Full means that it will wake anyway; closed, that it has gone.
        with contextlib.suppress(OSError):
            self._wake_write.send(b"\0")

    def leave(self) -> None:
        """Say goodbye once everything that is ready has been sent; for any thread."""
        self._leaving = True
        self.wake()

    def drop(self) -> None:
        """End now, without a word; for any thread."""
        self._dropped = True
        self.wake()

    @property
    def is_stranger(self) -> bool:
        """Whether it has not yet proved the secret, and still may."""
        return self._connection.state is State.GREETING and not self._dropped

    def run(self) -> None:
        """Serve until the end; never raises."""
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._wake_read, selectors.EVENT_READ)
                try:
                    while self._open:
                        self._turn(selector)
                finally:
                    self._cancel_job()
                self._linger(selector)
        except OSError:
            # The client has gone.
            pass
        except Exception:
            log.exception("A mistake in the service of a client")
        finally:
            self._service.places.leave(self)
            for sock in (self._socket, self._wake_read, self._wake_write):
                sock.close()

    def _turn(self, selector: selectors.BaseSelector) -> None:
        self._find_place()
        if not self._unsent:
            self._gather_news()
        self._watch(selector)
        for key, ready in selector.select(self._limits.heartbeat / 4):
            if key.fileobj is self._wake_read:
                self._wake_read.recv(_CHUNK)
                continue
            if ready & selectors.EVENT_WRITE:
                self._flush()
            if ready & selectors.EVENT_READ:
                self._read()
        if self._dropped:
            raise ConnectionAbortedError
        self._check_deadlines()

    def _watch(self, selector: selectors.BaseSelector) -> None:
        """Watch the socket for what can be done with it now."""
        events = (0 if self._ahead else selectors.EVENT_READ) | (selectors.EVENT_WRITE if self._unsent else 0)
        if self._socket in selector.get_map():
            selector.unregister(self._socket)
        if events:
            selector.register(self._socket, events)

    def _find_place(self) -> None:
        """Before more of a large request is read there has to be a place for it; it is kept until the answer."""
        if self._job is not None:
            return
        if self._connection.announced() > _SMALL:
            waited, self._ahead = self._ahead, self._service.places.ahead(self)
            self._placed = True
            if self._ahead and not waited:
                self._spoke = 0.0
            elif waited and not self._ahead:
                self._heard = time.monotonic()
        elif self._placed:
            self._service.places.give_back(self)
            self._placed = False

    def _gather_news(self) -> None:
        """Turn what the job has to tell, or a sign of life, into bytes to send."""
        if self._job is not None:
            news, answer = self._job.take()
            if not news and answer is None and time.monotonic() - self._spoke > self._limits.heartbeat:
                news = [self._service.worker.progress_of(self._job)]
            for message in news:
                self._say(message)
            if answer is not None:
                self._job = None
                self._say(answer)
        if self._ahead and time.monotonic() - self._spoke > self._limits.heartbeat:
            # Of a request that has not arrived yet the connection knows nothing.
            progress = self._service.worker.progress_behind(self._ahead, self._service.places.waiting)
            self._push(codec.encode(progress))
        if self._leaving and self._job is None and not self._unsent:
            self._open = False

    def _say(self, message: Message) -> None:
        self._push(self._connection.send(message))

    def _push(self, frame: bytes) -> None:
        if not self._unsent:
            self._taken = time.monotonic()
        self._unsent = memoryview(bytes(self._unsent) + frame) if self._unsent else memoryview(frame)
        self._spoke = time.monotonic()

    def _part(self, reason: Failed) -> None:
        # The connection may be in a state in which nothing is allowed any more.
        self._push(codec.encode(reason))
        self._open = False

    def _flush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._unsent = self._unsent[self._socket.send(self._unsent[:_CHUNK]) :]
            self._taken = time.monotonic()

    def _read(self) -> None:
        try:
            # Whether there is more to come, and how much, is only seen from what has been read.
            data = self._socket.recv(_CHUNK if self._connection.announced() > _SMALL else _SMALL)
        except BlockingIOError:
            return
        self._heard = time.monotonic()
        if not data:
            raise ConnectionResetError
        try:
            for message in self._connection.receive(data):
                self._handle(message)
        except EngineError as error:
            log.warning("Refused: %s", error)
            self._part(failed(error))
        except (UserError, ModelError) as error:
            log.info("Refused: %s", error.kind)
            self._say(failed(error))
        except ProtocolError as error:
            log.warning("A client broke the protocol: %s", error.kind)
            self._part(failed(error))
        except MemoryError:
            self._part(out_of_memory())
        except Exception:
            log.exception("A mistake in the service of a client")
            self._part(mistake())

    def _handle(self, message: Message) -> None:
        if isinstance(message, Hello):
            check_hello(message, self._service.secret)
            self._service.places.enter(self)
            self._say(Welcome(PROTOCOL_VERSION, self._service.name))
        elif isinstance(message, (Find, Edit, Warm)):
            self._begin(Job(message, self.wake), self._service.worker.submit)
        elif isinstance(message, Pull):
            self._begin(Job(message, self.wake), self._service.pulls.submit)
        elif isinstance(message, SetsRequest):
            self._say(registry.described())
        elif isinstance(message, ModelsRequest):
            self._say(model_list(message.models))
        elif isinstance(message, Cancel):
            self._cancel_job()
        elif isinstance(message, Keep):
            if self._job is not None:
                self._job.keep()
        elif isinstance(message, StatusRequest):
            self._say(self._service.status())
        elif isinstance(message, StopRequest):
            self._say(self._service.status())
            self._service.stop()

    def _begin(self, job: Job, submit: Callable[[Job], None]) -> None:
        self._job = job
        self._spoke = 0.0
        try:
            self._service.places.check_work(self)
        except EngineError as error:
            job.finish(failed(error))
        else:
            submit(job)

    def _cancel_job(self) -> None:
        if self._job is not None:
            owner = self._service.pulls if isinstance(self._job.request, Pull) else self._service.worker
            owner.cancel(self._job)

    def _check_deadlines(self) -> None:
        now = time.monotonic()
        if self._connection.state is State.GREETING and now - self._started > self._limits.greeting:
            raise TimeoutError
        not_reading = bool(self._unsent) and now - self._taken > self._limits.stalled
        not_sending = (
            not self._ahead and self._connection.is_inside_frame() and now - self._heard > self._limits.stalled
        )
        if not_reading or not_sending:
            log.warning("A client stalled and was dropped")
            raise TimeoutError

    def _linger(self, selector: selectors.BaseSelector) -> None:
        """Send the rest, and read on until the client closes: closing over unread data would destroy what was sent."""
        deadline = time.monotonic() + self._limits.lingering
        shut, self._ahead = False, 0
        while time.monotonic() < deadline:
            if not self._unsent and not shut:
                self._socket.shutdown(socket.SHUT_WR)
                shut = True
            self._watch(selector)
            for key, ready in selector.select(deadline - time.monotonic()):
                if key.fileobj is self._wake_read:
                    self._wake_read.recv(_CHUNK)
                    continue
                if ready & selectors.EVENT_WRITE:
                    self._flush()
                if ready & selectors.EVENT_READ and not self._socket.recv(_CHUNK):
                    return
