"""The real engine's server in this process, with a pipeline behind it that does as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.plugin import fake_engine
from text_replace_engine.serving.server import Server
from text_replace_wire import paths
from text_replace_wire.api import Edited, IsCancelled, IsKept, OnProgress, OnVariation, ignore, never
from text_replace_wire.errors import Cancelled
from text_replace_wire.messages import Edit, Find, Found, Progress, Stage
from text_replace_wire.model_messages import ModelSets
from text_replace_wire.options import AUTO


class ScriptedPipeline:
    """See `api.EngineApi`; without models: "crash" is a mistake, "wait" ends after `go_on`.

    finds: all. edits: of what else was painted. What is pointed at is found as `fake_engine.found_there` does.
    """

    device_name = "fake"
    loaded: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.finds: list[Find] = []
        self.edits: list[Edit] = []

    def warm(self, models: str = AUTO) -> None:
        """Nothing to load."""

    def model_sets(self) -> ModelSets:
        return fake_engine.SETS

    def find(self, request: Find, on_progress: OnProgress, cancelled: IsCancelled) -> Found:
        on_progress(Progress(Stage.SEGMENT, 0, 1))
        self.finds.append(request)
        return fake_engine.found_there(request)

    def edit(
        self,
        request: Edit,
        on_progress: OnProgress,
        cancelled: IsCancelled,
        kept: IsKept = never,
        on_variation: OnVariation = ignore,
    ) -> Edited:
        if request.with_ == "crash":
            raise ZeroDivisionError(request.with_)
        while request.with_ == "wait" and not self.go_on.wait(0.1):
            if cancelled():
                raise Cancelled
            on_progress(Progress(Stage.EDIT, 1, 2))
        if request.with_ != "wait":
            self.edits.append(request)
        edited = fake_engine.painted(request)
        for variation in edited.variations:
            on_variation(variation)
        return edited


@contextmanager
def running(pipeline: ScriptedPipeline) -> Iterator[None]:
    """The real engine's server in this process, with `pipeline` behind it."""
    server = Server(lambda: pipeline, 3600)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not paths.endpoint_file().exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        yield
    finally:
        server.stop()
        thread.join(30)
