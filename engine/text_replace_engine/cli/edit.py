"""`text-replace edit`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from text_replace_engine.cli import options
from text_replace_engine.cli.descriptors import is_standard_output, meant_by
from text_replace_engine.cli.engine_use import Dtype, EngineUse, opened
from text_replace_engine.cli.failures import Interrupt, explained
from text_replace_engine.cli.journal import Journal
from text_replace_engine.cli.outputs import check_outputs, write_outputs
from text_replace_engine.cli.pointing import Pointed, pointed
from text_replace_engine.cli.progress import progress_bar
from text_replace_engine.client.report import Report
from text_replace_engine.painting.latent.names import PainterName, Room, Scheduler, Storage
from text_replace_wire.api import EngineApi
from text_replace_wire.building import edit_request, find_request
from text_replace_wire.errors import UserError
from text_replace_wire.messages import MaskKind, check_prompt, check_shape, check_wanted
from text_replace_wire.options import AUTO, MAX_SEED, random_seed
from text_replace_wire.painting import Painting
from text_replace_wire.prompts import shown
from text_replace_wire.where import chosen


@dataclasses.dataclass(frozen=True)
class _Asked:
    """The command line, checked as far as it can be without reading a file."""

    source: Path
    replace: str
    with_: str
    out: Path
    mask: Path | None
    object_mask: Path | None
    where: Path | None
    region: Path | None
    page: int | None
    picked: tuple[int, ...]
    pointed: Pointed
    seed: int
    models: str
    painting: Painting
    mark: bool


def edit(
    context: typer.Context,
    source: options.PictureArgument,
    replace: options.ReplaceOption,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT", help="The result, .png or .tif.")],
    with_: Annotated[
        str | None, typer.Option("--with", metavar="TEXT", help="What to paint instead, for example “orange”.")
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
    scheduler: Annotated[Scheduler | None, typer.Option(help="How the steps are taken.")] = None,
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
    """Replace an object in a picture.

    Exit codes: 0 done, 1 a bug, 2 wrong usage or input, 3 not found, 4 models, 5 engine, 6 memory, 7 output,
    130 interrupted.
    """
    if with_ is None and not remove:
        context.fail("Missing option '--with', or '--remove'.")
    seed = random_seed() if seed is None else seed
    own = {
        "painter": None if painter is None else painter.value,
        "strength": strength,
        "steps": steps,
        "guidance_scale": guidance_scale,
        "negative_prompt": negative_prompt,
        "scheduler": None if scheduler is None else scheduler.value,
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
    report = Report(
        replace=replace,
        with_=with_,
        removed=remove,
        seed=seed,
        preset=preset.value,
        region="found" if region is None else "given",
        facts=options.UNPAINTED,
    )
    journal = Journal(json, report)
    with explained(journal.fail) as interrupt:
        if remove and with_ is not None:
            raise UserError("--remove puts nothing in the object's place: leave it out, or --with.")
        painting = Painting(preset.value, grow, feather, keep_at, remove=remove).with_options(**own)
        check_shape(painting, MaskKind.OBJECT if region is None else MaskKind.REGION)
        facts = {**options.UNPAINTED, **own}
        journal.report = dataclasses.replace(journal.report, grow=grow, feather=feather, facts=facts)
        asked = _Asked(
            source=source,
            replace=check_prompt(replace, "Replace"),
            with_=check_wanted(with_ or "", painting),
            out=out,
            mask=mask,
            object_mask=object_mask,
            where=where,
            region=region,
            page=page,
            picked=_ranks(pick),
            pointed=pointed(point or (), box),
            seed=seed,
            models=models,
            painting=painting,
            mark=not no_mark,
        )
        _check_files(asked, json)
        if asked.pointed and (asked.region is not None or asked.picked):
            raise UserError("--point and --box say where the object is: leave out --region and --pick.")
        journal.report = journal.report.pointed(asked.pointed.points, asked.pointed.box)
        _edit(asked, journal, interrupt, partial(opened, context, engine, device, dtype))
        for said in (*journal.report.warnings, *filter(None, [journal.report.understood])):
            typer.echo(said, err=True)
        change = f"{shown(asked.replace)} removed" if remove else f"{shown(asked.replace)} → {shown(asked.with_)}"
        done = f"Wrote “{out}”: {change}, seed {seed}."
        typer.echo(done, err=any(is_standard_output(path) for path in (out, mask, object_mask, json)))


def _edit(
    asked: _Asked,
    journal: Journal,
    interrupt: Interrupt,
    engine_opened: Callable[[], AbstractContextManager[EngineApi]],
) -> None:
    from text_replace_engine.client import exchange, images

    file = images.read_picture(asked.source, asked.page)
    journal.report = dataclasses.replace(journal.report, size=file.size)
    region = None if asked.region is None else images.read_grey(asked.region, file.size, "--region")
    where = images.read_where(asked.where, file.size)
    picture = exchange.PictureInMemory(file.pixels, where if region is None else region)
    with engine_opened() as engine, progress_bar() as on_progress:
        if region is None:
            at = asked.pointed
            query = find_request(picture, asked.replace, asked.models, asked.with_, asked.painting, at.points, at.box)
            found = engine.find(query, on_progress, interrupt.is_set)
            journal.report = journal.report.found(found, asked.picked or found.chosen)
            place = chosen(found, asked.picked)
        else:
            place = exchange.region_of(picture)
        request = edit_request(picture, place, asked.replace, asked.with_, asked.seed, asked.models, asked.painting)
        edited = engine.edit(request, on_progress, interrupt.is_set)
    journal.report = journal.report.edited(edited.variations[0])
    result = exchange.replaced(file.samples, request, edited)
    encoded = images.encode_picture(result.pixels, file, _suffix(asked.out), asked.mark)
    kept = encoded.kept
    journal.report = journal.report.read_and_written(file.notes, kept.kept, kept.dropped, kept.is_marked)
    contents = {asked.out: encoded.data}
    if asked.mask is not None:
        contents[asked.mask] = images.encode_grey(result.region)
    if asked.object_mask is not None:
        contents[asked.object_mask] = images.encode_grey(result.object_mask)
    write_outputs(contents | journal.files(), {asked.out: encoded.check})


def _check_files(asked: _Asked, json: Path | None) -> None:
    from text_replace_engine.client.images import WRITABLE

    if _suffix(asked.out) not in WRITABLE:
        raise UserError(f"-o “{asked.out}” must end in .png or .tif.")
    for option, path in (("--mask", asked.mask), ("--object-mask", asked.object_mask)):
        if path is not None and path.suffix.lower() != ".png":
            raise UserError(f"{option} “{path}” must end in .png.")
    if asked.region is not None and (asked.where is not None or asked.object_mask is not None):
        raise UserError("--region is the whole edit region: leave out --where and --object-mask.")
    outputs: Mapping[str, Path | None] = {
        "-o": asked.out,
        "--mask": asked.mask,
        "--object-mask": asked.object_mask,
        "--json": json,
    }
    check_outputs(outputs, [asked.source, asked.where, asked.region])


def _suffix(out: Path) -> str:
    """What OUT is written as; an open pipe has a name that nobody chose, and gets a PNG."""
    return out.suffix.lower() if meant_by(out) is None else ".png"


def _ranks(text: str) -> tuple[int, ...]:
    try:
        return tuple(dict.fromkeys(int(part) for part in text.replace(",", " ").split()))
    except ValueError as error:
        raise UserError(f"--pick “{text}” is not a list of ranks: write for example --pick 0,2.") from error
