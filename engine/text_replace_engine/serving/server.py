"""The engine's life: publish an endpoint, serve clients, leave when told to or when nobody has asked for long."""

from __future__ import annotations

import logging
import os
import secrets
import selectors
import socket
import sys
import threading
import time
from contextlib import suppress

from text_replace_engine import __version__
from text_replace_engine.serving.handler import Client, Service
from text_replace_engine.serving.places import Limits, Places
from text_replace_engine.serving.pull_worker import Pulls
from text_replace_engine.serving.worker import EngineBuilder, Worker
from text_replace_wire import endpoint, lock
from text_replace_wire.endpoint import Endpoint
from text_replace_wire.messages import PROTOCOL_VERSION
from text_replace_wire.status_messages import Status

log = logging.getLogger(__name__)

NAME = f"text-replace {__version__}"
#: Of its own, a pair that wakes it, what it waits with; some to spare.
_FILES_A_CLIENT = 5
#: Seconds for clients to hear of the end.
_GOODBYE = 2.0


class Server:
    """Serves on 127.0.0.1 at a port of the system's choice."""

    def __init__(self, build: EngineBuilder, idle: float, limits: Limits | None = None) -> None:
        """build: makes the engine that answers. idle: seconds without a request after which the engine exits."""
        self._idle = idle
        self._limits = limits or Limits()
        self._worker = Worker(build, self.stop)
        self._pulls = Pulls()
        self._places = Places(self._limits)
        self._service = Service(
            secrets.token_hex(32), NAME, self._places, self._worker, self._pulls, self.status, self.stop
        )
        self._clients: dict[Client, threading.Thread] = {}
        self._lock = threading.Lock()
        self._stopping = False
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_write.setblocking(False)

    def run(self) -> None:
        """Serve until the end; the worker's thread may still be in its last step then.

        Raises EngineUnavailable where an engine runs already, OSError, and what the engine cannot be made for.
        """
        _allow_files(_FILES_A_CLIENT * (self._limits.clients + self._limits.strangers))
        with lock.acquire(), socket.create_server(("127.0.0.1", 0)) as listener, self._wake_read, self._wake_write:
            listener.setblocking(False)
            port = listener.getsockname()[1]
            self._worker.start()
            endpoint.write(Endpoint(port, self._service.secret, os.getpid(), PROTOCOL_VERSION, NAME))
            log.info("%s listens on port %d, process %d", NAME, port, os.getpid())
            try:
                self._accept_until_told(listener)
            finally:
                endpoint.remove()
                self._end()
            log.info("The end")
        if self._worker.failure is not None:
            raise self._worker.failure

    def stop(self) -> None:
        """Cancel everything and return from `run`; for any thread and for signal handlers."""
        self._stopping = True
        with suppress(OSError):
            self._wake_write.send(b"\0")

    @property
    def wakes(self) -> int:
        """What ends the wait for clients when it is written to: for `signals.heard`."""
        return self._wake_write.fileno()

    def status(self) -> Status:
        worker = self._worker
        return Status(
            NAME, os.getpid(), worker.is_busy, self._places.waiting + worker.queued, worker.idle_seconds,
            worker.models, worker.device,
        )  # fmt: skip

    def _accept_until_told(self, listener: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_read, selectors.EVENT_READ)
            selector.register(listener, selectors.EVENT_READ)
            while not self._stopping:
                left = self._idle - min(self._worker.idle_seconds, self._pulls.idle_seconds)
                if left <= 0:
                    log.info("Nothing to do for %.0f s", self._idle)
                    return
                for key, _ in selector.select(max(0.01, min(left, 60.0))):
                    if key.fileobj is listener:
                        self._admit(listener)

    def _admit(self, listener: socket.socket) -> None:
        try:
            sock, _ = listener.accept()
        # It left again, or there are too many open files: the others are still served.
        except OSError as error:
            log.warning("A client could not be accepted: %s", error)
            time.sleep(0.1)
            return
        with self._lock:
            strangers = [client for client in self._clients if client.is_stranger]
        if len(strangers) >= self._limits.strangers:
            # Whoever has the secret has shown it long before so many others came.
            strangers[0].drop()
        try:
            client = Client(sock, self._service, self._limits)
        # Too many open files: the others are still served.
        except OSError as error:
            log.warning("A client could not be served: %s", error)
            sock.close()
            return
        thread = threading.Thread(target=self._serve, args=(client,), name="client", daemon=True)
        with self._lock:
            self._clients[client] = thread
        try:
            thread.start()
        except RuntimeError as error:
            log.warning("A client could not be served: %s", error)
            sock.close()
            with self._lock:
                del self._clients[client]

    def _serve(self, client: Client) -> None:
        try:
            client.run()
        finally:
            with self._lock:
                del self._clients[client]

    def _end(self) -> None:
        self._worker.stop()
        self._pulls.stop()
        with self._lock:
            leaving = dict(self._clients)
        for client in leaving:
            client.leave()
        deadline = time.monotonic() + _GOODBYE
        for thread in leaving.values():
            thread.join(max(0.0, deadline - time.monotonic()))


def _allow_files(wanted: int) -> None:
    """Raise this process's own limit on open files to `wanted`, as far as the system lets it."""
    if sys.platform == "win32":
        return
    import resource

    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY:
        wanted = min(wanted, most)
    if limit != resource.RLIM_INFINITY and limit < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
