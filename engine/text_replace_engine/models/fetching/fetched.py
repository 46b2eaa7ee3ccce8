"""The models of a set that are fetched: what there is, what is installed, fetching, checking, removing. A set says what
is special about its own.
"""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from text_replace_engine.models.fetching.disk import check_room, size_of, unwritable
from text_replace_engine.models.fetching.lending import lend, lender
from text_replace_engine.models.fetching.origins import Origin, origins
from text_replace_engine.models.fetching.pulling import OnPullProgress, Part, PullPlan, fetch_parts
from text_replace_engine.models.fetching.sources import Offered, OwnModel, find
from text_replace_engine.models.fetching.turns import alone
from text_replace_engine.models.files import cache_folder, check_role
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import ModelError, OutputError, UserError


@dataclass(frozen=True)
class Offer:
    """A model, and how it stands here. chosen: a pull without choices would use it. default: also into an empty folder.
    verified: its SHA-256 is published, or was when it was installed. sha256: None while unknown.
    """

    model: Offered
    default: bool
    chosen: bool
    installed: bool
    sha256: str | None
    verified: bool


class FetchedModels(ABC):
    """The models of the set `id`, in a folder of that name.

    roles: all that there may be. needed: without these the set cannot be used. pulled: what a pull fetches. optional:
    what it fetches besides where it is asked to. derived: what `finish` computes of them.
    """

    id: ClassVar[str]
    roles: ClassVar[tuple[str, ...]]
    needed: ClassVar[tuple[str, ...]]
    pulled: ClassVar[tuple[str, ...]]
    optional: ClassVar[tuple[str, ...]] = ()
    derived: ClassVar[tuple[str, ...]]

    @abstractmethod
    def catalogue(self) -> tuple[Offered, ...]:
        """All there is to choose from; the first of a role is its default."""

    @abstractmethod
    def is_there(self, role: str) -> bool:
        """Whether the files of a role are there, without reading them."""

    @abstractmethod
    def verify(self, role: str) -> None:
        """Raises ModelMissing or ModelDamaged unless a role's files are what was recorded when they were installed."""

    @abstractmethod
    def part(self, model: Offered, cancelled: IsCancelled) -> Part:
        """What there is to fetch of a model; may ask the hub. Raises ModelError, OutputError and Cancelled."""

    @abstractmethod
    def finish(self, on_progress: OnPullProgress, cancelled: IsCancelled) -> None:
        """Prepare what takes several roles, once they are there. Raises ModelError, OutputError and Cancelled."""

    @abstractmethod
    def room_to_install(self, models: Sequence[Offered]) -> int:
        """Bytes that have to be free at the worst moment besides those that are fetched, in this order."""

    def folder(self) -> Path:
        """Where they live; it may not exist yet. Raises ModelError where the user has no place for it."""
        return cache_folder() / "models" / self.id

    def origins(self) -> Mapping[str, Origin]:
        """By role, what is installed; a description that cannot be read is left out."""
        return origins(self.folder(), self.roles)

    def missing(self) -> tuple[str, ...]:
        """The roles without which the set cannot be used, and that are not installed."""
        return tuple(role for role in self.needed if not self.is_there(role))

    def is_complete(self) -> bool:
        """Whether the set can be used. What is wrong with files that are there, loading them tells."""
        return all(map(self.is_there, self.needed))

    def is_usable(self) -> bool:
        """As `is_complete`; False also where the user has no place for them, or it is another user's."""
        try:
            return self.is_complete()
        except (ModelError, OSError):
            return False

    def stamp(self) -> Hashable:
        """Changes when other files are installed. Raises ModelError, also where they are removed meanwhile."""
        try:
            return tuple(file.stat().st_mtime_ns for file in sorted(self.folder().glob("*.json")))
        except OSError as error:
            raise ModelError(f"The {self.id} models are being changed: try again when that has ended.") from error

    def defaults(self) -> tuple[Offered, ...]:
        """What a pull without choices fetches into an empty folder."""
        return tuple(map(self._default, self.pulled))

    def size(self) -> int:
        """Bytes to fetch of all that."""
        return sum(model.size for model in self.defaults())

    def offers(self) -> tuple[Offer, ...]:
        """Every model of the catalogue, and those of the user's own that are installed."""
        there = dict(self.origins())
        offers: list[Offer] = []
        defaults = self.defaults()
        for model in self.catalogue():
            origin = there.get(model.role)
            own = origin is not None and origin.variant == model.variant
            default = any((model.role, model.variant) == (each.role, each.variant) for each in defaults)
            chosen = default if origin is None else own
            if origin is not None and own:
                offers.append(Offer(model, default, chosen, True, origin.sha256, origin.published))
                del there[model.role]
            else:
                offers.append(Offer(model, default, chosen, False, model.sha256, model.sha256 is not None))
        for role, origin in there.items():
            own_model = OwnModel(role, origin.variant, f"{origin.variant} ({origin.file})", origin.sha256)
            offers.append(Offer(own_model, False, True, True, origin.sha256, False))
        return tuple(offers)

    def plan(self, chosen: Mapping[str, str]) -> PullPlan:
        """What is missing, or damaged, of the chosen variants, by role. Without a choice, what is installed stays, else
        it is the default; of optional roles, what is installed is repaired, and only a choice fetches more.

        Raises UserError for a choice that there is not.
        """
        place = self.folder()
        known = self.origins()
        there = {role: origin for role, origin in known.items() if self._is_sound(role)}
        wanted: list[Offered] = []
        lent: list[tuple[str, Path]] = []
        lent_size = 0
        strange = sorted(set(chosen) - {*self.pulled, *self.optional})
        if strange:
            raise UserError(f"The {self.id} models have no {strange[0]} to choose.")
        asked = [role for role in self.optional if role in chosen or role in known]
        for model in (*self.defaults(), *map(self._default, asked)):
            role = model.role
            variant = chosen.get(role, there[role].variant if role in there else model.variant)
            if role in there and there[role].variant == variant:
                continue
            model = find(self.catalogue(), role, variant)
            source = lender(place, model)
            if source is None:
                wanted.append(model)
            else:
                lent.append((role, source))
                lent_size += model.size
        missing = sum(model.size - self._already(model) for model in wanted)
        return PullPlan(tuple(wanted), missing, missing + lent_size + self.room_to_install(wanted), tuple(lent))

    def pull(self, what: PullPlan, on_progress: OnPullProgress, cancelled: IsCancelled) -> None:
        """Fetch and install what is planned; what was finished before a failure stays.

        Raises ModelMissing, ModelDamaged, OutputError and Cancelled; ModelError while other models come or go.
        """
        check_room(self.folder(), what.room)
        with alone():
            for role, source in what.lent:
                lend(source, self.folder(), role)
            parts = [self.part(model, cancelled) for model in what.models]
            # A repository may have grown since the catalogue was written.
            listed = sum(download.size for part in parts for download in part.downloads)
            arrived = sum(map(self._already, what.models))
            check_room(self.folder(), listed - arrived + self.room_to_install(what.models))
            fetch_parts(parts, on_progress, cancelled)
            self._forget_damaged()
            self.finish(on_progress, cancelled)

    def recorded(self) -> tuple[str, ...]:
        """The roles of which there is a description, whether or not it can be read."""
        return tuple(role for role in self.roles if (self.folder() / f"{role}.json").exists())

    def computed(self) -> tuple[str, ...]:
        """What was derived of the models, and is there; `files.check_role` verifies it."""
        return tuple(role for role in self.derived if (self.folder() / f"{role}.json").exists())

    def remove(self) -> int:
        """Delete the models and what was fetched of them; gives the bytes that this frees. Raises OutputError, and
        ModelError while models come or go.
        """
        place = self.folder()
        if not place.exists():
            return 0
        with alone():
            try:
                size = size_of(place)
                shutil.rmtree(place)
            except OSError as error:
                raise OutputError(f"“{place}” could not be removed: {error.strerror}.") from error
        return size

    def store(self, model: Offered) -> Path:
        """Where the files of a model arrive."""
        return self.folder() / "downloads" / f"{model.role}-{model.variant}"

    def _default(self, role: str) -> Offered:
        return next(model for model in self.catalogue() if model.role == role)

    def _forget_damaged(self) -> None:
        """Have what was derived computed again where it is damaged. Raises OutputError."""
        for role in self.computed():
            try:
                check_role(self.folder(), role)
            except ModelError:
                try:
                    (self.folder() / f"{role}.json").unlink()
                except OSError as error:
                    raise unwritable(self.folder(), error) from error

    def _is_sound(self, role: str) -> bool:
        try:
            self.verify(role)
        except ModelError:
            return False
        return True

    def _already(self, model: Offered) -> int:
        """Bytes of a model that earlier attempts have left."""
        try:
            return min(model.size, size_of(self.store(model)))
        # Whether anything can be kept there is found out before it is fetched.
        except OSError:
            return 0
