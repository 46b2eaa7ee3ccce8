"""A server on this machine that serves files well or badly."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Behaviour:
    """How the next requests are answered. `cuts`: so many answers end after `after` bytes. `refusals`: statuses of the
    first answers. `silence`: seconds before every answer. `pause`: seconds before every 64 KiB.
    """

    files: Mapping[str, bytes]
    cuts: int = 0
    after: int = 0
    refusals: list[int] = field(default_factory=list)
    silence: float = 0.0
    pause: float = 0.0
    ranges: bool = True
    #: What was asked for: (path, Range header).
    seen: list[tuple[str, str | None]] = field(default_factory=list)
    sent: int = 0

    def found(self, address: str) -> tuple[bytes | None, dict[str, str]]:
        """What is at an address, a path with what follows it, and the headers that go with it."""
        return self.files.get(address.rsplit("/", 1)[-1]), {}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behaviour: Behaviour

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        asked, behaviour = self.headers.get("Range"), self.behaviour
        behaviour.seen.append((self.path, asked))
        contents, headers = behaviour.found(self.path)
        time.sleep(behaviour.silence)
        if behaviour.refusals:
            self._refuse(behaviour.refusals.pop(0))
        elif contents is None:
            self._refuse(404)
        else:
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and behaviour.ranges else 0
            if asked and start >= len(contents):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(contents)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(contents) - start))
            for name, value in headers.items():
                self.send_header(name, value)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(contents) - 1}/{len(contents)}")
            self.end_headers()
            if body:
                self._send(contents[start:])

    def _send(self, contents: bytes) -> None:
        behaviour = self.behaviour
        cut = behaviour.cuts > 0
        behaviour.cuts -= cut
        for begin in range(0, len(contents), 2**16):
            part = contents[begin : begin + 2**16]
            if cut and begin + len(part) > behaviour.after:
                part = part[: max(0, behaviour.after - begin)]
            time.sleep(behaviour.pause)
            self.wfile.write(part)
            behaviour.sent += len(part)
            if cut and begin + len(part) >= behaviour.after:
                self.close_connection = True
                return

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[str]:
    """Gives the server's address."""
    handler = type("Handler", (_Handler,), {"behaviour": behaviour})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
