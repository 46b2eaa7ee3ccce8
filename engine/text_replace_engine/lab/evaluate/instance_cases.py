"""Scenes with several objects of one kind, and phrases that mean some of them: seeds that no training uses."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from text_replace_engine.finding.phrases.language import english
from text_replace_engine.lab.evaluate.cases import wear

if TYPE_CHECKING:
    from text_replace_engine.lab.train.art import Art
    from text_replace_engine.lab.train.scenes import SceneObject

#: Scene i is composed by a Generator of this plus i.
FIRST_SEED = 8_100_000
#: A person calls one of two the left one where it lies so much of the picture's width farther left, the bigger one from
#: this ratio of areas on, and the nearer one where it is by so much of the diagonal.
_APART, _RATIO, _NEARER = 0.06, 1.3, 0.08


@dataclass(frozen=True)
class InstanceCase:
    """One picture, RGB (h, w, 3), a phrase, and which of the objects it means, by number; none: not found. way: what
    kind of phrase it is. masks: the visible part of every object, bool (h, w).
    """

    pixels: NDArray[np.uint8]
    way: str
    phrase: str
    masks: tuple[NDArray[np.bool_], ...]
    meant: tuple[int, ...]


class InstanceCases:
    """In a third of the scenes two kinds are there twice, in a third one is there three times; other objects beside."""

    def __init__(self, art: Art, first_seed: int = FIRST_SEED) -> None:
        self._art, self._first = art, first_seed

    def __getitem__(self, index: int) -> InstanceCase:
        from text_replace_engine.lab.train.scenes import compose_scene

        rng = np.random.default_rng(self._first + index)
        grey, jpeg = wear(rng)
        kinds = [str(name) for name in rng.choice(self._art.names, 3, replace=False)]
        doubled = ([0, 0, 1], [0, 0, 1, 1], [0, 0, 0, 1])[index % 3]
        while True:
            scene = compose_scene(rng, self._art, [kinds[kind] for kind in doubled], grey=grey, jpeg=jpeg)
            asked = list(_phrases(scene.objects, scene.image.shape[1::-1]))
            if len(scene.objects) == len(doubled) and asked:
                break
        # As often each way of asking as another, whatever the number of its phrases.
        ways = sorted({way for way, _, _ in asked})
        way = ways[int(rng.integers(len(ways)))]
        own = [(phrase, meant) for other, phrase, meant in asked if other == way]
        phrase, meant = own[int(rng.integers(len(own)))]
        return InstanceCase(scene.image, way, phrase, tuple(item.mask for item in scene.objects), meant)


def _phrases(objects: Sequence[SceneObject], size: tuple[int, ...]) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """(way of asking, phrase, numbers of the objects that it means): those about which people agree."""
    groups: dict[str, list[int]] = {}
    for number, item in enumerate(objects):
        groups.setdefault(item.name, []).append(number)
    scene = _Geometry(objects, size)
    for noun, own in groups.items():
        if len(own) > 1:
            yield from _of_one_kind(noun, own, scene)
            yield from _beside(noun, own, groups, scene)
    everything = list(range(len(objects)))
    for word, meant in scene.by_size(everything):
        yield "anything", f"the {word}", (meant,)
        yield "anything", f"the {word} one", (meant,)
    (first, one), (second, other), *_ = groups.items()
    if first != _plural(first) and second != _plural(second):
        yield "two kinds", f"{_plural(first)} and {_plural(second)}", (*one, *other)
    if len(one) > 1 and len(other) > 1:
        for word, meant in scene.by_side(one):
            for opposite, its in scene.by_side(other):
                yield "two kinds", f"the {word} {first} and the {opposite} {second}", (meant, its)


def _of_one_kind(noun: str, own: list[int], scene: _Geometry) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    plural, count = _plural(noun), len(own)
    if plural != noun:
        yield "all", plural, tuple(own)
        yield "all", f"all the {plural}", tuple(own)
    yield "all", f"every {noun}", tuple(own)
    yield "all", f"{'both' if count == 2 else 'all three'} {plural}", tuple(own)
    for word, meant in scene.by_side(own):
        yield "side", f"the {word} {noun}", (meant,)
        yield "side", f"the {noun} {'at' if word in ('top', 'bottom') else 'on'} the {word}", (meant,)
        yield "all but", f"every {noun} but the {word} one", tuple(number for number in own if number != meant)
        yield "all but", f"all {plural} except the {word} {noun}", tuple(number for number in own if number != meant)
    for word, meant in scene.by_size(own):
        yield "size", f"the {word} {noun}", (meant,)
    ordered = scene.row(own)
    if ordered:
        for place, ordinal in enumerate(("first", "second", "third")):
            yield "ordinal", f"the {ordinal} {noun} from the left", tuple(ordered[place : place + 1])
            yield "ordinal", f"the {ordinal} {noun} from the right", tuple(ordered[::-1][place : place + 1])
        if count == 3:
            yield "side", f"the middle {noun}", (ordered[1],)


def _beside(
    noun: str, own: list[int], groups: dict[str, list[int]], scene: _Geometry
) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    for other, (number, *more) in groups.items():
        if more or other == noun:
            continue
        gaps = sorted((scene.gap(number, each), each) for each in own)
        if gaps[1][0] - gaps[0][0] >= _NEARER:
            yield "relation", f"the {noun} next to the {other}", (gaps[0][1],)
        left = [each for each in own if scene.centre(each)[0] < scene.centre(number)[0]]
        if len(left) == 1 and all(abs(scene.centre(each)[0] - scene.centre(number)[0]) >= _APART for each in own):
            yield "relation", f"the {noun} left of the {other}", (left[0],)


class _Geometry:
    """Of a scene's objects, by number: centres in shares of width and height, gaps in shares of the diagonal."""

    def __init__(self, objects: Sequence[SceneObject], size: tuple[int, ...]) -> None:
        self._objects, self._size = objects, size

    def centre(self, number: int) -> tuple[float, float]:
        box = self._objects[number].box
        return (box.x0 + box.x1) / 2 / self._size[0], (box.y0 + box.y1) / 2 / self._size[1]

    def gap(self, first: int, second: int) -> float:
        distances = ndimage.distance_transform_edt(~self._objects[first].mask)
        return float(distances[self._objects[second].mask].min()) / math.hypot(*self._size)

    def by_side(self, own: Sequence[int]) -> Iterator[tuple[str, int]]:
        sides = {"left": (0, 1), "right": (0, -1), "top": (1, 1), "bottom": (1, -1)}
        for word, (axis, sign) in sides.items():
            yield from self._first(word, own, self._along(axis, sign), _apart)

    def _along(self, axis: int, sign: int) -> Callable[[int], float]:
        return lambda each: sign * self.centre(each)[axis]

    def by_size(self, own: Sequence[int]) -> Iterator[tuple[str, int]]:
        def area(each: int) -> float:
            return float(self._objects[each].mask.sum())

        yield from self._first("biggest", own, lambda each: -math.log(area(each)), _is_other_size)
        yield from self._first("smallest", own, lambda each: math.log(area(each)), _is_other_size)

    def row(self, own: Sequence[int]) -> list[int]:
        """From left to right; empty where two lie above each other."""
        ordered = sorted(own, key=lambda each: self.centre(each)[0])
        places = [self.centre(each)[0] for each in ordered]
        is_row = all(second - first >= _APART for first, second in zip(places, places[1:], strict=False))
        return ordered if is_row else []

    def _first(
        self, word: str, own: Sequence[int], measure: Callable[[int], float], is_clear: Callable[[float], bool]
    ) -> Iterator[tuple[str, int]]:
        first, second, *_ = sorted(own, key=measure)
        if is_clear(measure(second) - measure(first)):
            yield word, first


def _apart(difference: float) -> bool:
    return difference >= _APART


def _is_other_size(difference: float) -> bool:
    return difference >= math.log(_RATIO)


def _plural(noun: str) -> str:
    return english().plural(noun)
