"""What `text-replace batch` calls: every picture of an input made and kept, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from text_replace_engine.batch.coco.writing import annotations_of
from text_replace_engine.batch.entry import Entry, Made, Status
from text_replace_engine.batch.flow import Way
from text_replace_engine.batch.identity import Identity
from text_replace_engine.batch.job import Broken, Job, Source
from text_replace_engine.batch.keeping import ANNOTATIONS, Keeper
from text_replace_engine.batch.making import Settings, entry_of
from text_replace_wire.errors import OutputError, from_kind

#: Called with what is being done, how many are done, and how many there are.
OnPicture = Callable[[str, int, int], None]

_WHAT = "pictures"
_STATUS = {status: status.value.replace("_", " ") for status in Status}
_FOUND, _UNSEEN = "found", "whose new object was not found again"
_POOR, _PARTLY_POOR = "without a result that was good enough", "with some results that were not good enough"
_WARNED = "with warnings, which are in the manifest"
#: In this order: those in the middle are about pictures that are done.
_COUNTED = (
    _STATUS[Status.DONE],
    _FOUND,
    *(_POOR, _PARTLY_POOR, _UNSEEN, _WARNED),
    *(_STATUS[Status.NOT_FOUND], _STATUS[Status.FAILED]),
)
#: Sentences on failures that are told.
_TOLD = 10


@dataclass(frozen=True)
class Batch:
    """limit: how many pictures of the source, from its first; None: all."""

    source: Source
    jobs: Sequence[Job | Broken]
    out: Path
    settings: Settings
    limit: int | None = None

    @property
    def wanted(self) -> Sequence[Job | Broken]:
        """Those within the limit."""
        return self.jobs[: self.limit]


@dataclass(frozen=True)
class Summary:
    """counts: how many pictures became what. failures: sentences, the first few. exit_code: the highest of all.
    before: how many of the pictures are from earlier commands.
    """

    counts: Mapping[str, int]
    failures: Sequence[str]
    exit_code: int
    before: int = 0

    def __str__(self) -> str:
        became = ", ".join(f"{count} {what}" for what, count in self.counts.items()) or "none"
        return f"Pictures: {became}{f'; {self.before} of them from before' if self.before else ''}"


def batch(asked: Batch, identity: Identity, way: Way, on_picture: OnPicture) -> Summary:
    """Make and keep what is not yet there, in the folder `asked.out`, which is `locked`; then write the annotations.

    Raises what every picture would fail with, and OutputError; what was kept until then stays, and counts.
    """
    keeper = Keeper(asked.out, identity, asked.jobs, asked.settings)
    todo = [job for job in asked.wanted if job.id not in keeper]
    for job in todo:
        if isinstance(job, Broken):
            keeper.keep(Made(entry_of(job)))
    jobs = [job for job in todo if isinstance(job, Job)]
    total = len(asked.wanted)
    on_picture(_WHAT, total - len(jobs), total)
    try:
        with closing(way(jobs, asked.settings, keeper.keep)) as making:
            for done, _ in enumerate(making, total - len(jobs) + 1):
                on_picture(_WHAT, done, total)
    except BaseException:
        with suppress(OutputError):
            _annotate(asked, keeper)
        raise
    _annotate(asked, keeper)
    entries = filter(None, (keeper.get(job.id) for job in asked.wanted))
    return replace(summary(entries), before=total - len(todo))


def summary(entries: Iterable[Entry], painted: bool = True) -> Summary:
    """What became of pictures. painted: else they were only looked at."""
    counts = Counter(dict.fromkeys(_COUNTED, 0))
    failures: list[str] = []
    exit_code = 0
    for entry in entries:
        is_found = entry.status is Status.DONE and not painted
        counts[_FOUND if is_found else _STATUS[entry.status]] += 1
        kept = sum(bool(result.file) for result in entry.results)
        counts[_POOR] += kept == 0 < len(entry.results)
        counts[_PARTLY_POOR] += 0 < kept < len(entry.results)
        counts[_UNSEEN] += any(None in result.objects for result in entry.results)
        counts[_WARNED] += any(result.report.get("warnings") for result in entry.results)
        if entry.error:
            exit_code = max(exit_code, from_kind(entry.kind, entry.error).exit_code)
            # What could not even be read was told before.
            if entry.picture:
                failures.append(f"{entry.id}: {entry.error}")
    return Summary(+counts, told(failures), exit_code)


def told(failures: Sequence[str]) -> Sequence[str]:
    """The first of these sentences, and how many more there are."""
    more = [f"… and {len(failures) - _TOLD} more."] if len(failures) > _TOLD else []
    return [*failures[:_TOLD], *more]


def _annotate(asked: Batch, keeper: Keeper) -> None:
    if asked.settings.annotated:
        keeper.write(ANNOTATIONS, annotations_of(asked.source, keeper.get))
