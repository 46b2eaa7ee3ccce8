"""What commands print to: streams that take every text in every encoding, and whose loss undoes nothing."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from typing import TextIO

from text_replace_wire.errors import OutputError

#: How texts of ours look where the encoding has no such character.
_PLAIN = {
    "“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "→": "->", "←": "<-", "−": "-", "–": "-", "—": "-",
    "×": "x", "·": "*", "λ": "lambda", "η": "eta", "³": "3", "²": "2", "¹": "1", "⁶": "6",
}  # fmt: skip
_ERRORS = "text_replace.plain"
#: A stream that was closed, and a reader that has gone, want no more.
_UNWANTED = (errno.EBADF, errno.EPIPE)


def prepare() -> None:
    """Put streams of this kind in the place of the standard ones, for the rest of the process."""
    codecs.register_error(_ERRORS, _plain)
    _occupy()
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    # Windows' consoles take every text, by another way than their descriptor.
    if sys.platform != "win32":
        sys.stdout, sys.stderr = _Stream(1, sys.stdout), _Stream(2, sys.stderr)


def check_printed() -> None:
    """For a command whose answer is what it prints. Raises OutputError where that could not be written."""
    failure = sys.stdout.failure if isinstance(sys.stdout, _Stream) else None
    if failure is not None and failure.errno not in _UNWANTED:
        raise OutputError(f"The answer could not be printed: {failure.strerror}.")


class _Stream(io.TextIOBase):
    """Writes text to a descriptor at once. The first error is kept in `failure` and never raised."""

    # Without this TextIOBase's own, which nobody can set, would stand in the way.
    encoding: str = ""

    def __init__(self, descriptor: int, former: TextIO | None) -> None:
        self.failure: OSError | None = None
        self.encoding = getattr(former, "encoding", None) or "utf-8"
        self._descriptor = descriptor
        self._encode = codecs.getincrementalencoder(self.encoding)(_ERRORS).encode

    def write(self, text: str, /) -> int:
        # Some encoders take anything, and libraries ask in this way whether they may write bytes.
        if not isinstance(text, str):
            raise TypeError("text is written, not bytes")
        data = self._encode(text)
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            self.failure = self.failure or error
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)


def _occupy() -> None:
    """Open what was closed, for reading only: else the next file that is opened, such as OUT, would be the standard
    output, and get what libraries print.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest number that is free, which is this one.
            os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """Our own signs in ASCII, bytes of file names as they are, anything else escaped."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    character = error.object[error.start]
    if "\udc80" <= character <= "\udcff":
        return bytes([ord(character) - 0xDC00]), error.start + 1
    escaped = character.encode("ascii", "backslashreplace").decode("ascii")
    return _PLAIN.get(character, escaped), error.start + 1
