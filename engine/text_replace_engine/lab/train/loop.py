"""The training loop that all networks share: resumable to the step, with EMA, ETA and sample sheets."""

from __future__ import annotations

import math
import os
import time
from abc import ABC, abstractmethod
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from text_replace_engine import devices
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.store import Config, read_role

CHECKPOINT_SECONDS = 60


@dataclass(frozen=True)
class Schedule:
    """How long to train: until `steps`, or until `minutes` of training have passed, whichever comes first."""

    steps: int
    minutes: float | None = None

    def progress(self, step: int, seconds: float) -> float:
        """The fraction done, 0 to 1."""
        share = step / self.steps
        return min(1.0, share if self.minutes is None else max(share, seconds / 60 / self.minutes))


class TrainingTask(ABC):
    """What differs from network to network."""

    name: str
    steps: int
    rates: tuple[float, float]
    ema_decay = 0.999
    weight_decay = 0.01
    betas = (0.9, 0.999)
    #: Where its weights belong.
    home: Path = STARTER

    @abstractmethod
    def network(self) -> nn.Module:
        """The network, freshly initialised, or with the committed weights where there are any."""

    def groups(self, network: nn.Module) -> list[dict[str, Any]]:
        """Its parameters (`params`) in groups, each with its `share` of the rate and clipped by itself."""
        return [{"params": list(network.parameters()), "share": 1.0}]

    @abstractmethod
    def loss(self, network: nn.Module, step: int, progress: float) -> Tensor:
        """The loss of one batch; every random choice in it comes from torch's global generator or from `step`."""

    @abstractmethod
    def sheet(self, network: nn.Module) -> Image.Image:
        """A picture of what the network can do now."""

    @abstractmethod
    def export(self, network: nn.Module, folder: Path) -> None:
        """Write the network's weights into a folder."""

    def compile(self, network: nn.Module) -> None:
        """Have compiled what takes the time; only ever asked on a graphics card."""
        network.compile()


def load_committed(network: nn.Module, folder: Path, role: str, config: Config) -> bool:
    """Give a network the weights that `folder` has for its role. False: there are none of this configuration."""
    if not (folder / f"{role}.json").exists():
        return False
    stored = read_role(folder, role)
    if stored.config != config:
        return False
    network.load_state_dict(dict(stored.tensors))
    return True


#: How many times as many samples a step takes on a graphics card, which works through them in the same time.
MORE = 32 if devices.best().type == "cuda" else 1
#: Processes that compose samples: a graphics card takes more of them than one core composes.
WORKERS = max(1, (os.cpu_count() or 1) - 2) if devices.best().type == "cuda" else 0


#: A card may be taken away at any time.
SHEET_SECONDS = 600 if MORE == 1 else 60


def autocast() -> torch.autocast:
    """bfloat16 where the device has instructions for it."""
    device = devices.best()
    return torch.autocast(device.type, torch.bfloat16, enabled=devices.computes_bfloat16(device))


def fit(task: TrainingTask, schedule: Schedule, cache: Path, seed: int, export: Path | None, stop: Event) -> nn.Module:
    """Train `task`, or go on from its checkpoint in `cache`, until the schedule ends or `stop` is set, which saves.

    export: the folder to write weights into, now and then and at the end. Returns the averaged network. The state after
    step n is the same whether or not the training was stopped before.
    """
    folder = cache / task.name
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    device = devices.best()
    torch.manual_seed(seed)
    network = task.network().to(device)
    average = deepcopy(network).requires_grad_(False).eval()
    if device.type == "cuda":
        task.compile(network)
    optimizer = torch.optim.AdamW(
        task.groups(network), lr=task.rates[0], betas=task.betas, weight_decay=task.weight_decay, fused=True
    )
    step, spent = 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True, map_location=device)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"].cpu())
        if device.type == "cuda" and state.get("random_on_device") is not None:
            torch.cuda.set_rng_state(state["random_on_device"].cpu())
        step, spent = state["step"], state["seconds"]
    started = last_log = last_save = last_sheet = time.monotonic()
    total, counted = torch.zeros((), device=device), 0

    def save() -> None:
        state = {
            "network": network.state_dict(),
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "random_on_device": torch.cuda.get_rng_state() if device.type == "cuda" else None,
            "step": step,
            "seconds": spent + time.monotonic() - started,
        }
        partial = checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(checkpoint)

    def show() -> None:
        task.sheet(average).save(folder / f"sheet-{step:06d}.png")
        if export is not None:
            task.export(average, export)

    network.train()
    while (progress := schedule.progress(step, spent + time.monotonic() - started)) < 1 and not stop.is_set():
        for group in optimizer.param_groups:
            group["lr"] = group["share"] * _rate(task.rates, progress, step)
        loss = task.loss(network, step, progress)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        for group in optimizer.param_groups:
            nn.utils.clip_grad_norm_(group["params"], 1.0)
        optimizer.step()
        _follow(average, network, min(task.ema_decay, (1 + step) / (10 + step)))
        if counted == 0 and step == 0:
            started = time.monotonic()  # the first step composed the pool, which is no training
        step += 1
        total, counted = total + loss.detach(), counted + 1
        now = time.monotonic()
        if now - last_log > 15:
            done = schedule.progress(step, spent + now - started)
            left = (spent + now - started) * (1 - done) / done / 60 if done else math.inf
            print(
                f"{task.name} step {step} loss {total.item() / counted:.4f} {100 * done:.1f} % {left:.1f} min left",
                flush=True,
            )
            last_log, total, counted = now, torch.zeros_like(total), 0
        if now - last_save > CHECKPOINT_SECONDS:
            save()
            last_save = time.monotonic()
        if now - last_sheet > SHEET_SECONDS:
            show()
            last_sheet = time.monotonic()
    save()
    if not stop.is_set():
        show()
    return average


def _rate(rates: tuple[float, float], progress: float, step: int) -> float:
    high, low = rates
    cosine = low + (high - low) * 0.5 * (1 + math.cos(math.pi * progress))
    return cosine * min(1.0, (step + 1) / 200)


def _follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    with torch.no_grad():
        torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - decay)
        for kept, current in zip(average.buffers(), network.buffers(), strict=True):
            kept.copy_(current)
