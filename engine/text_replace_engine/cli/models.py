"""`text-replace models`: the models that can be fetched, on this machine."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from text_replace_engine.cli import model_rows
from text_replace_engine.cli.engine_use import leave_deleted_folder
from text_replace_engine.cli.failures import explained
from text_replace_engine.cli.model_rows import size, standing
from text_replace_engine.cli.streams import check_printed
from text_replace_engine.models.fetching.disk import check_room
from text_replace_engine.models.files import STARTER, check_role, damaged
from text_replace_engine.models.folders import STARTER_ROLES
from text_replace_engine.models.full import catalogue
from text_replace_engine.models.full.pulling import FULL
from text_replace_engine.models.photo import catalogue as photo_catalogue
from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_engine.models.photo.roles import KLEIN
from text_replace_engine.painting.latent.names import PainterName
from text_replace_engine.sets import registry
from text_replace_engine.sets.model_set import PullableSet
from text_replace_wire.errors import Cancelled, ModelMissing, UserError
from text_replace_wire.messages import Stage

if TYPE_CHECKING:
    from text_replace_engine.models.fetching.fetched import FetchedModels
    from text_replace_engine.models.fetching.pulling import OnPullProgress, PullPlan

app = typer.Typer(
    help="The models that can be fetched: photo, for any picture, and full, the paper's. Nothing is fetched unasked.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_STARTER = "starter"
Pulled = Annotated[str | None, typer.Argument(metavar="[photo|full]", help="Which models; else full.")]
WhichSet = Annotated[
    str | None, typer.Argument(metavar="[starter|photo|full]", help="Which models; else whatever is installed.")
]


def _choice(role: str) -> Any:
    names = catalogue.variants(role)
    return typer.Option(
        metavar="|".join(names), help=f"Of the full models, which {role}; else the installed one, else {names[0]}."
    )


@app.command(name="list")
def show(
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """List all models with sizes, licences, what is installed and what fits this machine."""
    with explained():
        listed, sets = registry.described(), registry.model_sets()
        if json:
            typer.echo(jsonlib.dumps(model_rows.as_json(listed, sets, str(FULL.folder())), indent=2))
            check_printed()
            return
        for line in model_rows.lines(listed, sets):
            typer.echo(line)
        typer.echo("Any upscaler that spandrel can load is used by the full models once you import its file.")
        typer.echo(f"Folder: {FULL.folder().parent}")
        check_printed()


@app.command()
def pull(
    which: Pulled = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", "--accept-licences", help="Accept the licences shown; do not ask.")
    ] = False,
    denoiser: Annotated[str | None, _choice("denoiser")] = None,
    clip: Annotated[str | None, _choice("clip")] = None,
    perceptual: Annotated[str | None, _choice("perceptual")] = None,
    segmenter: Annotated[str | None, _choice("segmenter")] = None,
    painter: Annotated[
        PainterName | None,
        typer.Option(
            help="Of the photo models: klein fetches FLUX.2 klein too; else what a graphics card has room for."
        ),
    ] = None,
) -> None:
    """Fetch and install models; goes on where it stopped.

    $HF_ENDPOINT and $TEXT_REPLACE_MIRROR name mirrors: of the hub, and of a folder with all other files.
    Exit codes: 2 not accepted, 4 not to be had or damaged, 7 no room.
    """
    with explained() as interrupt:
        fetched = registry.pullable(which or FULL.id).fetched
        if which is None:
            typer.echo(
                f"These are the full models, for research; “text-replace models pull {PHOTO.id}” fetches the photo "
                "models, which may be used commercially.",
                err=True,
            )
        choices = {"denoiser": denoiser, "clip": clip, "perceptual": perceptual, "segmenter": segmenter}
        if fetched is PHOTO:
            choices |= _painters(painter)
        elif painter is not None:
            raise UserError(f"The {fetched.id} models have no painter to choose.")
        plan = fetched.plan({role: variant for role, variant in choices.items() if variant is not None})
        _show_terms(plan, fetched)
        if plan.models:
            check_room(fetched.folder(), plan.room)
            _consent(yes)
        with _progress() as on_progress:
            fetched.pull(plan, on_progress, interrupt.is_set)
        for model in plan.models:
            origin = fetched.origins()[model.role]
            typer.echo(f"{model.title}: SHA-256 {origin.sha256} ({standing(origin.published)})")
        typer.echo(f"The {fetched.id} models are installed in “{fetched.folder()}”.")


@app.command()
def verify(which: WhichSet = None) -> None:
    """Compare every installed file with the hash that was recorded. Exit code 4 for one that differs or is missing."""
    with explained():
        if which in (None, _STARTER):
            for role in STARTER_ROLES:
                check_role(STARTER, role)
            typer.echo("starter: as they were made")
        if which is None:
            for each in registry.model_sets().values():
                if isinstance(each, PullableSet) and any(each.fetched.folder().glob("*.json")):
                    _verify(each.fetched)
        elif which != _STARTER:
            _verify(registry.pullable(which).fetched)
        check_printed()


def _verify(fetched: FetchedModels) -> None:
    missing = fetched.missing()
    if missing:
        raise ModelMissing(
            f"The {fetched.id} models are not installed (missing: {', '.join(missing)}): run “text-replace models "
            f"pull {fetched.id}”."
        )
    for role in fetched.recorded():
        fetched.verify(role)
        origin = fetched.origins().get(role)
        if origin is None:
            raise damaged(fetched.folder() / f"{role}.json")
        typer.echo(f"{fetched.id} {role}: {origin.file} as it was installed, {standing(origin.published)}")
    for role in fetched.computed():
        check_role(fetched.folder(), role)
        typer.echo(f"{fetched.id} {role}: as it was computed")


@app.command()
def path(
    which: Annotated[str, typer.Argument(metavar="[starter|photo|full]", help="Which models; else full.")] = FULL.id,
) -> None:
    """Print the folder of the models; that of models to be fetched may not exist yet."""
    with explained():
        typer.echo(str(STARTER if which == _STARTER else registry.pullable(which).fetched.folder()))
        check_printed()


@app.command()
def remove(which: Pulled = None) -> None:
    """Delete models, and what was fetched of them."""
    with explained():
        if which == _STARTER:
            raise UserError("The starter models are part of the engine: uninstall Text Replace to remove them.")
        fetched = registry.pullable(which or FULL.id).fetched
        freed = fetched.remove()
        typer.echo(
            f"The {fetched.id} models are removed ({size(freed)})."
            if freed
            else f"No {fetched.id} models were installed."
        )


@app.command(name="import")
def import_(source: Annotated[Path, typer.Argument(metavar="PATH", help="A file, or a folder of files.")]) -> None:
    """Install models from files that you have: recognised by their contents, whatever they are called.

    For machines without a network, for models that cannot be fetched unasked, and for an upscaler of your own.
    """
    with explained() as interrupt:
        from text_replace_engine.models.importing import import_files

        if source.is_absolute():
            leave_deleted_folder()
        with _progress() as on_progress:
            imported = import_files(source, on_progress, interrupt.is_set)
        for (identifier, role), origin in imported.items():
            typer.echo(f"{identifier} {role}: {origin.variant}, from {origin.file} ({standing(origin.published)})")
        for fetched in (FULL, PHOTO):
            if not any(identifier == fetched.id for identifier, _ in imported):
                continue
            missing = fetched.missing()
            if missing:
                typer.echo(f"Still missing for the {fetched.id} models: {', '.join(missing)}.")
            else:
                typer.echo(f"The {fetched.id} models are installed in “{fetched.folder()}”.")


def _painters(asked: PainterName | None) -> dict[str, str]:
    """What of the optional painter is fetched; without a choice, what this machine has room for."""
    if asked is None and not PHOTO.is_there(KLEIN):
        from text_replace_engine.painting.latent.klein.picking import picked

        fits, why = picked()
        typer.echo(why, err=True)
        asked = PainterName.KLEIN if fits else None
    if asked is PainterName.LAMA:
        raise UserError("LaMa is not fetched: import its file with “text-replace models import”.")
    return {KLEIN: photo_catalogue.KLEIN} if asked is PainterName.KLEIN else {}


def _show_terms(plan: PullPlan, fetched: FetchedModels) -> None:
    for role, source in plan.lent:
        typer.echo(f"{role}: copied from “{source}”, where it is installed already.", err=True)
    if not plan.models:
        return
    typer.echo(f"To be fetched: {size(plan.to_fetch)}, into “{fetched.folder()}”.", err=True)
    for model in plan.models:
        known = "" if model.sha256 else ", hash unverified"
        typer.echo(f"  {model.title}, {size(model.size)}{known}\n    {model.licence}: {model.terms}", err=True)


def _consent(given: bool) -> None:
    if given:
        return
    if not sys.stdin.isatty():
        raise UserError("Nothing was fetched: read the licences above and accept them with --yes.")
    if not typer.confirm("Do you accept these licences, and fetch the models?", err=True):
        raise Cancelled("Nothing was fetched.")


@contextmanager
def _progress() -> Iterator[OnPullProgress]:
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
