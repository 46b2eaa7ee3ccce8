"""CLIP's vectors of the everyday nouns: computed once where CLIP is installed, kept beside it as the role `nouns`."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from text_replace_engine.models import nouns
from text_replace_engine.models.files import damaged, read_json
from text_replace_wire.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

    from text_replace_engine.models.networks.clip import Clip

_ROLE = "nouns"
#: A few at a time keep the progress moving, and a cancelled one from going on.
_BATCH = 20


def is_installed(folder: Path) -> bool:
    """Whether the vectors in a folder are those of today's list by the CLIP beside them; False also without CLIP."""
    try:
        config = read_json(folder / f"{_ROLE}.json")["config"]
        clip = read_json(folder / "clip.json")["sha256"]
        return (config["clip"], config["nouns"]) == (clip, list(nouns.everyday().names))
    except (ModelError, KeyError, TypeError):
        return False


def install(folder: Path) -> Generator[tuple[int, int], None, None]:
    """Compute the vectors with the CLIP that is installed in a folder, and write them there; nothing where they are
    there already. Yields how many nouns are done, of how many, before every batch: dropping it cancels.

    Raises ModelMissing and ModelDamaged.
    """
    if is_installed(folder):
        return
    import torch

    from text_replace_engine.models.networks.clip import Clip
    from text_replace_engine.models.store import read_role, write_role

    stored = read_role(folder, "clip")
    names = nouns.everyday().names
    vectors = yield from embedded(Clip.load(stored, folder).requires_grad_(False), names)
    write_role(folder, _ROLE, {"clip": stored.sha256, "nouns": list(names)}, {"embeddings": vectors}, torch.float32)


def embedded(clip: Clip, names: Sequence[str]) -> Generator[tuple[int, int], None, Tensor]:
    """Unit vectors (n, d) of the sentences about `names`. Yields as `install` does."""
    import torch

    vectors = []
    for start in range(0, len(names), _BATCH):
        yield start, len(names)
        with torch.inference_mode():
            vectors.append(clip.encode_text(nouns.sentences(names[start : start + _BATCH])))
    return torch.cat(vectors)


def read(folder: Path, clip: str) -> Tensor:
    """The unit vectors (n, d), float32, of `nouns.everyday().names` by the CLIP whose weights have the SHA-256 `clip`.

    Raises ModelMissing where they were never computed, and ModelDamaged where they are others.
    """
    from text_replace_engine.models.store import read_role

    stored = read_role(folder, _ROLE)
    if (stored.config.get("clip"), stored.config.get("nouns")) != (clip, list(nouns.everyday().names)):
        raise damaged(folder / f"{_ROLE}.safetensors")
    return stored.tensors["embeddings"]
