"""Who is inside the engine, and who may hold a large request there: what many clients at once can take is limited."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from text_replace_wire.errors import EngineError


@dataclass(frozen=True)
class Limits:
    """Numbers of clients, then seconds. The defaults suit people; tests are less patient.

    clients: that proved the secret and may ask for work; as many as `controls` more may only ask what the engine is
    doing, and stop it. requests: of these, that send or have a request with a picture; the others wait.
    strangers: that have not proved it yet; the oldest makes room for a new one.
    greeting: from connecting to a proved secret. stalled: without a byte taken or sent in the middle of a frame.
    lingering: for a client that was refused to read why. heartbeat: between signs of life.
    """

    clients: int = 256
    controls: int = 16
    requests: int = 16
    strangers: int = 32
    greeting: float = 10.0
    stalled: float = 60.0
    lingering: float = 3.0
    heartbeat: float = 1.0


class Places:
    """For any thread. Clients are told apart by any object."""

    def __init__(self, limits: Limits) -> None:
        self._most_clients = limits.clients
        self._most_controls = limits.controls
        self._most_requests = limits.requests
        self._lock = threading.Lock()
        self._inside: set[object] = set()
        self._only_control: set[object] = set()
        #: Who holds a place, then who waits for one.
        self._requesting: OrderedDict[object, None] = OrderedDict()

    def enter(self, client: object) -> None:
        """Raises EngineError where all are inside that may be."""
        with self._lock:
            if len(self._inside) < self._most_clients:
                self._inside.add(client)
            elif len(self._only_control) < self._most_controls:
                self._only_control.add(client)
            else:
                raise self._full()

    def check_work(self, client: object) -> None:
        """Raises EngineError where `client` came when all others that may ask for work were inside."""
        with self._lock:
            if client in self._only_control:
                raise self._full()

    def leave(self, client: object) -> None:
        """Also gives back its place for a request."""
        with self._lock:
            self._inside.discard(client)
            self._only_control.discard(client)
            self._requesting.pop(client, None)

    def ahead(self, client: object) -> int:
        """How many must give back a place before `client` has one, which it asks for by this; 0: it has one."""
        with self._lock:
            self._requesting.setdefault(client)
            return max(0, list(self._requesting).index(client) + 1 - self._most_requests)

    def give_back(self, client: object) -> None:
        """`client` has no large request any more."""
        with self._lock:
            self._requesting.pop(client, None)

    @property
    def waiting(self) -> int:
        """How many wait for a place for their request."""
        with self._lock:
            return max(0, len(self._requesting) - self._most_requests)

    def _full(self) -> EngineError:
        return EngineError(
            f"The engine serves {self._most_clients} programs already and takes no more: close some of them, or try "
            "again when they have ended."
        )
