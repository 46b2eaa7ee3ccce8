"""`text-replace doctor`."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Callable
from importlib.metadata import version

import typer

from text_replace_engine import memory_limits
from text_replace_engine.cli.engine_use import leave_deleted_folder, own_engine
from text_replace_engine.cli.failures import explained
from text_replace_engine.cli.streams import check_printed
from text_replace_wire import paths
from text_replace_wire.errors import ModelDamaged, TextReplaceError

#: What an edit imports, by the name of its package.
_PACKAGES = {
    "torch": "torch",
    "torchvision": "torchvision",
    "transformers": "transformers",
    "diffusers": "diffusers",
    "open_clip": "open_clip_torch",
    "lpips": "lpips",
    "PIL": "pillow",
    "imagecodecs": "imagecodecs",
    "tifffile": "tifffile",
}


def doctor(context: typer.Context) -> None:
    """Check this installation. Exit code 4 when something that an edit needs is missing or damaged, 6 when
    a limit on memory is too low for it.
    """
    with explained():
        leave_deleted_folder()
        typer.echo(f"python {platform.python_version()}, {platform.platform()}")
        memory_limits.check()
        packages = [_check(package, _importing(module, package)) for module, package in _PACKAGES.items()]
        usable = _check("models", lambda: _loading(context))
        typer.echo(f"state folder: {paths.home()}")
        typer.echo(f"log folder: {paths.log_dir()}")
        typer.echo(f"engine: {_engine()}")
        check_printed()
        if not all(packages):
            raise ModelDamaged("This installation is not complete: install Text Replace again.")
        if not usable:
            raise ModelDamaged("The models cannot be used: what is said of them above tells what to do.")


def _check(what: str, look: Callable[[], str]) -> bool:
    """Print what `look` found, or why it could not."""
    try:
        typer.echo(f"{what}: {look()}")
    # A package that is half there can raise anything while it is imported.
    except Exception as error:
        typer.echo(f"{what}: NOT USABLE, {type(error).__name__}: {error}")
        return False
    return True


def _importing(module: str, package: str) -> Callable[[], str]:
    def look() -> str:
        importlib.import_module(module)
        return version(package)

    return look


def _loading(context: typer.Context) -> str:
    engine = own_engine(context)
    engine.warm()
    return f"{', '.join(engine.loaded)}, verified, on {engine.device_name}"


def _engine() -> str:
    from text_replace_engine.serving import lifecycle

    try:
        status = lifecycle.status()
    except TextReplaceError as error:
        return str(error)
    return "not running" if status is None else f"running, process {status.pid}"
