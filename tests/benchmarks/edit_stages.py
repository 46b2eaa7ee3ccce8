"""Where the processor's time of an edit with the starter models goes, printed and never asserted:
`install/bench --profile`, or alone `python -m tests.benchmarks.edit_stages [--edits 3]`.

By Python's own profiler, which makes everything a tenth slower. A row inside another one is indented.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import torch
from PIL import Image

from tests.benchmarks.edit_profile import SAMPLE
from text_replace_engine import pipeline
from text_replace_engine.client import images
from text_replace_engine.client.exchange import PictureInMemory, replaced
from text_replace_engine.client.png_writing import encode_png
from text_replace_engine.client.tiff_writing import encode_tiff
from text_replace_engine.finding import cache, label_map, match
from text_replace_engine.finding.touching import parted
from text_replace_engine.local import LocalEngine, in_process
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.models.networks.perceptual import DistanceFromOne
from text_replace_engine.models.networks.segmenter import Segmenter
from text_replace_engine.painting import detail, grounding
from text_replace_engine.painting.guided.painter import GuidedPainter
from text_replace_engine.painting.guided.sampling.guidance import Guidance, cutouts
from text_replace_engine.painting.remnants.remnants import with_remnants
from text_replace_engine.painting.scorer import ClipScorer
from text_replace_engine.tensors import from_plane, to_plane
from text_replace_wire.api import ignore, never
from text_replace_wire.building import edit_request, find_request
from text_replace_wire.codec import Message
from text_replace_wire.connection import Connection, Role, State
from text_replace_wire.messages import Edit, EditDone
from text_replace_wire.where import chosen

#: The sample as it is, and as a layer of 12 megapixels.
_SIZES = ((900, 600), (4243, 2829))
_CHUNK = 2**20


def _through_socket(sender: Role, message: Message) -> Message:
    """What the other side of a socket on this machine gets of a message."""
    here, there = socket.socketpair()
    ends = {role: Connection(role) for role in Role}
    for end in ends.values():
        end.state = State.READY if sender is Role.CLIENT else State.WORKING
    data = ends[sender].send(message)
    writer = threading.Thread(target=here.sendall, args=(data,))
    writer.start()
    (receiver,) = (end for role, end in ends.items() if role is not sender)
    received: list[Message] = []
    while not received:
        received += receiver.receive(there.recv(_CHUNK))
    writer.join()
    here.close()
    there.close()
    return received[0]


#: What is timed, by the function that does it.
_STAGES: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("reading the file", images.read_picture),
    ("building the request to find", find_request),
    ("building the request to edit", edit_request),
    ("request and answer through a socket", _through_socket),
    ("finding", LocalEngine.find),
    ("  hash of the picture", cache.picture_key),
    ("  the segmenter's look at the picture", Segmenter.look),
    ("  labels of pixels, of closer looks too", label_map.object_labels),
    ("  the segmenter's closer looks", Segmenter.refinements),
    ("  objects that touch, parted", parted),
    ("  CLIP's views of all segments", match.embedded),
    ("painting", LocalEngine.edit),
    ("  planes to tensors", from_plane),
    ("  the edit region", GuidedPainter.edit_region),
    ("  shadows and strings", with_remnants),
    ("  steps: the denoiser", Denoiser.predicted),
    ("  steps: CLIP's loss", Guidance._clip),
    ("    its cutouts", cutouts),
    ("  steps: the perceptual loss", DistanceFromOne.__call__),
    ("  steps: the gradient, backwards", torch.autograd.grad),
    ("  previews, every second step", pipeline._progress),
    ("  score of the samples", ClipScorer.scores),
    ("  detail at native size", detail.detailed),
    ("  the ground", grounding.grounded),
    ("  tensors to planes", to_plane),
    ("composing", replaced),
    ("PNG", encode_png),
    ("TIFF", encode_tiff),
    ("reading the result again", images.EncodedPicture.check),
)


def main() -> None:
    """Print a row a stage: its seconds in the sample, and in a large picture."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.edit_stages", description=__doc__)
    parser.add_argument("--edits", type=int, default=3, help="of each picture; the mean counts")
    edits = parser.parse_args().edits
    engine = in_process()
    with tempfile.TemporaryDirectory() as folder:
        _edit(engine, _unseen(Path(folder), _SIZES[0], 0), 0)
        columns = [_timed(engine, Path(folder), size, edits) for size in _SIZES]
    print(
        f"seconds of processor time, mean of {edits} edits of a picture never seen, {torch.get_num_threads()} thread(s)"
    )
    print(f"{'':40}" + "".join(f"{f'{width} × {height}':>14}" for width, height in _SIZES))
    for name, _ in _STAGES:
        print(f"{name:40}" + "".join(f"{column[name]:14.3f}" for column in columns))


def _timed(engine: LocalEngine, folder: Path, size: tuple[int, int], edits: int) -> dict[str, float]:
    profile = cProfile.Profile(time.process_time)
    for seed in range(1, edits + 1):
        profile.runcall(_edit, engine, _unseen(folder, size, seed), seed)
    return {name: _seconds(profile, stage) / edits for name, stage in _STAGES}


def _unseen(folder: Path, size: tuple[int, int], number: int) -> Path:
    """The sample at a size (width, height), as a file, with a corner that makes it another picture."""
    picture = Image.open(SAMPLE).convert("RGB").resize(size, Image.Resampling.LANCZOS)
    picture.paste((8 * number, 0, 0), (0, 0, 16, 16))
    picture.save(folder / "picture.png", compress_level=1)
    return folder / "picture.png"


def _edit(engine: LocalEngine, source: Path, seed: int) -> None:
    """All that the command line does of one picture, and its copies between two programs."""
    file = images.read_picture(source)
    picture = PictureInMemory(file.pixels)
    query = find_request(picture, "apple", "starter")
    found = engine.find(query, ignore, never)
    request = edit_request(picture, chosen(found), "apple", "orange", seed, "starter")
    _through_socket(Role.CLIENT, query)
    received = _through_socket(Role.CLIENT, request)
    assert isinstance(received, Edit)
    edited = engine.edit(received, ignore, never)
    for answer in (edited.variations[0], EditDone(edited.region, edited.object_mask)):
        _through_socket(Role.ENGINE, answer)
    result = replaced(file.samples, request, edited).pixels
    for suffix in (".png", ".tif"):
        encoded = images.encode_picture(result, file, suffix)
        written = source.with_name(f"result{suffix}")
        written.write_bytes(encoded.data)
        if suffix == ".png":
            encoded.check(written)


def _seconds(profile: cProfile.Profile, stage: Callable[..., Any]) -> float:
    """In a function, and in all that it calls."""
    code: CodeType = stage.__code__
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    place = code.co_filename, code.co_firstlineno, code.co_name
    return float(stats[place][3])


if __name__ == "__main__":
    main()
