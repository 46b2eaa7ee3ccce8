"""How a command fails: one sentence on stderr and its exit code (engine/REFERENCE.md)."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import typer

from text_replace_engine import signals
from text_replace_engine.failures import failure_of
from text_replace_wire.errors import Cancelled, TextReplaceError


class Interrupt:
    """Ctrl-C and a polite kill: raise KeyboardInterrupt, and stay set for code in which a library swallowed that."""

    def __init__(self) -> None:
        self._pressed = False

    def is_set(self) -> bool:
        return self._pressed

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self._pressed = True
        raise KeyboardInterrupt


@contextmanager
def explained(
    on_failure: Callable[[TextReplaceError], None] = lambda error: None,
    interrupted: str = "Interrupted: nothing was written.",
) -> Iterator[Interrupt]:
    """Gives the Interrupt that Ctrl-C sets while the block runs, and turns whatever that raises into one sentence and
    its exit code; `on_failure` hears of it first. interrupted: the sentence of Ctrl-C.
    """
    interrupt = Interrupt()
    with signals.heard(interrupt):
        try:
            yield interrupt
        except typer.Exit:
            raise
        except BaseException as error:
            is_pressed = interrupt.is_set() or isinstance(error, KeyboardInterrupt)
            failure = Cancelled(interrupted) if is_pressed else failure_of(error)
            with suppress(KeyboardInterrupt):
                _tell(str(failure))
                try:
                    on_failure(failure)
                except TextReplaceError as second:
                    if str(second) != str(failure):
                        _tell(str(second))
            raise typer.Exit(failure.exit_code) from error


def _tell(sentence: str) -> None:
    print(f"text-replace: {sentence}", file=sys.stderr)


def quieten() -> None:
    """Libraries' warnings are for their developers; what users must know is an error of ours."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    for name, value in (("HF_HUB_DISABLE_PROGRESS_BARS", "1"), ("TRANSFORMERS_VERBOSITY", "error")):
        os.environ.setdefault(name, value)
