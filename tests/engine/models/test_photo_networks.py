"""The photo models' finding networks, from snapshots in the hub's layout: exactly the library's, and damage is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import GroundingDinoProcessor, Sam2Processor, Sam2VideoConfig, Sam2VideoModel, Sam3Processor

from tests.engine.models import small_photo
from text_replace_engine.models.networks.concepts import Concepts
from text_replace_engine.models.networks.detector import Detector, corners
from text_replace_engine.models.networks.masker import Masker
from text_replace_engine.models.networks.snapshots import as_bytes
from text_replace_wire.errors import ModelDamaged, ModelMissing

pytestmark = pytest.mark.slow

KINDS: dict[str, Any] = {"detector": Detector, "masker": Masker, "concepts": Concepts}
SIZE = (60, 100)
HAD_AGAIN = {"detector": "run .*pull photo", "masker": "run .*pull photo", "concepts": "import it again"}
EXACT = 1e-6


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for every network."""
    return small_photo.write_all(tmp_path_factory.mktemp("photo"))


@pytest.fixture(scope="module")
def picture() -> Tensor:
    """Noise with 8 bits."""
    return torch.randint(0, 256, (1, 3, *SIZE), generator=torch.Generator().manual_seed(0)) / 255


def difference(first: Tensor, second: Tensor) -> float:
    return float((first.float() - second.float()).abs().max())


@torch.inference_mode()
def test_the_detector_is_the_librarys(snapshots: Path, picture: Tensor) -> None:
    """The picture is prepared as the library does it, a second phrase through the shared pass gives what a whole pass
    gives, and boxes and scores are the library's but for the mean over the words in place of the maximum.
    """
    detector = Detector.load(snapshots / "detector")
    processor = GroundingDinoProcessor.from_pretrained(snapshots / "detector", local_files_only=True)
    view = detector.see(picture)
    for phrase in ("cat", "Red Apple"):
        found = detector.detect(view, phrase)
        inputs = processor(images=as_bytes(picture), text=[[phrase]], return_tensors="pt")
        assert difference(inputs["pixel_values"], view.inputs["pixel_values"]) == 0
        assert bool((view.inputs["pixel_mask"] == 1).all()), "padding is never wanted for one picture"
        whole = detector.network(**inputs)
        own = slice(1, len(phrase.split()) + 1)
        words = torch.full_like(whole.logits, -torch.inf)
        words[..., own] = whole.logits[..., own]
        told = SimpleNamespace(logits=words, pred_boxes=whole.pred_boxes)
        (library,) = processor.post_process_grounded_object_detection(
            told, inputs["input_ids"], threshold=0.0, text_threshold=1.0, target_sizes=[SIZE]
        )
        scores = whole.logits[0, :, own].sigmoid().mean(1)
        order = scores.argsort(descending=True, stable=True)
        assert difference(found.scores, scores[order]) <= EXACT
        width_height = torch.tensor([SIZE[1], SIZE[0]] * 2)
        inside = library["boxes"].clamp(min=0).minimum(width_height)
        assert difference(found.boxes, inside[order]) <= EXACT * max(SIZE)
        if phrase == "cat":
            assert difference(found.scores, library["scores"].sort(descending=True).values) <= EXACT


def test_all_words_of_a_phrase_count(snapshots: Path, picture: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A green apple is half a red apple: the score is the mean over the phrase's own tokens, whatever the tokens around
    them say.
    """
    detector = Detector.load(snapshots / "detector")

    def answer(**inputs: Tensor) -> SimpleNamespace:
        logits = torch.full((1, 1, 256), -torch.inf)
        logits[0, 0, :5] = torch.tensor([9.0, -9.0, 9.0, 9.0, 9.0])
        return SimpleNamespace(logits=logits, pred_boxes=torch.tensor([[[0.5, 0.25, 0.2, 0.1]]]))

    monkeypatch.setattr(detector.network, "forward", answer)
    found = detector.detect(detector.see(picture), "red apple")
    assert float(found.scores) == pytest.approx(0.5, abs=1e-3)
    assert found.boxes.tolist() == [pytest.approx([40, 12, 60, 18])]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Red APPLE", "red apple ."),
        ("st. cat?", "s ##t cat ."),
        (" red. apple ", "red apple ."),
        ("a.b?c", "a b c ."),
    ],
)
def test_what_the_detector_reads(
    snapshots: Path, picture: Tensor, typed: str, read: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small letters, and one full stop at the end: any other one would end the phrase there."""
    detector = Detector.load(snapshots / "detector")
    heard: list[Tensor] = []

    def answer(**inputs: Tensor) -> SimpleNamespace:
        heard.append(inputs["input_ids"])
        return SimpleNamespace(logits=torch.zeros(1, 1, 256), pred_boxes=torch.zeros(1, 1, 4))

    monkeypatch.setattr(detector.network, "forward", answer)
    detector.detect(detector.see(picture), typed)
    words = GroundingDinoProcessor.from_pretrained(snapshots / "detector").tokenizer
    assert " ".join(words.convert_ids_to_tokens(heard[0][0])[1:-1]) == read


@pytest.mark.parametrize("phrase", ["?", ".", " ", "zebra " * 60])
def test_what_the_detector_cannot_read_is_not_there(snapshots: Path, picture: Tensor, phrase: str) -> None:
    """Nothing but signs, or more words than the network takes."""
    detector = Detector.load(snapshots / "detector")
    assert len(detector.detect(detector.see(picture), phrase).scores) == 0


def test_boxes_stay_in_the_picture() -> None:
    """Centres and sizes become corners: x by the width, y by the height; what reaches outside is cut."""
    boxes = torch.tensor([[0.5, 0.5, 0.5, 0.5], [0.0, 1.0, 0.5, 0.5]])
    assert corners(boxes, (40, 200)).tolist() == [[50, 10, 150, 30], [0, 30, 50, 40]]


@torch.inference_mode()
def test_the_masker_is_the_librarys(snapshots: Path, picture: Tensor) -> None:
    """The picture is prepared as the library does it, and masks for boxes and points from the shared pass are those of
    a whole pass each, the best of several where a point leaves several meanings.
    """
    masker = Masker.load(snapshots / "masker")
    processor = Sam2Processor.from_pretrained(snapshots / "masker", local_files_only=True)
    view = masker.see(picture)
    boxes = [[10.0, 10.0, 40.0, 40.0], [50.0, 5.0, 90.0, 55.0]]
    places: set[int] = set()

    def whole(several: bool, **prompts: object) -> Tensor:
        inputs = processor(images=as_bytes(picture), return_tensors="pt", **prompts)
        sizes = inputs.pop("original_sizes")
        answer = masker.network(**inputs, multimask_output=several)
        masks = processor.post_process_masks(answer.pred_masks, sizes)[0]
        best = answer.iou_scores[0].argmax(-1)
        places.update(best.tolist())
        return torch.stack([mask[place] for mask, place in zip(masks, best, strict=True)])

    assert torch.equal(masker.boxes(view, torch.tensor(boxes)), whole(False, input_boxes=[boxes]))
    for x, y in ((20.0, 30.0), (50.0, 5.0), (90.0, 55.0), (3.0, 50.0), (70.0, 20.0), (99.0, 0.0)):
        one = whole(True, input_points=[[[[x, y]]]], input_labels=[[[1]]])
        assert torch.equal(masker.object_at(view, [(x + 0.5, y + 0.5)], None), one[0])
    assert len(places) > 1, "always the first would do"
    points = {"input_points": [[[[20.0, 30.0], [25.0, 35.0]]]], "input_labels": [[[1, 1]]]}
    assert torch.equal(masker.object_at(view, [(20.5, 30.5), (25.5, 35.5)], None), whole(False, **points)[0])
    both = whole(False, **points, input_boxes=[boxes[:1]])
    assert torch.equal(masker.object_at(view, [(20.5, 30.5), (25.5, 35.5)], (10, 10, 40, 40)), both[0])


@torch.inference_mode()
def test_concepts_are_the_librarys(snapshots: Path, picture: Tensor) -> None:
    """Presence, scores and masks from the shared pass are those of a whole pass, by the library's own post-processing;
    a phrase longer than the network reads is cut.
    """
    concepts = Concepts.load(snapshots / "concepts")
    processor = Sam3Processor.from_pretrained(snapshots / "concepts", local_files_only=True)
    view = concepts.see(picture)
    inputs = processor(images=as_bytes(picture), text="red apple", return_tensors="pt")
    sizes = inputs.pop("original_sizes")
    whole = concepts.network(**inputs)
    (library,) = processor.post_process_instance_segmentation(whole, threshold=0.0, target_sizes=sizes.tolist())
    order = library["scores"].argsort(descending=True, stable=True)
    found = concepts.instances(view, "red apple", 0.0, 99)
    assert found.presence == pytest.approx(float(whole.presence_logits.sigmoid()), abs=EXACT)
    assert difference(found.scores * found.presence, library["scores"][order]) <= EXACT
    assert torch.equal(found.masks.long(), library["masks"][order].long())
    some = concepts.instances(view, "red apple", float(found.scores[2]), 2)
    assert torch.equal(some.masks, found.masks[:2])
    assert len(concepts.instances(view, "red apple", 1.0, 99).masks) == 0
    assert len(concepts.instances(view, "red apple " * 50, 0.0, 99).masks)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision(snapshots: Path, picture: Tensor, dtype: torch.dtype) -> None:
    """Answers are float32 whatever the networks compute in, and close to those in float32."""
    detector = Detector.load(snapshots / "detector").to(dtype)
    found = detector.detect(detector.see(picture), "cat")
    assert found.boxes.dtype == found.scores.dtype == torch.float32
    exact = Detector.load(snapshots / "detector")
    assert difference(found.scores[:1], exact.detect(exact.see(picture), "cat").scores[:1]) < 0.02
    masker = Masker.load(snapshots / "masker").to(dtype)
    assert masker.boxes(masker.see(picture), found.boxes[:3]).shape == (3, *SIZE)
    concepts = Concepts.load(snapshots / "concepts").to(dtype)
    assert concepts.instances(concepts.see(picture), "cat", 0.0, 3).masks.shape == (3, *SIZE)


def test_a_snapshot_of_the_network_for_videos_serves(snapshots: Path, picture: Tensor, tmp_path: Path) -> None:
    """The hub's own are described so."""
    small_photo.write_masker(tmp_path, "sam2_video")
    video, still = Masker.load(tmp_path), Masker.load(snapshots / "masker")
    box = torch.tensor([[10.0, 10.0, 40.0, 40.0]])
    assert torch.equal(video.boxes(video.see(picture), box), still.boxes(still.see(picture), box))


def test_the_network_for_videos_itself_serves(tmp_path: Path) -> None:
    """Its weights are all that is needed for pictures, and more, which is left."""
    small_photo.write_masker(tmp_path)
    described = json.loads((tmp_path / "config.json").read_text())
    parts = ("vision_config", "prompt_encoder_config", "mask_decoder_config")
    config = Sam2VideoConfig(
        **{part: described[part] for part in parts},
        image_size=small_photo.MASKER_SIDE,
        memory_attention_hidden_size=32,
        memory_attention_num_layers=1,
        memory_attention_feed_forward_hidden_size=32,
        memory_attention_rope_feat_sizes=[8, 8],
        memory_encoder_hidden_size=32,
        memory_encoder_output_channels=8,
        mask_downsampler_embed_dim=32,
        memory_fuser_embed_dim=32,
        memory_fuser_intermediate_dim=32,
        memory_fuser_num_layers=1,
    )
    video = Sam2VideoModel(config)
    video.save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "sam2_video"
    loaded, own = Masker.load(tmp_path).network.state_dict(), video.state_dict()
    assert all(torch.equal(weight, own[name]) for name, weight in loaded.items()) and len(own) > len(loaded)


def _cut(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-5000])


def _lacking_one(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors.pop(sorted(tensors)[-1])
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})


def _of_another_shape(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors[sorted(tensors)[-1]] = torch.zeros(3)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})


def _described_as_another(folder: Path) -> None:
    described = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**described, "model_type": "segformer"}))


def _no_json(folder: Path) -> None:
    (folder / "config.json").write_text("{")


DAMAGED: dict[str, Callable[[Path], None]] = {
    "cut weights": _cut,
    "a weight missing": _lacking_one,
    "a weight of another shape": _of_another_shape,
    "another kind of network": _described_as_another,
    "no JSON": _no_json,
}


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("role", KINDS)
def test_damage_is_told(snapshots: Path, tmp_path: Path, role: str, damage: str) -> None:
    """The library would fill in random weights, or take the configuration of another network, and say nothing."""
    folder = shutil.copytree(snapshots / role, tmp_path / role)
    DAMAGED[damage](folder)
    with pytest.raises(ModelDamaged, match=rf"{role}/[\w.]+ is damaged: {HAD_AGAIN[role]}"):
        KINDS[role].load(folder)


@pytest.mark.parametrize(
    ("role", "names"),
    [
        *((role, ("config.json",)) for role in KINDS),
        *((role, ("model.safetensors",)) for role in KINDS),
        ("detector", ("preprocessor_config.json",)),
        ("masker", ("preprocessor_config.json", "processor_config.json")),
        ("concepts", ("processor_config.json",)),
        ("detector", ("tokenizer.json", "vocab.txt")),
        ("concepts", ("tokenizer.json", "vocab.json", "merges.txt")),
    ],
)
def test_what_is_missing_is_told(snapshots: Path, tmp_path: Path, role: str, names: tuple[str, ...]) -> None:
    """By name; without its words a tokenizer would read every phrase as the same unknown one."""
    folder = shutil.copytree(snapshots / role, tmp_path / role)
    for name in names:
        (folder / name).unlink()
    with pytest.raises(ModelMissing, match=rf"{role}/[\w.]+ is missing: {HAD_AGAIN[role]}"):
        KINDS[role].load(folder)


def test_a_missing_shard_is_told(snapshots: Path, tmp_path: Path) -> None:
    """Weights in several files are read, and are not complete without one of them."""
    folder = shutil.copytree(snapshots / "masker", tmp_path / "masker")
    (folder / "model.safetensors").unlink()
    masker = Masker.load(snapshots / "masker")
    masker.network.save_pretrained(folder, max_shard_size="300KB")
    shards = sorted(folder.glob("model-*.safetensors"))
    assert len(shards) > 1
    Masker.load(folder)
    shards[-1].unlink()
    with pytest.raises(ModelMissing, match=shards[-1].name):
        Masker.load(folder)


def test_another_tokenizer_is_told(snapshots: Path, tmp_path: Path) -> None:
    """The network knows where a phrase ends by the numbers of its tokens."""
    folder = shutil.copytree(snapshots / "detector", tmp_path / "detector")
    for name in ("tokenizer.json", "vocab.txt"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace("[unused5]\n", "", 1).replace('"[unused5]": 5,', "", 1))
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelDamaged, match="tokenizer"):
        Detector.load(folder)
