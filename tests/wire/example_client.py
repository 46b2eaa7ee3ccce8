"""A whole client of the engine: replaces an object in a binary PPM or PGM file. Start here for another editor.

    python -m tests.wire.example_client IN.ppm REPLACE WITH OUT.ppm

It needs nothing but `text_replace_wire` and the standard library. What a plug-in does differently:

- `Picture` reads the editor's layer instead of pixels in memory. `read` is asked for a small copy of all of it, and for
  one box at full resolution; its pixels are encoded as they are seen, grey or RGB, with alpha where the layer has it.
  `read_selection` gives what the user selected; there is none here.
- `tell` draws a progress bar, and any `progress.preview`. Instead of `never`, a function says whether to cancel.
- Rather than `blend`, put `pixels` into a new layer over the box, with the region as its alpha and as the selection:
  both are the same plane, 0 where nothing changes and 255 where all is new.

Whatever goes wrong is a TextReplaceError whose text is a sentence for the user. `launch.ensure_engine` starts the
installed engine where none runs. GIMP's plug-in does the same in `session.py`, with undo, variations and recipes.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from text_replace_wire import building, launch
from text_replace_wire.api import never
from text_replace_wire.errors import BadImage, TextReplaceError
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Progress
from text_replace_wire.options import random_seed
from text_replace_wire.planes import Plane
from text_replace_wire.where import chosen

_HEADER = re.compile(rb"P([56])" + rb"(?:\s|#[^\n]*\n)+(\d+)" * 2 + rb"(?:\s|#[^\n]*\n)+255\s")


@dataclass(frozen=True)
class Picture:
    """See `building.Picture`. pixels: all of it."""

    pixels: Plane

    @property
    def size(self) -> tuple[int, int]:
        return self.pixels.size

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        """Resampled to the nearest pixel; editors know better ways."""
        channels, data = self.pixels.channels, self.pixels.data
        columns = [box.x0 + column * box.width // size[0] for column in range(size[0])]
        rows = [box.y0 + row * box.height // size[1] for row in range(size[1])]
        starts = [(row * self.pixels.width + column) * channels for row in rows for column in columns]
        return Plane(*size, channels, b"".join(data[start : start + channels] for start in starts))

    def read_selection(self, box: Box, size: tuple[int, int]) -> Plane | None:
        return None


def read(path: Path) -> Plane:
    data = path.read_bytes()
    header = _HEADER.match(data)
    if header is None:
        raise BadImage(f"“{path}” is no binary PPM or PGM file of 8 bits.")
    kind, width, height = map(int, header.groups())
    return Plane(width, height, 3 if kind == 6 else 1, data[header.end() :])


def blend(old: Plane, new: Plane, region: Plane, box: Box) -> Plane:
    """`new` over `box` of `old`, as far as `region` says."""
    data = bytearray(old.data)
    for pixel, share in enumerate(region.data):
        y, x = divmod(pixel, box.width)
        start = ((box.y0 + y) * old.width + box.x0 + x) * old.channels
        for channel in range(old.channels):
            values = data[start + channel] * (255 - share) + new.data[pixel * new.channels + channel] * share
            data[start + channel] = round(values / 255)
    return Plane(*old.size, old.channels, bytes(data))


def tell(progress: Progress) -> None:
    print(f"{progress.stage.value} {progress.step}/{progress.steps} {progress.note}", file=sys.stderr)


def main(source: str, replace: str, with_: str, target: str) -> int:
    try:
        picture = Picture(read(Path(source)))
        with launch.ensure_engine() as engine:
            found = engine.find(building.find_request(picture, replace, with_=with_), tell, never)
            request = building.edit_request(picture, chosen(found), replace, with_, random_seed())
            edited = engine.edit(request, tell, never)
    except TextReplaceError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    result = blend(picture.pixels, edited.variations[0].pixels, edited.region, request.box)
    Path(target).write_bytes(b"P%d %d %d 255\n" % (6 if result.channels == 3 else 5, *result.size) + result.data)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
