"""What is asked of the background engine itself: its status, and to stop."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StatusRequest:
    """Ask what the engine is doing."""


@dataclass(frozen=True)
class Status:
    """models: those in memory. queued: requests that wait."""

    engine: str
    pid: int
    busy: bool
    queued: int
    idle_seconds: float
    models: tuple[str, ...]
    device: str


@dataclass(frozen=True)
class StopRequest:
    """Ask the engine to cancel everything and exit; answered by Status, then end of file."""
