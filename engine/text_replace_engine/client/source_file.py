"""A picture file as bytes, with its name for sentences about it."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from text_replace_wire.errors import BadImage, TextReplaceError, TooLarge
from text_replace_wire.planes import MAX_PIXELS, MAX_SIDE


@dataclass(frozen=True)
class SourceFile:
    """data: everything that is in the file `path`."""

    path: Path
    data: bytes

    def refused(self, why: str) -> BadImage:
        """The error that says `why`, which goes on after the file's name."""
        return BadImage(f"“{self.path}” {why}.")

    def damaged(self, why: str) -> BadImage:
        """The error that says what is wrong with the file."""
        return self.refused(f"is damaged: {why}")

    def check_size(self, width: int, height: int) -> None:
        """Raises TooLarge over the limits of pictures, and BadImage for no pixels."""
        if not width or not height:
            raise self.damaged("it has no pixels")
        if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
            raise TooLarge(
                f"“{self.path}” has {width}×{height} pixels; the limits are {MAX_PIXELS // 10**6} "
                f"megapixels and {MAX_SIDE} a side: scale it down or crop it first."
            )

    def page_index(self, page: int | None, count: int) -> int:
        """Of a file with `count` pages or frames, the index of `page`, which counts from 1. Raises BadImage."""
        if page is not None and page > count:
            raise self.refused(f"has {count} page{'s' * (count > 1)}: --page {page} is not there")
        return (page or 1) - 1

    def page_note(self, page: int | None, count: int) -> tuple[str, ...]:
        """What to say where one of `count` pages or frames was taken unasked."""
        if page is not None or count == 1:
            return ()
        return (f"“{self.path}” has {count} pages or frames: the first was used. --page takes another.",)

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """Whatever a decoder raises in the block becomes a BadImage: they raise nearly anything on a damaged file."""
        # The limits of engine/REFERENCE.md replace Pillow's own.
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        except (TextReplaceError, MemoryError):
            raise
        except Exception as error:
            raise self.damaged("its pixels cannot be decoded") from error


#: What gives a picture file's contents, as `read_source` does: pictures may come from another machine.
OpenFile = Callable[[Path], SourceFile]


def read_source(path: Path) -> SourceFile:
    """The regular file `path`. Raises BadImage."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise BadImage(f"“{path}” is a folder: name a picture file.")
        if not stat.S_ISREG(status.st_mode):
            raise BadImage(f"“{path}” is not a regular file: name a picture file.")
        return SourceFile(path, path.read_bytes())
    except FileNotFoundError as error:
        raise BadImage(f"“{path}” does not exist: check the name.") from error
    except PermissionError as error:
        raise BadImage(f"“{path}” may not be read: change its permissions or copy it.") from error
    except OSError as error:
        raise BadImage(f"“{path}” cannot be read: {error.strerror or error}.") from error
