"""Questions about pictures, asked in a browser on this machine, one after the other."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
from numpy.typing import NDArray

from text_replace_engine.lab.page.outlines import views
from text_replace_engine.lab.page.rendering import rendered
from text_replace_wire.api import IsCancelled

_HOST = "127.0.0.1"
_MOST_BYTES = 1 << 16  # of an answer
_SILENCE = 10.0  # seconds that a connection may say nothing
_LOOK = 0.1  # seconds between two looks at whether to stop
_MOST_CHARACTERS = 200


@dataclass(frozen=True)
class Look:
    """What is asked about: the part of a picture file that `region` gives, (h, w), 0 to 255 (`outlines.views`)."""

    picture: Path
    region: Callable[[], NDArray[np.uint8]]


#: Called with the number of a question and what was typed, empty where nobody can tell.
OnAnswer = Callable[[int, str], None]
#: Called when the server listens, with the address to open in a browser.
AtAddress = Callable[[str], object]


def ask(looks: Sequence[Look], on_answer: OnAnswer, at_address: AtAddress, cancelled: IsCancelled) -> None:
    """Returns when all are answered, or it is cancelled, or at Ctrl-C. Who does not know the address is told nothing.

    Raises OSError, and what `on_answer` raises.
    """
    with _Server(looks, on_answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(_LOOK,), daemon=True)
        thread.start()
        try:
            at_address(server.address)
            while not server.ended.wait(_LOOK) and not cancelled():
                pass
        except KeyboardInterrupt:
            # What was said until now counts.
            pass
        finally:
            server.shutdown()
        if server.failure is not None:
            raise server.failure


class _Server(ThreadingHTTPServer):
    def __init__(self, looks: Sequence[Look], on_answer: OnAnswer) -> None:
        super().__init__((_HOST, 0), _Handler)
        self._looks, self._on_answer, self._next, self._lock = looks, on_answer, 0, threading.Lock()
        self.ended = threading.Event()
        self.failure: Exception | None = None
        self.host = f"{_HOST}:{self.server_port}"
        self.path = f"/{secrets.token_urlsafe(24)}/"

    @property
    def address(self) -> str:
        return f"http://{self.host}{self.path}"

    def page(self) -> bytes:
        """The next question; thanks where there is none."""
        number, count, shown = self._next, len(self._looks), None
        if number < count:
            look = self._looks[number]
            shown = views(look.picture, look.region())
        return rendered("asking.html", ["page.css", "asking.css"], [], views=shown, number=number, count=count)

    def take(self, number: int, said: str) -> None:
        """An answer; a second one to the same question, as of a page that was gone back to, is left alone."""
        with self._lock:
            if number != self._next or number >= len(self._looks):
                return
            self._on_answer(number, said)
            self._next += 1

    @property
    def is_done(self) -> bool:
        return self._next >= len(self._looks)

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is no matter."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _SILENCE

    def do_GET(self) -> None:
        if self._is_allowed():
            self._guarded(lambda: self._send(self.server.page()))

    def do_POST(self) -> None:
        if not self._is_allowed():
            return
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > _MOST_BYTES:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        form = parse_qs(self.rfile.read(int(length)).decode("utf-8", "replace"))
        self._guarded(lambda: self._answered(form))

    def _answered(self, form: dict[str, list[str]]) -> None:
        number, said = form.get("number", [""])[0], form.get("said", [""])[0].strip()[:_MOST_CHARACTERS]
        cannot_tell = "cannot-tell" in form
        if number.isascii() and number.isdigit() and (said or cannot_tell):
            self.server.take(int(number), "" if cannot_tell else said)
        if self.server.is_done:
            self._send(self.server.page())
            self.server.ended.set()
            return
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", self.server.path)
        self.end_headers()

    def _guarded(self, answer: Callable[[], None]) -> None:
        """What goes wrong with pictures and files ends the questions; whoever asked is told."""
        try:
            answer()
        except ConnectionError:
            raise
        except Exception as error:
            self.server.failure = error
            self.server.ended.set()
            raise

    def _is_allowed(self) -> bool:
        """Another page in the same browser does not know the path; one whose name was made to mean this machine (DNS
        rebinding) asks for another host.
        """
        known = secrets.compare_digest(self.path.encode(), self.server.path.encode())
        if known and self.headers.get("Host") == self.server.host:
            return True
        self.send_error(HTTPStatus.NOT_FOUND)
        return False

    def _send(self, page: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *arguments: object) -> None:
        """The terminal is for the address."""
