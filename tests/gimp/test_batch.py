"""Script-Fu over many images with no display, as people run it from a shell."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.gimp.gimps import DEADLINE, Gimp
from tests.plugin import fake_engine
from tests.plugin.fake_engine import NEW_COLOUR

pytestmark = [pytest.mark.gimp, pytest.mark.slow]

_CALL_210 = """(plug-in-text-replace-extended RUN-NONINTERACTIVE image layer "apple" "orange" 8 "fast" "starter"
                0 2 -1 -1 FALSE FALSE FALSE TRUE)"""
_CALL_3 = """(plug-in-text-replace #:run-mode RUN-NONINTERACTIVE #:image image #:drawables (vector layer)
              #:replace "apple" #:with "orange" #:seed 8 #:preset "fast" #:models "starter" #:variations 2)"""
_SCRIPT = """
(define (one in out said)
  (let* ((image (car (gimp-file-load RUN-NONINTERACTIVE LOADED)))
         (layer LAYER)
         (result CALL)
         (port (open-output-file said)))
    (write result port)
    (close-output-port port)
    (gimp-image-flatten image)
    SAVE
    (gimp-image-delete image)))
"""


def script(gimp: Gimp, pictures: list[Path]) -> str:
    """Every picture x.png becomes x-out.png, and what the procedure returned is in x.txt."""
    if gimp.name == "2.10":
        parts = {
            "LOADED": "in in",
            "LAYER": "(car (gimp-image-get-active-drawable image))",
            "CALL": _CALL_210,
            "SAVE": "(gimp-file-save RUN-NONINTERACTIVE image (car (gimp-image-get-active-drawable image)) out out)",
        }
    else:
        parts = {
            "LOADED": "in",
            "LAYER": "(vector-ref (car (gimp-image-get-layers image)) 0)",
            "CALL": _CALL_3,
            "SAVE": "(gimp-file-save RUN-NONINTERACTIVE image out)",
        }
    text = _SCRIPT
    for name, part in parts.items():
        text = text.replace(name, part)
    for picture in pictures:
        text += f'(one "{picture}" "{picture.with_name(picture.stem + "-out.png")}" "{picture.with_suffix(".txt")}")\n'
    return f"(begin {text})"


def test_many_images_from_a_shell(gimp: Gimp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every picture gets its object, and the script gets layer ids and scores, best first, with no display at all."""
    folder = gimp.folder / "batch"
    folder.mkdir()
    pictures = [folder / f"{name}.png" for name in ("one", "two", "three")]
    for number, picture in enumerate(pictures):
        noise = np.random.default_rng(number).integers(0, 256, (60, 80, 3), np.uint8)
        Image.fromarray(noise).save(picture)
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(folder))
    if gimp.name == "2.10":
        program = ["gimp-console-2.10", "-i", "-d", "-f", "-b", script(gimp, pictures), "-b", "(gimp-quit 0)"]
    else:
        interpreter = "--batch-interpreter=plug-in-script-fu-eval"
        program = ["gimp-console", "-i", "-d", "-f", interpreter, "-b", script(gimp, pictures), "--quit"]
    variables = {"TEXT_REPLACE_HOME": str(folder), "DISPLAY": ""}
    with fake_engine.running():
        done = subprocess.run(gimp.command(program, variables), capture_output=True, text=True, timeout=DEADLINE)
    for picture in pictures:
        assert picture.with_suffix(".txt").exists(), done.stdout + done.stderr
        said = picture.with_suffix(".txt").read_text()
        numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", said)]
        ids = numbers[2:4] if gimp.name == "2.10" else numbers[1:3]
        assert numbers[0] == ids[0] != ids[1], said
        assert numbers[-2:] == [0.9, 0.8], said
        before, after = (
            np.asarray(Image.open(file)) for file in (picture, picture.with_name(picture.stem + "-out.png"))
        )
        assert np.array_equal(after[0, 0], before[0, 0])
        middle = before[30, 40] * (1 - fake_engine.REGION / 255) + NEW_COLOUR * fake_engine.REGION / 255
        assert np.abs(after[30, 40] - middle).max() <= 1
