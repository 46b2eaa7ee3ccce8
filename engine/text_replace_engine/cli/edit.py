"""`text-replace edit`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from text_replace_engine.cli import options, replacing
from text_replace_engine.cli.descriptors import is_standard_output
from text_replace_engine.cli.engine_use import Dtype, EngineUse, opened
from text_replace_engine.cli.failures import explained
from text_replace_engine.cli.journal import Journal
from text_replace_engine.cli.replacing import Asked
from text_replace_engine.client.pointing import picked, pointed
from text_replace_engine.client.report import Report
from text_replace_engine.client.wanted import Wanted, pairs_of
from text_replace_engine.painting.latent.names import PainterName, Room, Storage
from text_replace_wire.choosing import Select
from text_replace_wire.options import AUTO, MAX_SEED, random_seed
from text_replace_wire.painting import Painting
from text_replace_wire.pairs import Pair
from text_replace_wire.prompts import shown


def edit(
    context: typer.Context,
    source: options.PictureArgument,
    replace: options.ReplacedOption,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT", help="The result, .png or .tif.")],
    with_: Annotated[
        list[str] | None,
        typer.Option(
            "--with", metavar="TEXT", help="What to paint instead, for example “orange”; one for each --replace."
        ),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Put nothing in its place; photo models only.")] = False,
    mask: Annotated[Path | None, typer.Option(metavar="F.png", help="Write the edit region.")] = None,
    object_mask: Annotated[
        Path | None, typer.Option(metavar="F.png", help="Write the object mask, before it is grown.")
    ] = None,
    where: options.WhereOption = None,
    point: options.PointOption = None,
    box: options.BoxOption = None,
    page: options.PageOption = None,
    region: Annotated[
        Path | None,
        typer.Option(metavar="F.png", help="The edit region, grey, of IN's size: nothing is looked for."),
    ] = None,
    select: options.SelectOption = Select.OURS,
    pick: Annotated[
        str, typer.Option(metavar="RANKS", help="Replace these candidates (see segment), for example 0,2.")
    ] = "",
    seed: Annotated[
        int | None, typer.Option(min=0, max=MAX_SEED, help="The same seed gives the same picture; else a random one.")
    ] = None,
    preset: Annotated[options.Preset, typer.Option(help="How to paint.")] = options.Preset.STANDARD,
    models: options.ModelsOption = AUTO,
    engine: options.EngineOption = EngineUse.AUTO,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, …; in this process.")] = None,
    dtype: Annotated[Dtype | None, typer.Option(help="Number format; in this process.")] = None,
    working_size: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Side of the square that the network paints.")
    ] = None,
    painter: Annotated[
        PainterName | None,
        typer.Option(help="What paints; else FLUX.2 klein where it is installed and fits this machine."),
    ] = None,
    strength: Annotated[
        float | None,
        typer.Option(metavar="S", help="Share of the schedule that runs: less keeps more of the picture; 1: all."),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Length of the schedule, of which strength is a share.")
    ] = None,
    guidance_scale: Annotated[
        float | None, typer.Option(metavar="G", help="How closely the prompt is followed; 1: without guidance.")
    ] = None,
    negative_prompt: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What not to paint; it takes a guidance scale above 1.")
    ] = None,
    scheduler: Annotated[options.Scheduler | None, typer.Option(help="How the steps are taken.")] = None,
    eta: Annotated[
        float | None,
        typer.Option(metavar="η", help="How much of DDPM's noise every step of DDIM adds; 0: none."),
    ] = None,
    room: Annotated[Room | None, typer.Option(help="How far around the object is painted over.")] = None,
    refine: Annotated[
        bool | None, typer.Option("--refine/--no-refine", help="Paint a large object a second time, finer.")
    ] = None,
    tiled_decoding: Annotated[
        bool | None,
        typer.Option("--tiled-decoding/--no-tiled-decoding", help="Decode the picture in tiles; less memory."),
    ] = None,
    storage: Annotated[Storage | None, typer.Option(help="In how many bits FLUX.2 klein's weights are kept.")] = None,
    grow: Annotated[
        float | None,
        typer.Option(metavar="PX", help="Pixels by which the object grows before it is painted over; 0: not at all."),
    ] = None,
    feather: Annotated[
        float | None, typer.Option(metavar="PX", help="Pixels over which the edge fades; 0: a hard edge.")
    ] = None,
    remnants: Annotated[
        bool, typer.Option("--remnants/--no-remnants", help="Paint over the object's shadow and strings, too.")
    ] = True,
    lambda_clip: Annotated[float | None, typer.Option(metavar="λ", help="Weight of the prompt's loss.")] = None,
    lambda_lpips: Annotated[
        float | None, typer.Option(metavar="λ", help="Weight of the surroundings' perceptual loss.")
    ] = None,
    lambda_l2: Annotated[
        float | None, typer.Option(metavar="λ", help="Weight of the surroundings' squared difference.")
    ] = None,
    cutouts: Annotated[
        int | None, typer.Option(metavar="N", help="Views of the painted picture that are compared with the prompt.")
    ] = None,
    keep_at: Annotated[
        int | None, typer.Option(metavar="N", help="End after N steps with the best so far (kept_at in a report).")
    ] = None,
    no_mark: Annotated[
        bool, typer.Option("--no-mark", help="Do not write into OUT's metadata that generative AI edited it.")
    ] = False,
    json: options.ReportOption = None,
) -> None:
    """Replace an object in a picture; several, where --replace and --with are given several times.

    Exit codes: 0 done, 1 a bug, 2 wrong usage or input, 3 not found, 4 models, 5 engine, 6 memory, 7 output,
    130 interrupted.
    """
    wanted = with_ or []
    if not wanted and not remove:
        context.fail("Missing option '--with', or '--remove'.")
    seed = random_seed() if seed is None else seed
    own = {
        "painter": None if painter is None else painter.value,
        "strength": strength,
        "steps": steps,
        "guidance_scale": guidance_scale,
        "negative_prompt": negative_prompt,
        "scheduler": None if scheduler is None else scheduler.value,
        "eta": eta,
        "room": None if room is None else room.value,
        "refine": refine,
        "tiled_decoding": tiled_decoding,
        "storage": None if storage is None else storage.value,
        "lambda_clip": lambda_clip,
        "lambda_lpips": lambda_lpips,
        "lambda_l2": lambda_l2,
        "cutouts": cutouts,
        "working_size": working_size,
    }
    journal = Journal(json, Report())
    with explained(journal.fail) as interrupt:
        painting = Painting(preset.value, grow, feather, keep_at, remove=remove, remnants=remnants).with_options(**own)
        asked = Asked(
            Wanted(
                source=source,
                typed=pairs_of(replace, wanted, painting),
                seed=seed,
                where=where,
                region=region,
                page=page,
                picked=picked(pick),
                select=select,
                pointed=pointed(point or (), box),
                models=models,
                painting=painting,
                mark=not no_mark,
            ),
            out=out,
            mask=mask,
            object_mask=object_mask,
        )
        asked.check(json)
        replacing.replace(asked, journal, interrupt, partial(opened, context, engine, device, dtype))
        understood = (pair.understood for pair in journal.report.pairs)
        for said in (*journal.report.warnings, *filter(None, understood)):
            typer.echo(said, err=True)
        done = f"Wrote “{out}”: {', '.join(map(_change, asked.wanted.pairs))}, seed {seed}."
        typer.echo(done, err=any(is_standard_output(path) for path in (out, mask, object_mask, json)))


def _change(pair: Pair) -> str:
    return f"{shown(pair.replace)} → {shown(pair.with_)}" if pair.with_ else f"{shown(pair.replace)} removed"
