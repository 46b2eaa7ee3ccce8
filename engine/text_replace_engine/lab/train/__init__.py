"""Trains the starter models from composed scenes: `run` is what the command line calls."""

from text_replace_engine.lab.train.runner import run

__all__ = ["run"]
