"""The full models: published checkpoints, each fetched and converted into the engine's own form."""

from __future__ import annotations

from collections.abc import Sequence

from text_replace_engine.models.fetching.answers import stop_if
from text_replace_engine.models.fetching.fetched import FetchedModels
from text_replace_engine.models.fetching.pulling import OnPullProgress, Part
from text_replace_engine.models.fetching.sources import Model, Offered
from text_replace_engine.models.files import check_role, has_role, read_json
from text_replace_engine.models.full import catalogue, converting
from text_replace_wire.api import IsCancelled
from text_replace_wire.messages import Stage

#: A few hundred embeddings at a time keep the progress moving.
_BATCH = 50


class FullModels(FetchedModels):
    """Those of the paper's method."""

    id = "full"
    #: Without these there is no edit; the upscaler is the user's own.
    needed = pulled = ("segmenter", "clip", "perceptual", "denoiser")
    roles = (*needed, "upscaler")
    derived = ("classes", "nouns")

    def catalogue(self) -> tuple[Model, ...]:
        """See `FetchedModels`."""
        return catalogue.MODELS

    def is_there(self, role: str) -> bool:
        """See `FetchedModels`."""
        return has_role(self.folder(), role)

    def verify(self, role: str) -> None:
        """See `FetchedModels`."""
        check_role(self.folder(), role)

    def room_to_install(self, models: Sequence[Offered]) -> int:
        """See `FetchedModels`. The weights are there twice while the largest is converted."""
        return sum(model.size for model in models[:-1]) + max((model.size for model in models), default=0)

    def part(self, model: Offered, cancelled: IsCancelled) -> Part:
        """See `FetchedModels`."""
        assert isinstance(model, Model)
        return converting.part(model, self.store(model), self.folder())

    def finish(self, on_progress: OnPullProgress, cancelled: IsCancelled) -> None:
        """See `FetchedModels`: the everyday nouns, and the names of a class-conditional network's classes, embedded by
        CLIP.
        """
        if self.is_complete():
            self._embed_classes(on_progress, cancelled)
        if self.is_there("clip"):
            converting.embed_nouns(self.folder(), on_progress, cancelled)

    def _embed_classes(self, on_progress: OnPullProgress, cancelled: IsCancelled) -> None:
        place = self.folder()
        names = read_json(place / "denoiser.json")["config"]["unet"].get("num_class_embeds")
        clip = read_json(place / "clip.json")["sha256"]
        stale = place / "classes.json"
        if not names or (stale.exists() and read_json(stale)["config"]["clip"] == clip):
            return
        import torch
        from open_clip import IMAGENET_CLASSNAMES

        from text_replace_engine.models.networks.clip import Clip
        from text_replace_engine.models.store import read_role, write_role

        network = Clip.load(read_role(place, "clip"), place).requires_grad_(False)
        embeddings = []
        with torch.inference_mode():
            for start in range(0, len(IMAGENET_CLASSNAMES), _BATCH):
                stop_if(cancelled)
                on_progress(Stage.INSTALL, "names of classes", start, len(IMAGENET_CLASSNAMES))
                embeddings.append(network.encode_text(IMAGENET_CLASSNAMES[start : start + _BATCH]))
        config = {"clip": clip, "names": IMAGENET_CLASSNAMES}
        write_role(place, "classes", config, {"embeddings": torch.cat(embeddings)}, torch.float32)


FULL = FullModels()
