"""What can be fetched: the files of a model, where they come from, and the mirrors that stand in for these places."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol, TypeVar

from text_replace_wire.errors import UserError

#: Where to look for every file that is not on the hub, under its own name.
MIRROR = "TEXT_REPLACE_MIRROR"
_HUB = "hub:"


@dataclass(frozen=True)
class Download:
    """One file. `file`: its path below the folder that it is fetched into. `sources` are tried in turn: URLs,
    `hub:REPOSITORY/FILE`, or `hub:REPOSITORY@REVISION/FILE`. `size` in bytes, for what is shown: no file is refused
    for its length.

    sha256: of its contents, where it is known. blob: the name that git gives the contents, where that is known.
    cited: where the SHA-256 is published.
    """

    file: str
    sources: tuple[str, ...]
    size: int
    sha256: str | None = None
    cited: str = ""
    blob: str | None = None

    def urls(self) -> tuple[str, ...]:
        """Where to fetch it, in the order to try: $HF_ENDPOINT and $TEXT_REPLACE_MIRROR stand in for hub and hosts."""
        mirror = os.environ.get(MIRROR, "").rstrip("/")
        urls = [_hub_url(source.removeprefix(_HUB)) for source in self.sources if source.startswith(_HUB)]
        plain = [source for source in self.sources if not source.startswith(_HUB)]
        if mirror and plain:
            return (f"{mirror}/{self.file}", *urls)
        return (*plain, *urls)


class Offered(Protocol):
    """What lists show of a model, whatever it is made of. size: bytes to fetch, as far as that is known before the
    first request. sha256: of its weights, where it is published, as `cited` says. terms: the URL of its licence.
    """

    @property
    def role(self) -> str: ...
    @property
    def variant(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def licence(self) -> str: ...
    @property
    def terms(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str | None: ...
    @property
    def cited(self) -> str: ...
    def urls(self) -> tuple[str, ...]:
        """Where it comes from."""


@dataclass(frozen=True)
class Model:
    """One choice for a role, whose files are known by name; the first holds the weights."""

    role: str
    variant: str
    title: str
    licence: str
    terms: str
    downloads: tuple[Download, ...]

    @property
    def size(self) -> int:
        """Bytes to fetch."""
        return sum(download.size for download in self.downloads)

    @property
    def sha256(self) -> str | None:
        """Of the weights, where it is published."""
        return self.downloads[0].sha256

    @property
    def cited(self) -> str:
        """Where that is published."""
        return self.downloads[0].cited

    def urls(self) -> tuple[str, ...]:
        """Where its files come from."""
        return tuple(url for download in self.downloads for url in download.urls())


_Model = TypeVar("_Model", bound=Offered)


def find(models: Iterable[_Model], role: str, variant: str) -> _Model:
    """Raises UserError for a choice that there is not."""
    known = [model for model in models if model.role == role]
    for model in known:
        if model.variant == variant:
            return model
    names = ", ".join(model.variant for model in known)
    raise UserError(f"There is no {role} “{variant}”; choose one of: {names}.")


class Layout(Enum):
    """How a repository of the hub is laid out, which decides the files that are needed of it (`selection`)."""

    TRANSFORMERS = auto()
    DIFFUSERS = auto()
    LORA = auto()


@dataclass(frozen=True)
class Snapshot:
    """One choice for a role, which is a repository of the hub at one revision. size: bytes needed of it, about.

    revision: 40 digits, where one is published; else what “main” means at the first pull is held to.
    published: (path, SHA-256) of files, the weights first; `cited` says where they are published.
    """

    role: str
    variant: str
    title: str
    licence: str
    terms: str
    size: int
    repository: str
    layout: Layout
    revision: str | None = None
    published: tuple[tuple[str, str], ...] = ()
    cited: str = ""

    @property
    def sha256(self) -> str | None:
        """Of the weights, where that is published; of a pipeline's it never is of all."""
        return self.published[0][1] if self.published and self.layout is not Layout.DIFFUSERS else None

    def urls(self) -> tuple[str, ...]:
        """Its page on the hub."""
        return (f"{hub()}/{self.repository}",)


@dataclass(frozen=True)
class OwnModel:
    """A model of the user's own, which is in no catalogue."""

    role: str
    variant: str
    title: str
    sha256: str
    licence: str = "your own file"
    terms: str = ""
    size: int = 0
    cited: str = ""

    def urls(self) -> tuple[str, ...]:
        """It was not fetched."""
        return ()


def hub() -> str:
    """The address of the hub, or of its mirror."""
    from huggingface_hub import constants

    # The library's own value is that of when it was imported.
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or constants.ENDPOINT


def _hub_url(source: str) -> str:
    from huggingface_hub import hf_hub_url

    owner, name, file = source.split("/", 2)
    name, _, revision = name.partition("@")
    return hf_hub_url(f"{owner}/{name}", file, revision=revision or None, endpoint=hub())
