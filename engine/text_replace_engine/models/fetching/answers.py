"""What servers do instead of answering, in words for users; and asking again those that are only busy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import Cancelled, ModelMissing

CANCELLED = "Cancelled: what has arrived is kept, and fetching goes on from there next time."
RESUME = "pull again to go on where it stopped"
#: Seconds before a busy server is asked again; one more attempt than there are waits.
_WAITS = (1.0, 3.0)
_BUSY = (500, 502, 503, 504)

_Answer = TypeVar("_Answer")


class Unanswered(Exception):
    """A server's refusal, or silence (status 0), in words that follow a colon."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def refused(status: int) -> Unanswered:
    """What an HTTP status of 400 or more means for the user."""
    if status in (404, 410):
        words = "it is not there; update Text Replace, or use a mirror"
    elif status in (401, 403):
        words = "access is refused; use a mirror, or import the file"
    elif status in _BUSY or status == 429:
        words = f"the server is busy ({status}); try again later"
    else:
        words = f"the server answered {status}; try again later, or use a mirror"
    return Unanswered(status, words)


@contextmanager
def explained() -> Iterator[None]:
    """Turns what the hub's client raises while a connection fails into Unanswered; a refusal stays an
    HfHubHTTPError.
    """
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    try:
        yield
    except HfHubHTTPError:
        raise
    except OfflineModeIsEnabled as error:
        raise Unanswered(0, "HF_HUB_OFFLINE is set; unset it to fetch") from error
    except httpx2.TimeoutException as error:
        raise Unanswered(0, f"the server does not answer; {RESUME} later, or use a mirror") from error
    except httpx2.HTTPError as error:
        raise Unanswered(
            0, f"the connection failed; check the network and {RESUME}, or import the file from elsewhere"
        ) from error


def patiently(what: str, url: str, attempt: Callable[[], _Answer]) -> _Answer:
    """What `attempt` gives; a busy server is asked up to three times.

    what: is fetched from `url`, for the sentence of the ModelMissing that this raises.
    """
    for wait in _WAITS:
        try:
            return attempt()
        except Unanswered as error:
            if error.status not in _BUSY:
                raise _missing(what, url, error) from error
            time.sleep(wait)
    try:
        return attempt()
    except Unanswered as error:
        raise _missing(what, url, error) from error


def stop_if(cancelled: IsCancelled) -> None:
    """Raises Cancelled once `cancelled()` is true."""
    if cancelled():
        raise Cancelled(CANCELLED)


def host(url: str) -> str:
    """The server's name in a URL, or all of what has none."""
    parts = url.split("/")
    return parts[2] if len(parts) > 2 else url


def _missing(what: str, url: str, error: Unanswered) -> ModelMissing:
    return ModelMissing(f"{what} could not be fetched from {host(url)}: {error}.")
