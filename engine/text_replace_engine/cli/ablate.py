"""`text-replace ablate`: the paper's Figure 7 for any picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from text_replace_engine.cli import options
from text_replace_engine.cli.engine_use import Dtype, own_engine
from text_replace_engine.cli.failures import explained
from text_replace_engine.cli.lab import lab
from text_replace_engine.cli.progress import counting
from text_replace_engine.client.pointing import picked, pointed
from text_replace_wire.errors import UserError
from text_replace_wire.messages import check_prompt, check_wanted
from text_replace_wire.options import AUTO, MAX_SEED
from text_replace_wire.painting import Painting


def ablate(
    context: typer.Context,
    source: options.PictureArgument,
    replace: options.ReplaceOption,
    with_: Annotated[str, typer.Option("--with", metavar="TEXT", help="What to paint instead, for example “orange”.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="A folder; an interrupted run goes on from it.")
    ],
    over: Annotated[str, typer.Option(metavar="NAMES", help="Which λ to vary: clip, l2, lpips.")] = "clip,l2,lpips",
    values: Annotated[
        str, typer.Option(metavar="NUMBERS", help="Its values, 0 to 1000000; the other two are 1000.")
    ] = "0,1,100,1000,1e4,1e5,1e6",
    preset: Annotated[options.Preset, typer.Option(help="How to paint.")] = options.Preset.PAPER,
    seed: Annotated[
        list[int] | None,
        typer.Option(min=0, max=MAX_SEED, help="May be given several times: a figure for each; else 0."),
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, metavar="N", help="Length of the schedule.")] = None,
    grow: Annotated[
        float | None, typer.Option(metavar="PX", help="Pixels by which the object grows, as in edit.")
    ] = None,
    feather: Annotated[
        float | None, typer.Option(metavar="PX", help="Pixels over which the edge fades, as in edit.")
    ] = None,
    where: options.WhereOption = None,
    point: options.PointOption = None,
    box: options.BoxOption = None,
    page: options.PageOption = None,
    pick: Annotated[str, typer.Option(metavar="RANKS", help="Replace these candidates, as in edit.")] = "",
    models: options.ModelsOption = AUTO,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, …")] = None,
    dtype: Annotated[Dtype | None, typer.Option(help="Number format.")] = None,
) -> None:
    """Vary the weight of each loss, one at a time, and see what becomes of the same edit.

    Exit codes as edit.
    """
    with explained(interrupted="Interrupted: the same command goes on from here.") as interrupt:
        lab("benchmark.results.folder").check_folder(out)
        painting = Painting(preset.value, grow, feather).with_options(steps=steps)
        prompts = check_prompt(replace, "Replace"), check_wanted(with_, painting)
        place, ranks = pointed(point or (), box), picked(pick)
        if place and ranks:
            raise UserError("--point and --box say where the object is: leave out --pick.")
        sweep = lab("ablate.sweep").sweep_of(over, values, seed or (0,))

        from text_replace_engine.client import exchange, images

        file = images.read_picture(source, page)
        for note in file.notes:
            typer.echo(note, err=True)
        picture = exchange.PictureInMemory(file.pixels, images.read_where(where, file.size))
        asked = lab("ablate.subject").Asked(picture, *prompts, models, painting, ranks, place.points, place.box)
        engine = own_engine(context, device, dtype)
        with counting() as on_edit:
            written = lab("ablate.command").ablate(engine, asked, sweep, out, on_edit, interrupt.is_set)
        for path in written:
            typer.echo(f"Wrote “{path}”.")
