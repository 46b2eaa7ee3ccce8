"""The full models, in small: recognised, converted, installed, loaded; each computes what its publisher's does."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from tests.engine.models.conftest import go_on, quiet
from tests.engine.models.small_full import LABELS, clip, write_clip, write_denoiser, write_segmenter, write_upscaler
from tests.engine.parity.oracle import SMALL, reference
from text_replace_engine.models.bundle import Models, load_models
from text_replace_engine.models.fetching.origins import Origin, origins
from text_replace_engine.models.fetching.sources import Download, Model, find
from text_replace_engine.models.folders import is_installed, stamp_of, vocabulary_of
from text_replace_engine.models.full import adm, catalogue
from text_replace_engine.models.full.checkpoints import read_checkpoint
from text_replace_engine.models.full.pulling import FULL
from text_replace_engine.models.importing import import_files
from text_replace_engine.models.networks.denoiser import Denoiser, linear_schedule
from text_replace_engine.models.store import read_role
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.errors import Cancelled, ModelDamaged, ModelMissing, UserError

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def full(installed_once: Path) -> Models:
    """The small full models, loaded as every edit loads them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(installed_once))
        assert is_installed("full") and vocabulary_of("full") is None
        return load_models("full", CPU, torch.float32)


def _import(source: Path) -> dict[str, Origin]:
    """By role, what was installed of the full models."""
    imported = import_files(source, quiet, go_on)
    return {role: origin for (identifier, role), origin in imported.items() if identifier == "full"}


def test_every_text_is_accepted_and_files_are_recorded(full: Models) -> None:
    """The full models have no list of names, and reports name the file and hash of each."""
    assert [file.role for file in full.files] == ["segmenter", "clip", "perceptual", "denoiser"]
    assert full.files[3].name == "full/diffusion.pt" and len(full.files[3].sha256) == 64
    assert full.upscaler is None and 0 < full.clip.floor < 1


def test_the_denoiser_turns_noise_into_the_clean_estimate(full: Models) -> None:
    """x̂0 = (x_t − √(1−ᾱ)·ε)/√ᾱ with the reference's ε and schedule; its variance channels are passed on."""
    network = reference(SMALL["256"], seed=4)
    x, t = torch.randn(2, 3, 32, 64, generator=torch.Generator().manual_seed(1)), torch.tensor([20, 700])
    with torch.no_grad():
        epsilon, learnt = network(x, t).chunk(2, 1)
        estimate, variance = full.denoiser.predicted(x, t, None, None, None)
    assert variance is not None and torch.allclose(variance, learnt, atol=1e-5)
    alpha = linear_schedule()[t].float().view(-1, 1, 1, 1)
    assert torch.allclose(estimate, (x - (1 - alpha).sqrt() * epsilon) / alpha.sqrt(), atol=1e-4)
    assert (full.denoiser.size, full.denoiser.multiple) == (256, 32)


def test_clip_is_open_clips(full: Models) -> None:
    """Pictures and texts get the vectors that open_clip's own network gives, tokenizer and colours included."""
    from open_clip import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD, get_tokenizer

    network = clip()
    picture = torch.rand(2, 3, 32, 32)
    mean, std = (torch.tensor(colour).view(3, 1, 1) for colour in (OPENAI_DATASET_MEAN, OPENAI_DATASET_STD))
    words = ["a photo of an apple", "Camper van!"]
    with torch.no_grad():
        seen = network.encode_image((picture - mean) / std, normalize=True)  # type: ignore[operator]
        said = network.encode_text(get_tokenizer("ViT-B-32")(words), normalize=True)  # type: ignore[operator]
    assert torch.allclose(full.clip.encode_image(picture), seen, atol=1e-6)
    assert torch.allclose(full.clip.encode_text(words), said, atol=1e-6)
    assert full.clip.image_size == 32


class _Products(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes the strides of what is multiplied batch by batch."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.strides: list[tuple[int, ...]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.overloadpacket is torch.ops.aten.bmm:
            self.strides += [factor.stride() for factor in args]
        return func(*args, **(kwargs or {}))


def test_clip_copies_no_weights(full: Models) -> None:
    """Guidance does not multiply by weights that are repeated for every position: in bfloat16 that takes four fifths of
    its time.
    """
    pictures = torch.rand(2, 3, 32, 32, requires_grad=True)
    with _Products() as products:
        torch.autograd.grad(full.clip.encode_image(pictures).sum(), pictures)
    assert not [stride for stride in products.strides if stride[0] == 0]


def test_segmenter_is_transformers(full: Models, full_files: Path) -> None:
    """The hub's network with the hub's labels; logits are those of transformers for the normalised picture."""
    from transformers import SegformerForSemanticSegmentation

    network = SegformerForSemanticSegmentation.from_pretrained(full_files / "segformer").eval()
    picture = torch.rand(1, 3, 640, 320)
    mean, std = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    with torch.no_grad():
        logits = network(pixel_values=(picture - mean) / std).logits
        ours = full.segmenter.logits(picture)
    assert full.segmenter.labels == tuple(label.strip() for label in LABELS)
    wide = torch.nn.functional.interpolate(logits, (640, 320), mode="bilinear", align_corners=False)
    assert torch.allclose(ours, wide, atol=1e-5)


def test_full_models_refuse_no_style(full: Models) -> None:
    """Photographs are what they are for: only the starter has a detector of style."""
    assert full.style is None


def test_perceptual_distance_is_lpips(full: Models, full_files: Path) -> None:
    """The backbone that was fetched under the heads that come with lpips."""
    import lpips

    expected = lpips.LPIPS(net="alex", pretrained=True, pnet_rand=True, verbose=False).eval()
    features = torch.load(full_files / "alexnet-owt-7be5be79.pth", weights_only=True)
    own = expected.net.state_dict()
    expected.net.load_state_dict({name: features["features." + name.split(".", 1)[1]] for name in own})
    x, y = (torch.rand(2, 3, 64, 64) * 2 - 1 for _ in range(2))
    with torch.no_grad():
        wanted = expected(x, y).flatten()
        assert torch.allclose(full.perceptual.distance(x, y), wanted, atol=1e-6)
    assert wanted.min() > 0


@pytest.mark.usefixtures("small")
def test_an_upscaler_of_the_users_is_used(installed_once: Path, cache: Path, tmp_path: Path) -> None:
    """A network that spandrel knows enlarges as it does by itself, and is optional."""
    from spandrel import ImageModelDescriptor, ModelLoader

    shutil.copytree(installed_once / "text-replace" / "models" / "full", cache)
    write_upscaler(tmp_path / "mine.pth")
    origin = _import(tmp_path / "mine.pth")["upscaler"]
    assert origin.file == "mine.pth" and not origin.published
    upscaler = load_models("full", CPU, torch.float32).upscaler
    assert upscaler is not None and upscaler.factor == 2
    own = ModelLoader("cpu").load_from_file(tmp_path / "mine.pth")
    assert isinstance(own, ImageModelDescriptor)
    picture = torch.rand(1, 3, 24, 40)
    with torch.no_grad():
        assert torch.allclose(upscaler.enlarge(picture), own(picture).clamp(0, 1), atol=1e-5)


@pytest.mark.usefixtures("small")
def test_models_that_were_replaced_are_outdated(installed_once: Path, cache: Path, full_files: Path) -> None:
    """An engine that has the models loaded notices when another variant is installed."""
    shutil.copytree(installed_once / "text-replace" / "models" / "full", cache)
    pipeline = Pipeline("cpu", "float32")
    loaded, stamp = pipeline._models("full"), stamp_of("full")
    assert pipeline._models("full") is loaded and stamp_of("full") == stamp
    _import(full_files / "ViT-B-32.pt")
    assert stamp_of("full") != stamp
    assert pipeline._models("full") is not loaded
    starter, stamp = pipeline._models("starter"), stamp_of("starter")
    assert pipeline._models("starter") is starter and stamp_of("starter") == stamp


@pytest.mark.usefixtures("small")
def test_a_class_conditional_network_is_told_the_nearest_class(
    installed_once: Path, cache: Path, tmp_path: Path
) -> None:
    """The names of the classes are embedded once, when both networks are there; a text gets the class it names."""
    shutil.copytree(installed_once / "text-replace" / "models" / "full", cache)
    write_denoiser(tmp_path / "class.pt", "512-class")
    _import(tmp_path / "class.pt")
    models = load_models("full", CPU, torch.float32)
    assert models.denoiser.classes is not None
    assert len(models.denoiser.classes.names) == 1000
    text = models.clip.encode_text(["Golden Retriever", "great white shark"])
    assert models.denoiser.classes.nearest(text).tolist() == [207, 2]
    x, t = torch.randn(2, 3, 64, 64), torch.tensor([900, 900])
    network = reference(SMALL["512-class"], seed=4)
    with torch.no_grad():
        epsilon = network(x, t, y=torch.tensor([207, 2]))[:, :3]
        estimate = models.denoiser.denoised(x, t, text, None, None)
    alpha = linear_schedule()[900].float()
    assert torch.allclose(alpha.sqrt() * estimate, x - (1 - alpha).sqrt() * epsilon, atol=1e-4)
    # Another CLIP makes the embeddings worthless: they are made anew.
    torch.manual_seed(9)
    write_clip(tmp_path / "ViT-B-16.pt")
    described = json.loads((cache / "clip.json").read_text())
    (cache / "clip.json").write_text(json.dumps({**described, "sha256": "0" * 64}))
    _import(tmp_path / "ViT-B-16.pt")
    assert load_models("full", CPU, torch.float32).denoiser.classes is not None


def test_files_without_a_published_hash_are_unverified(installed_once: Path) -> None:
    """Recognised by its contents is not the same as verified, and that is recorded."""
    found = origins(installed_once / "text-replace" / "models" / "full", FULL.roles)
    assert {role: origin.published for role, origin in found.items()} == dict.fromkeys(FULL.needed, False)
    assert all(len(origin.sha256) == 64 for origin in found.values())


def test_a_known_hash_is_recognised(cache: Path, full_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with a published hash is verified, whatever it is called."""
    from text_replace_engine.models.files import file_sha256

    sha256 = file_sha256(full_files / "ViT-B-32.pt")
    model = find(catalogue.MODELS, "clip", "ViT-L-14")
    known = Download("x.pt", ("https://example.invalid/x.pt",), 1, sha256, "this test")
    changed = Model("clip", "ViT-L-14", model.title, model.licence, model.terms, (known,))
    monkeypatch.setattr(catalogue, "MODELS", (*catalogue.MODELS, changed))
    origin = _import(full_files / "ViT-B-32.pt")["clip"]
    assert origin.published and origin.variant == "ViT-L-14" and origin.sha256 == sha256


def test_a_diffusion_network_of_another_size_is_named(tmp_path: Path) -> None:
    """Only the published networks are converted; the sentence has both numbers of weights."""
    write_denoiser(tmp_path / "other.pt", "256")
    with pytest.raises(ModelDamaged, match=r"552,814,086 .*558,997,638 .*557,973,638"):
        read_checkpoint(tmp_path / "other.pt")


@pytest.mark.usefixtures("small")
def test_a_damaged_checkpoint_is_refused(full_files: Path, tmp_path: Path, cache: Path) -> None:
    """A file that ends too early, or is none, is damage with a name, and nothing gets installed."""
    for name in ("diffusion.pt", "ViT-B-32.pt", "alexnet-owt-7be5be79.pth"):
        contents = (full_files / name).read_bytes()
        (tmp_path / name).write_bytes(contents[: len(contents) // 2])
        with pytest.raises(ModelDamaged, match=name):
            _import(tmp_path / name)
    (tmp_path / "words.safetensors").write_text("not weights")
    with pytest.raises(ModelDamaged, match="words"):
        _import(tmp_path / "words.safetensors")
    assert not list(cache.glob("*.safetensors"))


class _Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("import pathlib; pathlib.Path('trapped').touch()",)


def test_nothing_in_a_file_is_executed(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint that would run code when unpickled is refused, and the code does not run."""
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "trap.pt").open("wb") as file:
        pickle.dump({"time_embed.0.weight": _Trap()}, file)
    torch.save({"time_embed.0.weight": _Trap()}, tmp_path / "trap2.pt")
    for name in ("trap.pt", "trap2.pt"):
        with pytest.raises(ModelDamaged, match="safely"):
            _import(tmp_path / name)
    assert not (tmp_path / "trapped").exists()


def test_what_is_no_model_is_refused(tmp_path: Path, cache: Path) -> None:
    """Tensors of something else, an empty folder and a name that is not there are usage errors."""
    torch.save({"something": torch.zeros(3)}, tmp_path / "else.pt")
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "else.pt", tmp_path / "empty", tmp_path / "absent"):
        with pytest.raises(UserError):
            _import(path)


def test_a_segmenter_needs_its_configuration(tmp_path: Path, cache: Path) -> None:
    """Weights alone do not say which labels they have: the sentence asks for config.json."""
    write_segmenter(tmp_path / "hub")
    (tmp_path / "hub" / "config.json").unlink()
    with pytest.raises(ModelDamaged, match=r"config\.json"):
        _import(tmp_path / "hub")


def test_a_changed_byte_is_noticed_and_repaired(installed_once: Path, cache: Path) -> None:
    """Damage is found at loading and by verify, the sentence says what to run, and a pull fetches that role again."""
    shutil.copytree(installed_once / "text-replace" / "models" / "full", cache)
    assert not FULL.plan({}).models
    path = cache / "denoiser.safetensors"
    contents = bytearray(path.read_bytes())
    contents[-1] ^= 1
    path.write_bytes(contents)
    with pytest.raises(ModelDamaged, match="models pull"):
        load_models("full", CPU, torch.float32)
    with pytest.raises(ModelDamaged):
        FULL.verify("denoiser")
    assert [model.role for model in FULL.plan({}).models] == ["denoiser"]


def test_a_part_of_the_models_is_not_installed(cache: Path, full_files: Path) -> None:
    """Until every needed role is there, `auto` stays with the starter models, and asking for full says what to do."""
    _import(full_files / "ViT-B-32.pt")
    assert not is_installed("full")
    with pytest.raises(ModelMissing, match="models pull"):
        load_models("full", CPU, torch.float32)
    assert {model.role for model in FULL.plan({}).models} == {"segmenter", "perceptual", "denoiser"}


def test_choosing_a_variant_replaces_only_its_role(installed_once: Path, cache: Path) -> None:
    """What is installed stays; a choice that differs is fetched; an unknown one is refused with the known ones."""
    shutil.copytree(installed_once / "text-replace" / "models" / "full", cache)
    plan = FULL.plan({"perceptual": "vgg", "denoiser": "256"})
    assert [(model.role, model.variant) for model in plan.models] == [("perceptual", "vgg")]
    assert plan.to_fetch == 553_433_881 and plan.room > plan.to_fetch
    with pytest.raises(UserError, match="512-class"):
        FULL.plan({"denoiser": "1024"})


@pytest.mark.usefixtures("small")
def test_cancelling_an_import_installs_nothing_more(full_files: Path, cache: Path) -> None:
    """Cancel is looked at before every file."""
    with pytest.raises(Cancelled):
        import_files(full_files, quiet, lambda: True)
    assert not cache.exists()


def test_removing_frees_everything(installed_once: Path, cache: Path) -> None:
    """Remove takes the models and leftovers of downloads, says how much that was, and may be run again."""
    shutil.copytree(installed_once / "text-replace" / "models" / "full", cache)
    (cache / "downloads").mkdir()
    (cache / "downloads" / "x.partial").write_bytes(bytes(1000))
    assert FULL.remove() > 10_000_000
    assert not cache.exists() and not is_installed("full")
    assert FULL.remove() == 0


@pytest.mark.real_size
@pytest.mark.parametrize(
    "model", [model for model in catalogue.MODELS if model.role == "denoiser"], ids=lambda model: model.variant
)
def test_real_checkpoints_are_converted_and_loaded(model: Model, tmp_path: Path, cache: Path) -> None:
    """A file of each published network's own size is recognised and converted, and what is loaded from the result
    computes what the reference does (takes a minute, 5 GB of disk and 7 GB of memory).
    """
    architecture = next(known for known in adm.ARCHITECTURES if known.name == model.variant)
    network, file = reference(architecture), tmp_path / model.downloads[0].file
    torch.save(network.state_dict(), file)
    assert abs(file.stat().st_size - model.downloads[0].size) < 5_000_000
    assert _import(file)["denoiser"].variant == model.variant
    assert (cache / "denoiser.safetensors").stat().st_size >= 4 * architecture.parameters
    loaded = Denoiser.load(read_role(cache, "denoiser"))
    assert sum(weight.numel() for weight in loaded.network.parameters()) == architecture.parameters
    x, t = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)), torch.tensor([871])
    label = torch.tensor([207]) if architecture.class_conditional else None
    with torch.no_grad():
        wanted = network(x, t, y=label) if architecture.class_conditional else network(x, t)
        assert wanted.abs().max() > 0.5, "a comparison of nothing"
        assert torch.allclose(loaded.network(x, t, class_labels=label).sample, wanted, atol=1e-4)
