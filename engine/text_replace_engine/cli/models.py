"""`text-replace models`: the full models, for photographs, on this machine."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from text_replace_engine.cli.engine_use import leave_deleted_folder
from text_replace_engine.cli.failures import explained
from text_replace_engine.cli.streams import check_printed
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.full import catalogue, downloads, installed, pulling
from text_replace_wire.errors import Cancelled, ModelMissing, UserError
from text_replace_wire.messages import Stage

if TYPE_CHECKING:
    from text_replace_engine.models.full.catalogue import Model
    from text_replace_engine.models.full.pulling import PullPlan

app = typer.Typer(
    help="The full models: SegFormer, CLIP, LPIPS and guided diffusion, for photographs. Nothing is fetched unasked.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Set(StrEnum):
    STARTER = "starter"
    FULL = "full"


Full = Annotated[Set, typer.Argument(metavar="[full]", help="Only the full models are fetched.")]
WhichSet = Annotated[Set | None, typer.Argument(metavar="[starter|full]", help="Else whatever is installed.")]


def _choice(role: str) -> Any:
    names = catalogue.variants(role)
    return typer.Option(metavar="|".join(names), help=f"Which {role}; else the installed one, else {names[0]}.")


@app.command(name="list")
def show(
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """List the models with sizes, licences and what is installed."""
    with explained():
        rows = [_row(model) for model in catalogue.MODELS]
        upscaler = installed.origins(installed.folder()).get("upscaler")
        if upscaler is not None:
            rows.append(_upscaler_row(upscaler))
        if json:
            typer.echo(jsonlib.dumps({"folder": str(installed.folder()), "models": rows}, indent=2))
            check_printed()
            return
        typer.echo("The starter models are part of the engine (MIT licence) and need no download.\n")
        for row in rows:
            typer.echo(_line(row))
        typer.echo("\nAny upscaler that spandrel can load is used once you import its file.")
        typer.echo(f"Folder: {installed.folder()}")
        check_printed()


@app.command()
def pull(
    which: Full = Set.FULL,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", "--accept-licences", help="Accept the licences shown; do not ask.")
    ] = False,
    denoiser: Annotated[str | None, _choice("denoiser")] = None,
    clip: Annotated[str | None, _choice("clip")] = None,
    perceptual: Annotated[str | None, _choice("perceptual")] = None,
    segmenter: Annotated[str | None, _choice("segmenter")] = None,
) -> None:
    """Fetch and install the full models; goes on where it stopped.

    $HF_ENDPOINT and $TEXT_REPLACE_MIRROR name mirrors: of the hub, and of a folder with all other files.
    Exit codes: 2 not accepted, 4 not to be had or damaged, 7 no room.
    """
    with explained() as interrupt:
        if which is not Set.FULL:
            raise UserError("The starter models come with the engine: there is nothing to fetch.")
        choices = {"denoiser": denoiser, "clip": clip, "perceptual": perceptual, "segmenter": segmenter}
        place = installed.folder()
        plan = pulling.plan(place, {role: variant for role, variant in choices.items() if variant is not None})
        if plan.models:
            _show_terms(plan, place)
            downloads.check_room(place, plan.room)
            _consent(yes)
        with _progress() as on_progress:
            pulling.pull(plan, place, on_progress, interrupt.is_set)
        for model in plan.models:
            origin = installed.origins(place)[model.role]
            typer.echo(f"{model.title}: SHA-256 {origin.sha256} ({_standing(origin.published)})")
        typer.echo(f"The full models are installed in “{place}”.")


@app.command()
def verify(which: WhichSet = None) -> None:
    """Compare every installed file with the hash that was recorded. Exit code 4 for one that differs or is missing."""
    with explained():
        if which is not Set.FULL:
            for role in installed.STARTER_ROLES:
                installed.verify(STARTER, role)
            typer.echo("starter: as they were made")
        if which is not Set.STARTER:
            _verify_full(asked=which is Set.FULL)
        check_printed()


def _verify_full(asked: bool) -> None:
    """asked: that none of them is installed counts, too."""
    full = installed.folder()
    if asked or any(full.glob("*.json")):
        origins = installed.origins(full)
        missing = [role for role in installed.NEEDED if role not in origins]
        if missing:
            raise ModelMissing(
                f"The full models are not installed (missing: {', '.join(missing)}): run “text-replace models pull”."
            )
        for role, origin in origins.items():
            installed.verify(full, role)
            typer.echo(f"full {role}: {origin.file} as it was installed, {_standing(origin.published)}")


@app.command()
def path(which: Annotated[Set, typer.Argument(metavar="[starter|full]")] = Set.FULL) -> None:
    """Print the folder of the models; that of the full ones may not exist yet."""
    with explained():
        typer.echo(str(STARTER if which is Set.STARTER else installed.folder()))
        check_printed()


@app.command()
def remove(which: Full = Set.FULL) -> None:
    """Delete the full models, and what was fetched of them."""
    with explained():
        if which is not Set.FULL:
            raise UserError("The starter models are part of the engine: uninstall Text Replace to remove them.")
        freed = pulling.remove(installed.folder())
        typer.echo(f"The full models are removed ({_size(freed)})." if freed else "No full models were installed.")


@app.command(name="import")
def import_(source: Annotated[Path, typer.Argument(metavar="PATH", help="A file, or a folder of files.")]) -> None:
    """Install models from files that you have: recognised by their contents, whatever they are called.

    For machines without a network, and for an upscaler of your own.
    """
    with explained() as interrupt:
        place = installed.folder()
        if source.is_absolute():
            leave_deleted_folder()
        with _progress() as on_progress:
            found = pulling.import_files(source, place, on_progress, interrupt.is_set)
        for role, origin in found.items():
            typer.echo(f"{role}: {origin.variant}, from {origin.file} ({_standing(origin.published)})")
        missing = [role for role in installed.NEEDED if role not in installed.origins(place)]
        if missing:
            typer.echo(f"Still missing for the full models: {', '.join(missing)}.")
        else:
            typer.echo(f"The full models are installed in “{place}”.")


def _row(model: Model) -> dict[str, Any]:
    origin = installed.origins(installed.folder()).get(model.role)
    there = origin is not None and origin.variant == model.variant
    published = model.downloads[0].sha256
    return {
        "role": model.role,
        "variant": model.variant,
        "default": catalogue.variants(model.role)[0] == model.variant,
        "title": model.title,
        "bytes": model.size,
        "licence": model.licence,
        "terms": model.terms,
        "urls": [url for download in model.downloads for url in download.urls()],
        "sha256": origin.sha256 if origin is not None and there else published,
        "verified": origin.published if origin is not None and there else published is not None,
        "cited": model.downloads[0].cited,
        "installed": there,
    }


def _upscaler_row(origin: installed.Origin) -> dict[str, Any]:
    return {
        "role": "upscaler",
        "variant": origin.variant,
        "default": False,
        "title": f"{origin.variant} ({origin.file})",
        "bytes": 0,
        "licence": "your own file",
        "terms": "",
        "urls": [],
        "sha256": origin.sha256,
        "verified": False,
        "cited": "",
        "installed": True,
    }


def _line(row: dict[str, Any]) -> str:
    marks = ["installed"] if row["installed"] else []
    marks += ["default"] if row["default"] else []
    known = "hash published" if row["verified"] else "hash unverified"
    size = _size(row["bytes"]) if row["bytes"] else "no download"
    state = f" [{', '.join(marks)}]" if marks else ""
    terms = f" ({row['terms']})" if row["terms"] else ""
    first = f"{row['role']:10} {row['variant']:13} {size:>8}  {row['title']}{state}"
    return f"{first}\n{'':35}{row['licence']}{terms}; {known}"


def _show_terms(plan: PullPlan, place: Path) -> None:
    typer.echo(f"To be fetched: {_size(plan.to_fetch)}, into “{place}”.", err=True)
    for model in plan.models:
        known = "" if model.downloads[0].sha256 else ", hash unverified"
        typer.echo(f"  {model.title}, {_size(model.size)}{known}\n    {model.licence}: {model.terms}", err=True)


def _consent(given: bool) -> None:
    if given:
        return
    if not sys.stdin.isatty():
        raise UserError("Nothing was fetched: read the licences above and accept them with --yes.")
    if not typer.confirm("Do you accept these licences, and fetch the models?", err=True):
        raise Cancelled("Nothing was fetched.")


def _standing(published: bool) -> str:
    return "verified against its published hash" if published else "unverified: no published hash confirms it"


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"


@contextmanager
def _progress() -> Iterator[pulling.OnPullProgress]:
    if not sys.stderr.isatty():
        yield lambda stage, what, done, total: None
        return
    from rich import progress as bars
    from rich.console import Console

    fetching = bars.Progress(
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.DownloadColumn(),
        bars.TransferSpeedColumn(),
        bars.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with fetching as bar:
        task = bar.add_task("starting", total=None)

        def show(stage: Stage, what: str, done: int, total: int) -> None:
            description = what if stage is Stage.FETCH else f"preparing {what}"
            bar.update(task, description=description, completed=done, total=total)

        yield show
