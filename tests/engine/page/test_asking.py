"""Questions in a browser, over a real socket: who is answered, and which answers count."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest

from tests.engine.page.samples import plain
from text_replace_engine.lab.page.asking import Look, ask

pytestmark = pytest.mark.slow


class Visitor:
    """Two questions being asked in a thread, and a browser's requests."""

    def __init__(self, folder: Path) -> None:
        region = np.zeros((32, 48), np.uint8)
        region[8:20, 10:30] = 255
        looks = [Look(plain(folder / f"{number}.png", "red"), lambda: region) for number in range(2)]
        self.answers: list[tuple[int, str]] = []
        self.stopped = threading.Event()
        self.error: Exception | None = None
        self.failure: OSError | None = None
        addresses: queue.Queue[str] = queue.Queue()

        def run() -> None:
            try:
                ask(looks, self._keep, addresses.put, self.stopped.is_set)
            except OSError as error:
                self.error = error

        self.thread = threading.Thread(target=run)
        self.thread.start()
        self.address = urlsplit(addresses.get(timeout=30))

    def _keep(self, number: int, said: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.answers.append((number, said))

    def request(
        self, method: str = "GET", path: str | None = None, body: str | None = None, **headers: str
    ) -> HTTPResponse:
        connection = HTTPConnection("127.0.0.1", self.address.port or 0, timeout=30)
        connection.request(method, self.address.path if path is None else path, body, headers)
        return connection.getresponse()

    def page(self) -> str:
        return self.request().read().decode()

    def answer(self, number: int, said: str, **more: str) -> HTTPResponse:
        return self.request("POST", body=urlencode({"number": number, "said": said, **more}))


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Visitor]:
    visitor = Visitor(tmp_path)
    yield visitor
    visitor.stopped.set()
    visitor.thread.join(30)
    assert not visitor.thread.is_alive()


def test_every_question_is_asked_once_and_then_it_ends(visitor: Visitor) -> None:
    """One result after the other; when the last is answered the command goes on by itself, and the person is told."""
    assert "1 of 2" in visitor.page()
    assert visitor.answer(0, " a pear ").status == 303
    assert "2 of 2" in visitor.page()
    last = visitor.answer(1, "", **{"cannot-tell": "1"})
    assert "All 2 results are answered" in last.read().decode()
    visitor.thread.join(30)
    assert not visitor.thread.is_alive()
    assert visitor.answers == [(0, "a pear"), (1, "")]


def test_only_the_first_real_answer_counts(visitor: Visitor) -> None:
    """Pressing twice, going back in the browser, or sending nothing at all answers no other question."""
    for number, said in ((0, ""), (0, "pear"), (0, "apple"), (7, "fig")):
        visitor.answer(number, said)
    visitor.request("POST", body="nonsense")
    assert visitor.answers == [(0, "pear")]


def test_nobody_else_is_answered(visitor: Visitor) -> None:
    """Other programs and other pages in the same browser see no picture and give no answer: they do not know the path,
    and a host name that was made to mean this machine is not its address.
    """
    body = urlencode({"number": 0, "said": "pear"})
    host = f"evil.example:{visitor.address.port}"
    for path, headers in (("/", {}), ("/guess/", {}), (visitor.address.path, {"Host": host})):
        for method in ("GET", "POST"):
            answer = visitor.request(method, path, body if method == "POST" else None, **headers)
            assert answer.status == 404
            assert b"data:" not in answer.read()
    assert visitor.request("POST", body="x" * (1 << 17)).status == 413
    assert visitor.answers == []


def test_page_tells_nothing_of_the_method_and_loads_nothing(visitor: Visitor) -> None:
    """The person sees pixels and a question: no file's name, no method, and nothing from elsewhere, so that the address
    is not told to anybody either.
    """
    answer = visitor.request()
    page = answer.read().decode()
    assert ".png" not in page and "http" not in page.replace("http-equiv", "")
    assert page.count("data:image/jpeg") == 3
    assert answer.headers["Cache-Control"] == "no-store"


def test_answer_that_cannot_be_kept_ends_the_questions(visitor: Visitor) -> None:
    """On a full disk nobody goes on answering for nothing: the command says what is wrong."""
    visitor.failure = OSError("full")
    with pytest.raises(ConnectionError):
        visitor.answer(0, "pear")
    visitor.thread.join(30)
    assert visitor.error is visitor.failure


def test_ctrl_c_ends_the_questions_only(tmp_path: Path) -> None:
    """Whoever has enough presses Ctrl-C, and the command goes on to show what was said until then."""

    def interrupted(address: str) -> None:
        raise KeyboardInterrupt

    ask([Look(plain(tmp_path / "a.png", "red"), lambda: np.zeros((32, 48), np.uint8))], print, interrupted, bool)
