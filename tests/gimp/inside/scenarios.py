"""What is done inside a GIMP. Each function fills `results`; pixels go to raw files beside it, one folder a case."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import threading
import time
from typing import Any

from tests.gimp.inside import kinds, photo
from tests.gimp.inside.bench import Bench
from text_replace_wire.link import Link

Results = dict[str, Any]
#: A fifth of the steps, where their number does not matter.
_SHORT = {"strength": 0.2}


def dump(bench: Bench, image: Any, folder: pathlib.Path) -> dict[str, Any]:
    """Everything a check looks at: the canvas, every layer with its pixels, the selection. Raw files, row by row."""
    folder.mkdir(parents=True, exist_ok=True)
    width, height = bench.canvas(image)
    layers = []
    for number, layer in enumerate(bench.layers(image)):
        facts = bench.describe(layer)
        data, facts["channels"] = bench.pixels(layer, 0, 0, *facts["size"])
        facts["pixels"] = str(folder / f"layer{number}.raw")
        pathlib.Path(facts["pixels"]).write_bytes(data)
        layers.append(facts)
    chosen = bench.selection(image)
    selection = ""
    if chosen is not None:
        selection = str(folder / "selection.raw")
        pathlib.Path(selection).write_bytes(bench.pixels(chosen, 0, 0, width, height)[0])
    shown = folder / "shown.raw"
    shown.write_bytes(bench.shown(image))
    return {
        "shown": str(shown),
        "canvas": [width, height],
        "layers": layers,
        "selection": selection,
        "channels": bench.channels(image),
    }


def _edit(
    bench: Bench, out: pathlib.Path, results: Results, case: str, image: Any, drawables: list[Any], **arguments: Any
) -> None:
    """Call the procedure; keep the image before, and the saved and reopened image after."""
    folder = out / case
    before = dump(bench, image, folder / "before")
    called = bench.call(image, drawables, **{"replace": "apple", "with_": "orange", **arguments})
    path = folder / "after.xcf"
    bench.save(image, str(path))
    again = bench.load(str(path))
    results[case] = {
        "status": called.status,
        "message": called.message,
        "returned": bench.describe(called.layer)["name"] if called.layer is not None else "",
        "before": before,
        "after": dump(bench, again, folder / "after"),
    }
    bench.close(again)


def replacements(bench: Bench, asked: dict[str, Any], out: pathlib.Path, results: Results) -> None:
    """Edits and refusals that need the real models."""
    picture = asked["picture"]

    image, layer = _opened(bench, picture)
    _edit(bench, out, results, "plain", image, [layer], **_SHORT)

    image, layer = _opened(bench, picture)
    _edit(bench, out, results, "repeated", image, [layer], **_SHORT)
    image = bench.load(str(out / "repeated" / "after.xcf"))
    called = bench.edit_again(image, bench.layers(image)[0])
    results["again"] = {"status": called.status, "message": called.message, **dump(bench, image, out / "again")}

    image, layer = _opened(bench, picture)
    width, height = bench.canvas(image)
    bench.add_alpha(layer)
    _soften_alpha(bench, layer)
    group = bench.new_group(image, "folder")
    bench.move_into(image, layer, group)
    bench.set_offsets(layer, -width // 8, -height // 8)
    bench.resize_canvas(image, width * 3 // 4, height * 3 // 4, 0, 0)
    _edit(bench, out, results, "larger than the canvas", image, [layer], **_SHORT)

    image, layer = _opened(bench, picture)
    x0, y0, x1, y1 = asked["half"]
    bench.select_rectangle(image, x0, y0, x1 - x0, y1 - y0, 12.0)
    _edit(bench, out, results, "selected", image, [layer], **_SHORT)

    image, layer = _opened(bench, picture)
    bench.select_rectangle(image, 3, 4, 10, 11, 0)
    _edit(bench, out, results, "not found in the selection", image, [layer])

    image, layer = _opened(bench, picture)
    _edit(bench, out, results, "not found", image, [layer], replace="truck")
    _edit(bench, out, results, "zebra", image, [layer], with_="zebra")

    image = bench.new_image(1, 1, "u8")
    _edit(bench, out, results, "one pixel", image, [bench.new_layer(image, "dot", 1, 1, None)])


def toy_set(bench: Bench, asked: dict[str, Any], out: pathlib.Path, results: Results) -> None:
    """A model set that another package brings, and one that nobody does."""
    image, layer = _opened(bench, asked["picture"])
    _edit(bench, out, results, "toy", image, [layer], replace="red", with_="green", preset="standard", models="toy")
    image, layer = _opened(bench, asked["picture"])
    _edit(bench, out, results, "unknown", image, [layer], replace="red", with_="green", models="pastel")


def layer_kinds(bench: Bench, asked: dict[str, Any], out: pathlib.Path, results: Results) -> None:
    """Kinds of layers and arguments for which the models do not matter."""
    picture = asked["picture"]

    image, layer = _opened(bench, picture)
    width, height = bench.canvas(image)
    bench.resize_canvas(image, width * 2, height + 40, 30, 20)
    _edit(bench, out, results, "smaller than the canvas", image, [layer])

    image, layer = _opened(bench, picture)
    bench.add_alpha(layer)
    bench.convert(image, "gray")
    _soften_alpha(bench, layer)
    bench.select_rectangle(image, 300, 200, 400, 400, 9.0)
    _edit(bench, out, results, "gray", image, [layer])

    image, layer = _opened(bench, picture)
    bench.select_rectangle(image, 3, 4, 10, 11, 0)
    values = _REFUSED_VALUES if bench.version.startswith("2.") else {}
    for case, arguments in {**_REFUSED_REQUESTS, **values}.items():
        _edit(bench, out, results, case, image, [layer], **arguments)

    image, layer = _opened(bench, picture)
    bench.resize_canvas(image, width + 50, height, 50, 0)
    bench.select_rectangle(image, 0, 0, 40, 40, 0)
    _edit(bench, out, results, "selection beside the layer", image, [layer])

    _refused_layers(bench, out, results, picture)


def _opened(bench: Bench, picture: str) -> tuple[Any, Any]:
    image = bench.load(picture)
    return image, bench.layers(image)[0]


_REFUSED_REQUESTS: dict[str, dict[str, Any]] = {
    "empty replace": {"replace": "  "},
    "empty with": {"with_": ""},
}
#: GIMP 3 itself replaces such values by the defaults.
_REFUSED_VALUES: dict[str, dict[str, Any]] = {"bad preset": {"preset": "dreamy"}, "bad seed": {"seed": -5}}


def _refused_layers(bench: Bench, out: pathlib.Path, results: Results, picture: str) -> None:
    image, layer = _opened(bench, picture)
    bench.set_precision(image, "u16")
    _edit(bench, out, results, "16 bit", image, [layer])

    image, layer = _opened(bench, picture)
    group = bench.new_group(image, "folder")
    bench.move_into(image, layer, group)
    _edit(bench, out, results, "group", image, [group])

    image, layer = _opened(bench, picture)
    bench.convert(image, "indexed")
    called = bench.call(image, [layer], "apple", "orange")
    results["indexed"] = {"status": called.status, "message": called.message}

    image, _ = _opened(bench, picture)
    _, foreign = _opened(bench, picture)
    called = bench.call(image, [foreign], "apple", "orange")
    results["layer of another image"] = {"status": called.status, "message": called.message}

    image = bench.new_image(64, 64, "u8")
    big = bench.new_layer(image, "big", 10_001, 10_000, None)
    called = bench.call(image, [big], "apple", "orange")
    results["too large"] = {"status": called.status, "message": called.message}
    bench.close(image)


def _soften_alpha(bench: Bench, layer: Any) -> None:
    """A horizontal ramp, so that alpha has every value."""
    width, height = bench.describe(layer)["size"]
    data, channels = bench.pixels(layer, 0, 0, width, height)
    pixels = bytearray(data)
    pixels[channels - 1 :: channels] = bytes(max(1, x * 255 // width) for x in range(width)) * height
    bench.set_pixels(layer, 0, 0, width, height, bytes(pixels))


def engine_life(bench: Bench, asked: dict[str, Any], out: pathlib.Path, results: Results) -> None:
    """An engine that is started, killed, missing: `home` is the state folder, `command` starts a real engine."""
    home = pathlib.Path(asked["home"])
    command = home / "engine-command.json"
    endpoint = home / "endpoint.json"

    def edit(case: str, **arguments: Any) -> None:
        image = bench.load(asked["picture"])
        _edit(bench, out, results, case, image, [bench.layers(image)[0]], **arguments)

    killer = threading.Thread(target=_kill_when_busy, args=(endpoint,))
    killer.start()
    edit("killed", with_="slow")
    killer.join()
    edit("stale, no command")
    command.write_text(json.dumps(["/nowhere/text-replace", "serve"]))
    edit("stale, command missing")
    command.write_text(json.dumps(["false"]))
    edit("command exits at once")
    if asked["command"]:
        command.write_text(json.dumps(asked["command"]))
        edit("started")


def _kill_when_busy(endpoint: pathlib.Path) -> None:
    """kill -9 once the engine has been busy for a moment."""
    pid = json.loads(endpoint.read_text())["pid"]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with Link.connect() as link:
            if link.status().busy:
                break
        time.sleep(0.05)
    time.sleep(1.0)
    os.kill(pid, signal.SIGKILL)


def interference(bench: Bench, asked: dict[str, Any], out: pathlib.Path, results: Results) -> None:
    """Somebody else changes the image while the engine works: the test's engine asks for that at each edit."""
    for case in ("nothing", "delete layer", "move layer", "resize layer", "paint", "close image"):
        image = bench.new_image(200, 150, "u8")
        layer = bench.new_layer(image, "source", 160, 120, None)
        bench.set_pixels(layer, 0, 0, 160, 120, bytes([10, 200, 30, 255]) * (160 * 120))
        bench.new_layer(image, "other", 50, 50, None)
        bench.select_rectangle(image, 20, 20, 90, 70, 0)
        (out / "case").write_text(case)
        called = bench.call(image, [layer], "apple", "orange")
        results[case] = {"status": called.status, "message": called.message}
        if case == "close image":
            results[case]["gone"] = bench.is_gone(image)
        else:
            results[case]["after"] = dump(bench, image, out / case)
            bench.close(image)
    _large_layer(bench, results)


def _large_layer(bench: Bench, results: Results) -> None:
    """12 megapixels with alpha."""
    width, height = 4000, 3000
    image = bench.new_image(width, height, "u8")
    layer = bench.new_layer(image, "large", width, height, None)
    strip = os.urandom(width * 100 * 4)
    for y in range(0, height, 100):
        bench.set_pixels(layer, 0, y, width, 100, strip)
    called = bench.call(image, [layer], "apple", "orange")
    results["12 megapixels"] = {"status": called.status, "message": called.message}
    bench.close(image)


def options(bench: Bench, asked: dict[str, Any], out: pathlib.Path, results: Results) -> None:
    """Every option, and Edit Again on what was saved and opened again; the engine paints noise of the request."""

    def opened(selected: bool) -> tuple[Any, Any]:
        image = bench.new_image(200, 150, "u8")
        layer = bench.new_layer(image, "source", 160, 120, None)
        data = bytearray((x * 7 + y * 13 + c * 50) % 251 for y in range(120) for x in range(160) for c in range(4))
        data[3 : 160 * 60 * 4 : 4] = b"\xff" * (160 * 60)
        bench.set_pixels(layer, 0, 0, 160, 120, bytes(data))
        if selected:
            bench.select_rectangle(image, 30, 25, 70, 60, 9.0)
        return image, layer

    def looked_at(case: str, image: Any, many: Any) -> None:
        data = [bench.pixels(new, 0, 0, 160, 120)[0].hex() for new in many.layers]
        masks = [bench.layer_mask(new) for new in many.layers]
        results[case] = {
            "status": many.status,
            "message": many.message,
            "scores": many.scores,
            "names": [bench.describe(new)["name"] for new in many.layers],
            "pixels": data,
            "masks": ["" if mask is None else bench.pixels(mask, 0, 0, 160, 120)[0].hex() for mask in masks],
            "recipes": [(bench.recipe(new) or b"").decode() for new in many.layers],
            **dump(bench, image, out / case),
        }

    results["arguments"] = bench.arguments()
    image, layer = opened(selected=True)
    many = bench.call_with_options(image, layer, 8, **{"variations": 3, "keep-selection": True})
    looked_at("variations", image, many)
    bench.save(image, str(out / "saved.xcf"))

    image = bench.load(str(out / "saved.xcf"))
    second = next(found for found in bench.layers(image) if bench.describe(found)["name"].endswith("seed 8"))
    called = bench.edit_again(image, second)
    results["again"] = {"status": called.status, "message": called.message, **dump(bench, image, out / "again")}
    bench.remove_layer(image, bench.layers(image)[-1])
    called = bench.edit_again(image, bench.layers(image)[1])
    results["source gone"] = {"status": called.status, "message": called.message}

    image, layer = opened(selected=True)
    before = dump(bench, image, out / "soft")
    many = bench.call_with_options(image, layer, 5, **{"use-selection": True, "keep-selection": True})
    looked_at("my selection", image, many)
    kept = bench.channel(image, "Selection before Text Replace")
    results["my selection"]["before"] = before
    results["my selection"]["kept"] = bench.pixels(kept, 0, 0, 200, 150)[0].hex()

    image, layer = opened(selected=False)
    looked_at("plain", image, bench.call_with_options(image, layer, 5))
    image, layer = opened(selected=False)
    looked_at("mask", image, bench.call_with_options(image, layer, 5, **{"as-layer-mask": True}))

    _pairs(bench, out, results, opened, looked_at)

    image, layer = opened(selected=True)
    silent = {"record-recipe": False, "keep-selection": True}
    looked_at("silent", image, bench.call_with_options(image, layer, 5, **silent))
    bench.save(image, str(out / "silent.xcf"))
    called = bench.edit_again(image, bench.layers(image)[0])
    results["no recipe"] = {"status": called.status, "message": called.message}

    cases: dict[str, dict[str, bool]] = {"marked": {}}
    if not bench.version.startswith("2.10"):
        # Scripts of 2.10 cannot ask for it.
        cases["unmarked"] = {"mark": False}
    for case, options in cases.items():
        image = bench.load(asked["camera"])
        many = bench.call_with_options(image, bench.layers(image)[0], 5, **options)
        results[case] = {"status": many.status, "message": many.message, "files": []}
        for suffix in ("png", "jpg", "tif", "webp"):
            results[case]["files"].append(str(out / f"{case}.{suffix}"))
            bench.export(image, results[case]["files"][-1])


def _pairs(bench: Bench, out: pathlib.Path, results: Results, opened: Any, looked_at: Any) -> None:
    """Two objects in one run, and again from the lower layer of the saved file; then one object of its upper layer, and
    that again; one object twice.
    """
    image, layer = opened(selected=False)
    looked_at("pairs", image, bench.call_with_options(image, layer, 5, replace="left\nright", with_="orange\ncat"))
    bench.save(image, str(out / "pairs.xcf"))
    image = bench.load(str(out / "pairs.xcf"))
    called = bench.edit_again(image, bench.layers(image)[2])
    dumped = dump(bench, image, out / "pairs again")
    results["pairs again"] = {"status": called.status, "message": called.message, **dumped}
    many = bench.call_with_options(image, bench.layers(image)[1], 5, replace="middle", with_="pear")
    called = bench.edit_again(image, many.layers[0])
    dumped = dump(bench, image, out / "alone in a group")
    results["alone in a group"] = {"status": called.status, "message": called.message, **dumped}
    image, layer = opened(selected=True)
    twice = bench.call_with_options(image, layer, 5, replace="left\nleft", with_="orange\ncat")
    looked_at("twice", image, twice)


def image_kinds(bench: Bench, asked: dict[str, Any], out: pathlib.Path, results: Results) -> None:
    """The table of kinds against an engine that answers at once; `profiles` is a folder of `icc.write_all`."""
    version = ".".join(bench.version.split(".")[:2])
    kinds.run(_workshop(bench), version, pathlib.Path(asked["profiles"]), out, results)


def photo_modes(bench: Bench, asked: dict[str, Any], out: pathlib.Path, results: Results) -> None:
    """The photo set in the modes of the table of kinds that `modes` names; `profiles` as in `image_kinds`."""
    photo.run(_workshop(bench), asked["modes"], pathlib.Path(asked["profiles"]), out, results)


def _workshop(bench: Bench) -> kinds.Workshop:
    if bench.version.startswith("2.10"):
        from tests.gimp.inside.kinds210 import Workshop210

        return Workshop210()
    from tests.gimp.inside.kinds3 import Workshop3

    return Workshop3()


def fifty_megapixels(bench: Bench, _asked: dict[str, Any], _out: pathlib.Path, results: Results) -> None:
    """One run on a 16-bit layer with alpha, and when it started."""
    width, height = 8660, 5774
    image = bench.new_image(width, height, "u16")
    layer = bench.new_layer(image, "large", width, height, None)
    strip = os.urandom(width * 128 * 4)
    for y in range(0, height, 128):
        rows = min(128, height - y)
        bench.set_pixels(layer, 0, y, width, rows, strip[: width * rows * 4])
    results["started"], start = time.time(), time.monotonic()
    called = bench.call(image, [layer], "apple", "orange")
    results.update(status=called.status, message=called.message, seconds=time.monotonic() - start)
    bench.close(image)


def last_values(bench: Bench, asked: dict[str, Any], out: pathlib.Path, results: Results) -> None:
    """With a window, whose OK the test presses; then once more with the last values; then without the results."""
    image = bench.new_image(200, 150, "u8")
    layer = bench.new_layer(image, "source", 160, 120, None)
    bench.set_pixels(layer, 0, 0, 160, 120, bytes([10, 200, 30, 255]) * (160 * 120))
    for run_mode, replace, with_ in (("interactive", "apple", "orange"), ("last values", "", "")):
        called = bench.call(image, [layer], replace, with_, run_mode=run_mode)
        name = "" if called.layer is None else bench.describe(called.layer)["name"]
        results[run_mode] = {"status": called.status, "message": called.message, "name": name}
    for result in bench.layers(image)[:-1]:
        bench.remove_layer(image, result)
    bench.save(image, str(out / "saved.xcf"))
