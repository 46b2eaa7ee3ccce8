"""`text-replace batch` of a COCO file: what a detector's loader reads of OUT."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pycocotools.coco import COCO
from torchvision.datasets import CocoDetection, wrap_dataset_for_transforms_v2

from tests.engine.cli.conftest import Command, noise
from tests.engine.cli.fake_engine import FakeEngine

pytestmark = pytest.mark.slow
#: Where the fake sees an apple, and where it sees nothing: x0, y0, x1, y1.
THERE, NOWHERE = (24, 16, 48, 32), (2, 40, 20, 60)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A cat where an apple will be seen, and a car; one where nothing will be, one in a picture of another size."""
    folder = tmp_path / "in"
    folder.mkdir()
    sizes = {"a": (96, 64), "b": (96, 64), "c": (64, 96)}
    for number, name in enumerate(sizes):
        noise(3, seed=number).save(folder / f"{name}.png")
    document = {
        "images": [
            {"id": number, "file_name": f"{name}.png", "width": width, "height": height}
            for number, (name, (width, height)) in enumerate(sizes.items())
        ],
        "annotations": [_annotation(0, 0, 1, THERE), _annotation(1, 0, 2, NOWHERE)]
        + [_annotation(number + 1, number, 1, NOWHERE) for number in (1, 2)],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "car"}],
    }
    path = folder / "pets.json"
    path.write_text(json.dumps(document))
    return path


def _annotation(number: int, image: int, category: int, box: tuple[int, int, int, int]) -> dict[str, object]:
    x0, y0, x1, y1 = box
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "segmentation": [[x0, y0, x1, y0, x1, y1, x0, y1]],
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": (x1 - x0) * (y1 - y0),
        "iscrowd": 0,
    }


def test_a_loader_reads_what_became_of_a_coco_file(
    run: Command, source: Path, tmp_path: Path, fake: type[FakeEngine]
) -> None:
    """OUT has the new object where it is seen in the result, and the other annotations; what was not found again or
    could not be made is not there. Nothing was looked for by the name of what was replaced.
    """
    out = tmp_path / "out"
    done = run("batch", source, "-o", out, "--replace", "cat", "--with", "apple")
    assert done.code == 2 and "2 done, 1 whose new object was not found again, 1 failed" in done.out
    assert "“pets.json”, image 2: The picture has 96×64 pixels upright" in done.err
    assert "cat" not in {find.replace for find in fake.finds}
    coco = COCO(str(out / "annotations.json"))
    assert [(image["file_name"], image["width"]) for image in coco.imgs.values()] == [("a.png", 96)]
    names = {annotation["id"]: coco.cats[annotation["category_id"]]["name"] for annotation in coco.anns.values()}
    assert list(names.values()) == ["car", "apple"]
    mask = coco.annToMask(coco.anns[2])
    assert mask.shape == (64, 96) and mask[16:32, 24:48].all() and mask.sum() == 16 * 24
    loaded = CocoDetection(str(out / "images"), str(out / "annotations.json"))
    ((image, target),) = wrap_dataset_for_transforms_v2(loaded, target_keys=("boxes", "labels", "masks"))
    assert image.size == (96, 64) and target["boxes"].tolist() == [[2, 40, 20, 60], [24, 16, 48, 32]]
    assert target["labels"].tolist() == [2, 3] and (target["masks"][1].numpy() == mask).all()


def test_results_can_be_the_next_input(run: Command, source: Path, tmp_path: Path) -> None:
    """OUT is a COCO file with its pictures: another object in it can be replaced, and the first ones stay."""
    run("batch", source, "-o", tmp_path / "out", "--replace", "cat", "--with", "apple")
    again = run(
        "batch", tmp_path / "out/annotations.json", "-o", tmp_path / "next", "--replace", "apple", "--with", "fruit"
    )
    assert again.code == 0, again.err
    coco = COCO(str(tmp_path / "next/annotations.json"))
    assert [category["name"] for category in coco.cats.values()] == ["cat", "car", "apple", "fruit"]
    assert [coco.cats[annotation["category_id"]]["name"] for annotation in coco.anns.values()] == ["car", "fruit"]
