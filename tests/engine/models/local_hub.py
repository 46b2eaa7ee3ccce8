"""A hub on this machine: repositories with revisions, lists of their files, and the files, served well or badly."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from tests.engine.models.file_server import Behaviour

Files = Mapping[str, bytes]

_REVISION = re.compile(r"/api/models/([^/]+/[^/]+)/revision/([^/]+)")
_TREE = re.compile(r"/api/models/([^/]+/[^/]+)/tree/([^/]+)")
_FILE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")


@dataclass
class Hub(Behaviour):
    """`files` are served besides, as by a mirror. `instead`: by path, other bytes than are listed. `page`: entries on
    one page of a list; 0: all. `changed`: by repository, what its list says instead.
    """

    instead: dict[str, bytes] = field(default_factory=dict)
    page: int = 0
    changed: dict[str, bytes] = field(default_factory=dict)
    main: dict[str, str] = field(default_factory=dict)
    _published: dict[tuple[str, str], Files] = field(default_factory=dict)

    def publish(self, repository: str, files: Files, revision: str | None = None) -> str:
        """Give a repository new contents; “main” means these from now on. Returns their revision."""
        digest = hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()
        self.main[repository] = revision or digest
        self._published[repository, self.main[repository]] = files
        return self.main[repository]

    def forget(self, repository: str, revision: str) -> None:
        """Lose a revision."""
        del self._published[repository, revision]

    def fetched(self) -> list[str]:
        """The paths of the files that were asked for, in order."""
        return [found[3] for path, _ in self.seen if (found := _FILE.fullmatch(urlsplit(path).path))]

    def found(self, address: str) -> tuple[bytes | None, dict[str, str]]:
        """See `Behaviour`; as https://huggingface.co/docs/hub/api describes it."""
        parts = urlsplit(address)
        path = unquote(parts.path)
        if asked := _REVISION.fullmatch(path):
            revision = self.main.get(asked[1])
            return None if revision is None else json.dumps({"id": asked[1], "sha": revision}).encode(), {}
        if asked := _TREE.fullmatch(path):
            return self._tree(address, asked[1], asked[2], int(parse_qs(parts.query).get("cursor", ["0"])[0]))
        if asked := _FILE.fullmatch(path):
            repository, revision, file = asked.groups()
            contents = self._published.get((repository, revision), {}).get(file)
            if contents is not None:
                name = _large(contents) if _is_large(file) else _blob(contents)
                told = {"ETag": f'"{name}"', "X-Repo-Commit": revision, "Accept-Ranges": "bytes"}
                return self.instead.get(file, contents), told
        return super().found(address)

    def _tree(self, address: str, repository: str, revision: str, start: int) -> tuple[bytes | None, dict[str, str]]:
        files = self._published.get((repository, revision))
        if files is None:
            return None, {}
        if repository in self.changed:
            return self.changed[repository], {}
        entries = [_entry(path, contents) for path, contents in files.items()]
        folders = {path.rpartition("/")[0] for path in files} - {""}
        entries += [{"type": "directory", "path": path, "size": 0, "oid": "0" * 40} for path in sorted(folders)]
        end = start + self.page if self.page else len(entries)
        following = f"{address.partition('?')[0]}?recursive=true&cursor={end}"
        more = {"Link": f'<https://hub.invalid{following}>; rel="next"'} if end < len(entries) else {}
        return json.dumps(entries[start:end]).encode(), more


def _entry(path: str, contents: bytes) -> dict[str, object]:
    entry: dict[str, object] = {"type": "file", "path": path, "size": len(contents), "oid": _blob(contents)}
    if _is_large(path):
        entry["lfs"] = {"oid": _large(contents), "size": len(contents), "pointerSize": 134}
    return entry


def _is_large(path: str) -> bool:
    return path.endswith((".safetensors", ".bin", ".ckpt"))


def _large(contents: bytes) -> str:
    return hashlib.sha256(contents).hexdigest()


def _blob(contents: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(contents) + contents).hexdigest()
