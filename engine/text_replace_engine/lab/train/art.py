"""The training art: Fluent Emoji 3D pictures and the emoji names, both fetched with npm and never committed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from text_replace_engine.models.files import STARTER
from text_replace_engine.models.vocabulary import read_vocabulary
from text_replace_wire.errors import ModelMissing

PICTURES = "@lobehub/fluent-emoji-3d@1.1.0"
NAMES = "emoji-datasource-google@16.0.0"


@dataclass(frozen=True)
class Art:
    """Pictures by vocabulary name (RGBA, trimmed to their visible box, 256 pixels at most) and words for texts.

    `words` are emoji names that no vocabulary word occurs in: what a text may say that no picture shows.
    """

    pictures: Mapping[str, Image.Image]
    words: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.pictures)


def load_art(folder: Path | None, cache: Path) -> Art:
    """Load the art from `folder` (holding CODE.webp somewhere), or from npm through `cache` when it is None.

    Raises ModelMissing when a picture is absent or npm cannot be run.
    """
    root = folder if folder is not None else _npm_pack(PICTURES, cache)
    entries: dict[str, dict[str, str]] = json.loads((STARTER / "vocabulary.json").read_text(encoding="utf-8"))
    found = {path.stem: path for path in sorted(root.rglob("*.webp"))}
    pictures = {}
    for name, entry in entries.items():
        code = entry["art"]
        if code not in found:
            raise ModelMissing(f"The art for {name} ({code}.webp) is not in {root}; unpack {PICTURES} there.")
        picture = Image.open(found[code]).convert("RGBA")
        box = picture.getchannel("A").point(lambda a: 255 if a > 8 else 0).getbbox()
        pictures[name] = ImageOps.expand(picture.crop(box), 2, (0, 0, 0, 0))
    return Art(pictures, _outside_words(cache))


def _outside_words(cache: Path) -> tuple[str, ...]:
    table = json.loads(next(_npm_pack(NAMES, cache).rglob("emoji.json")).read_text(encoding="utf-8"))
    vocabulary = read_vocabulary(STARTER / "vocabulary.json")
    phrases = [phrase.lower() for name in vocabulary.names for phrase in (name, *vocabulary.also[name])]
    known = re.compile(r"\b(" + "|".join(map(re.escape, phrases)) + r")(s|es)?\b")
    names = {short.replace("_", " ").replace("-", " ").lower() for entry in table for short in entry["short_names"]}
    names |= {word for name in names for word in name.split()} - {word for phrase in phrases for word in phrase.split()}
    return tuple(sorted(name for name in names if len(name) > 2 and not known.search(name)))


def _npm_pack(package: str, cache: Path) -> Path:
    target = cache / "art" / package.strip("@").replace("/", "-")
    if target.is_dir():
        return target
    npm = shutil.which("npm")
    if npm is None:
        raise ModelMissing("Training needs npm to fetch its art; install npm, or name the folder with --art.")
    partial = target.with_suffix(".partial")
    partial.mkdir(parents=True, exist_ok=True)
    answer = subprocess.run(
        [npm, "pack", "--silent", package], cwd=partial, capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        raise ModelMissing(f"npm could not fetch {package}: {answer.stderr.strip() or answer.stdout.strip()}")
    archive = partial / answer.stdout.strip().splitlines()[-1]
    with tarfile.open(archive) as packed:
        packed.extractall(partial, filter="data")
    archive.unlink()
    partial.rename(target)
    return target
