"""Which networks measure a painting, by which are installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from text_replace_engine.lab.benchmark.measures.instruments import clip_for, perceptual_for


def install(folder: Path, models: str, role: str, weights: str, variant: str = "ViT-B-32") -> None:
    place = folder / "text-replace" / "models" / models
    place.mkdir(parents=True, exist_ok=True)
    origin = {"variant": variant, "file": "x.pt", "sha256": "0", "published": True}
    (place / f"{role}.json").write_text(json.dumps({"sha256": weights, "config": {}, "origin": origin}))
    (place / f"{role}.safetensors").touch()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_starter_alone_measures_itself_and_says_so(cache: Path) -> None:
    """With nothing else installed there is still a number, marked as one that flatters."""
    for found in (clip_for("starter"), perceptual_for("starter")):
        assert (found.of, found.guided) == ("starter", True)
    assert "starter" in clip_for("starter").title


def test_a_clip_that_did_not_guide_comes_first(cache: Path) -> None:
    """Starter paintings are measured by the full models' CLIP where it is there, and by the photo models' before that;
    none of them guided.
    """
    install(cache, "full", "clip", "a", "ViT-L-14")
    assert (clip_for("starter").of, clip_for("starter").guided) == ("full", False)
    install(cache, "photo", "clip", "b")
    found = clip_for("starter")
    assert (found.of, found.guided, found.title) == ("photo", False, "CLIP ViT-B-32 of the photo models")


def test_the_same_weights_in_another_folder_guided_as_well(cache: Path) -> None:
    """The photo and the full models share a CLIP: that it lies in two folders makes it no other judge."""
    install(cache, "full", "clip", "same")
    install(cache, "photo", "clip", "same")
    assert clip_for("full").guided
    assert not clip_for("photo").guided
    install(cache, "photo", "clip", "other")
    assert (clip_for("full").of, clip_for("full").guided) == ("photo", False)


def test_starters_clip_never_measures_photographs(cache: Path) -> None:
    """It knows drawn objects: of a full painting the full models' own says more, though it guided."""
    install(cache, "full", "clip", "a")
    assert (clip_for("full").of, clip_for("full").guided) == ("full", True)


def test_published_lpips_comes_first(cache: Path) -> None:
    """The full models' network is the published one: it measures everybody's backgrounds, and guided only its own."""
    assert perceptual_for("photo").of == "starter"
    assert not perceptual_for("photo").guided
    install(cache, "full", "perceptual", "a", "alex")
    assert [(perceptual_for(each).of, perceptual_for(each).guided) for each in ("photo", "full")] == [
        ("full", False),
        ("full", True),
    ]
    assert perceptual_for("starter").title == "LPIPS alex of the full models"
