"""The committed starter models load, and damaged or missing ones are named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from text_replace_engine.models.bundle import Models, load_folder, load_models
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.folders import STARTER_ROLES, vocabulary_of
from text_replace_engine.models.networks.denoiser import clean_estimate
from text_replace_engine.models.networks.perceptual import DistanceFromOne
from text_replace_wire.errors import ModelDamaged, ModelMissing

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def starter() -> Models:
    """The committed models."""
    return load_models("starter", CPU, torch.float32)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the models folder that a test may harm."""
    return Path(shutil.copytree(STARTER, tmp_path / "models"))


def test_every_role_is_recorded_with_its_hash(starter: Models) -> None:
    """Reports can name exactly which weights painted a picture."""
    assert [file.role for file in starter.files] == list(STARTER_ROLES)
    assert all(len(file.sha256) == 64 for file in starter.files)


def test_weights_stay_small_enough_for_the_repository() -> None:
    """Each file is at most 15 MiB and all together at most 40 MB."""
    sizes = [path.stat().st_size for path in STARTER.glob("*.safetensors")]
    assert max(sizes) <= 15 * 2**20
    assert sum(sizes) <= 40_000_000


def test_segmenter_answers_at_the_size_of_its_input(starter: Models) -> None:
    """Masks line up with the picture, whatever its size, also at one pixel."""
    for height, width in ((150, 200), (77, 31), (1, 1)):
        logits = starter.segmenter.logits(torch.rand(1, 3, height, width))
        assert logits.shape == (1, len(starter.segmenter.labels), height, width)


def test_clip_gives_unit_vectors_and_gradients(starter: Models) -> None:
    """Cosines are plain products, and guidance gets a gradient from the picture."""
    size = starter.clip.image_size
    picture = torch.rand(2, 3, size, size, requires_grad=True)
    seen = starter.clip.encode_image(picture)
    said = starter.clip.encode_text(["apple", "a photo of the small dog on a table that is much too long a text " * 4])
    assert torch.allclose(seen.norm(dim=1), torch.ones(2), atol=1e-4)
    assert torch.allclose(said.norm(dim=1), torch.ones(2), atol=1e-4)
    (seen @ said.T).sum().backward()  # type: ignore[no-untyped-call]
    assert picture.grad is not None and picture.grad.abs().sum() > 0


def test_phrases_and_synonyms_mean_their_object(starter: Models) -> None:
    """Every name and every other word, alone and in a phrase, is nearest to the object it names."""
    vocabulary = vocabulary_of("starter")
    assert vocabulary is not None
    names = vocabulary.names
    phrases, owners = [], []
    for index, name in enumerate(names):
        for word in (name, *vocabulary.also[name]):
            phrases += [word, f"the {word}", f"a photo of a {word.upper()}"]
            owners += [index] * 3
    nearest = (starter.clip.encode_text(phrases) @ starter.clip.encode_text(list(names)).T).argmax(1)
    right = (nearest == torch.tensor(owners)).float().mean()
    assert right >= 0.99


def test_presence_rises_with_the_cosine(starter: Models) -> None:
    """A better match never looks less present, and the floor lies inside the scale."""
    presence = starter.clip.presence(torch.linspace(-1, 1, 50))
    assert (presence.diff() >= 0).all()
    assert 0 < starter.clip.floor < 1


def test_perceptual_distance_is_zero_only_for_equal_pictures(starter: Models) -> None:
    """The background loss vanishes when nothing changed, and pulls when something did."""
    picture = torch.rand(1, 3, 64, 64) * 2 - 1
    assert starter.perceptual.distance(picture, picture).item() == pytest.approx(0, abs=1e-6)
    assert starter.perceptual.distance(picture, -picture).item() > 0.01


def test_distance_from_one_picture_is_that_of_the_library(starter: Models) -> None:
    """Guidance asks in every step for distances from the same pictures. It gets LPIPS' own, to the bit, with their
    gradient, also after it asked for those from others.
    """
    x, *others = (torch.rand(2, 3, 64, 64) * 2 - 1 for _ in range(3))
    x.requires_grad_()
    distance = DistanceFromOne(starter.perceptual)
    for y in (others[0], others[0].clone(), others[1]):
        expected = starter.perceptual.network(x, y).flatten()
        found = distance(x, y)
        assert torch.equal(found, expected)
        gradients = [torch.autograd.grad(values.sum(), x)[0] for values in (found, expected)]
        assert torch.equal(*gradients)


def test_denoiser_works_with_and_without_prompt_and_surroundings(starter: Models) -> None:
    """Presets may leave out the prompt or the surroundings, and guidance differentiates through the network."""
    denoiser = starter.denoiser
    size = denoiser.size
    x = torch.randn(2, 3, size, size, requires_grad=True)
    t = torch.tensor([10, 900])
    text = starter.clip.encode_text(["apple", "dog"])
    around, mask = torch.rand(2, 3, size, size) * 2 - 1, torch.ones(2, 1, size, size)
    plain = denoiser.denoised(x, t, None, None, None)
    told = denoiser.denoised(x, t, text, around, mask)
    assert plain.shape == told.shape == x.shape
    told.sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None and x.grad.abs().sum() > 0
    assert denoiser.alphas_cumprod.shape == (1000,) and denoiser.alphas_cumprod.dtype == torch.float64
    assert (denoiser.alphas_cumprod.diff() < 0).all()


def test_predicted_noise_and_predicted_picture_are_the_same_estimate() -> None:
    """A network that predicts noise serves the sampler exactly like one that predicts the picture."""
    clean, noise, alpha_bar = (
        torch.rand(1, 3, 8, 8).double(),
        torch.randn(1, 3, 8, 8).double(),
        torch.tensor(0.3).double(),
    )
    x_t = alpha_bar.sqrt() * clean + (1 - alpha_bar).sqrt() * noise
    assert torch.allclose(clean_estimate(noise, x_t, alpha_bar, "epsilon"), clean)
    assert clean_estimate(clean, x_t, alpha_bar, "sample") is clean


@pytest.mark.parametrize("role", STARTER_ROLES)
def test_one_changed_byte_is_noticed(copied: Path, role: str) -> None:
    """Weights that are not what was recorded are refused before they are used."""
    path = copied / f"{role}.safetensors"
    contents = bytearray(path.read_bytes())
    contents[-1] ^= 1
    path.write_bytes(contents)
    with pytest.raises(ModelDamaged, match=role):
        load_folder(copied, "starter", CPU, torch.float32)


def test_broken_description_is_noticed(copied: Path) -> None:
    """A truncated configuration is reported as damage, not as a crash."""
    (copied / "clip.json").write_text('{"sha256": ')
    with pytest.raises(ModelDamaged, match="clip.json"):
        load_folder(copied, "starter", CPU, torch.float32)


def test_missing_file_is_named(copied: Path) -> None:
    """The user learns which file is absent."""
    (copied / "denoiser.safetensors").unlink()
    with pytest.raises(ModelMissing, match="denoiser"):
        load_folder(copied, "starter", CPU, torch.float32)


def test_full_models_are_not_installed_yet() -> None:
    """Asking for models that are not there says what can be used instead."""
    with pytest.raises(ModelMissing, match="starter"):
        load_models("full", CPU, torch.float32)
