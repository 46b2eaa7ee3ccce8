"""`text-replace batch --ray`: the same pictures, whoever makes them, and whoever of these is lost meanwhile."""

from __future__ import annotations

import dataclasses
import importlib.util
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from PIL import Image

from tests.engine.cli.clusters import TwoNodes, two_nodes
from tests.engine.cli.conftest import CLONE, noise
from tests.engine.cli.fake_engine import FakeEngine
from tests.engine.cli.processes import start
from tests.engine.cli.test_batch import entries_in, files_in
from text_replace_engine.batch.cluster.joining import joined
from text_replace_engine.batch.cluster.parcel import Parcel, by_contents
from text_replace_engine.batch.cluster.places import Machine, Pool, pool_on
from text_replace_engine.batch.cluster.rows import packed, unpacked
from text_replace_engine.batch.entry import Made
from text_replace_engine.batch.identity import Probe
from text_replace_engine.batch.job import Job
from text_replace_engine.batch.making import Settings
from text_replace_engine.cli.cluster import with_address
from text_replace_engine.client.wanted import Wanted
from text_replace_wire.errors import EngineUnavailable, ModelError, TextReplaceError, UserError
from text_replace_wire.pairs import Pair

if TYPE_CHECKING:
    from text_replace_engine.batch.cluster.worker import Order

PATIENCE = 120
UNHURRIED = "tests.engine.cli.unhurried_main"
needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed: install/test does it"
)


@pytest.mark.parametrize(
    ("machines", "threads", "on_cards", "workers", "pool"),
    [
        # As many as there is room for on each machine, not on all of them together.
        ([Machine(3, 0), Machine(3, 0)], 2, True, None, Pool(2, 2, 0)),
        ([Machine(8, 0), Machine(2, 0)], 1, True, 3, Pool(3, 1, 0)),
        # Without a number of threads no machine is left out.
        ([Machine(8, 0), Machine(2, 0)], None, True, None, Pool(5, 2, 0)),
        # Where there are cards, machines without one make nothing.
        ([Machine(16, 4), Machine(64, 0)], None, True, None, Pool(4, 4, 1)),
        ([Machine(16, 4), Machine(64, 0)], 16, False, None, Pool(5, 16, 0)),
    ],
)
def test_a_cluster_is_full_of_engines(
    machines: list[Machine], threads: int | None, on_cards: bool, workers: int | None, pool: Pool
) -> None:
    """There is an engine for each card or for so many processors of one machine, and no more than were asked for."""
    assert pool_on(machines, threads, on_cards, workers) == pool


@pytest.mark.parametrize(
    ("machines", "threads", "workers", "said"),
    [
        ([Machine(2, 0), Machine(2, 0)], 4, None, "set --threads to 2 or less"),
        ([Machine(2, 0), Machine(2, 0)], 2, 3, "room for 2 workers of 2 threads:"),
        ([Machine(2, 1), Machine(2, 0)], 2, 2, "room for 1 worker of 2 threads and a graphics card"),
        ([Machine(0, 0)], None, None, "--num-cpus"),
    ],
)
def test_what_does_not_fit_is_refused(
    machines: list[Machine], threads: int | None, workers: int | None, said: str
) -> None:
    """Nobody waits for workers that can never begin."""
    with pytest.raises(UserError, match=said):
        pool_on(machines, threads, True, workers)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ([], []),
        (["in", "--ray"], ["in", "--ray=local"]),
        (["--ray", "in", "-o", "out"], ["--ray=local", "in", "-o", "out"]),
        (["--ray", "--threads", "1"], ["--ray=local", "--threads", "1"]),
        (["--ray", "auto", "in"], ["--ray", "auto", "in"]),
        (["--ray", "10.0.0.1:6379"], ["--ray", "10.0.0.1:6379"]),
        (["--ray=head:6379", "C:\\in"], ["--ray=head:6379", "C:\\in"]),
    ],
)
def test_an_address_may_follow_ray(typed: list[str], meant: list[str]) -> None:
    """--ray alone is this machine; what does not look like an address is no address."""
    assert with_address(typed) == meant


def test_without_ray_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray is an extra: whoever asks for a cluster without it is told the command that installs it."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match="pip install"), joined("auto"):
        pytest.fail("there is no Ray")


@needs_ray
@pytest.mark.slow
@pytest.mark.parametrize("address", ["ray://127.0.0.1:10001", "127.0.0.1:1"])
def test_a_cluster_that_does_not_answer_is_said(address: str) -> None:
    """At once: Ray itself tries for minutes."""
    with pytest.raises(EngineUnavailable, match="one of its machines"), joined(address):
        pytest.fail("nobody is there")


@pytest.fixture
def order(fake: type[FakeEngine]) -> Order:
    """Workers with the fake engine."""
    from text_replace_engine.batch.cluster.worker import Order

    probe = Probe("auto")
    return Order(fake, probe, probe.facts(fake()))


@pytest.fixture
def job(source: Path) -> Job:
    """Of one picture, which has no folder in its name."""
    return Job("in", Wanted(Path(source.name), (Pair("apple", "fruit"),), 1), ("fruit",))


def _answer(order: Order, content: Parcel | Job) -> Made | TextReplaceError:
    from text_replace_engine.batch.cluster.worker import Worker

    answer: Made | TextReplaceError = unpacked(Worker(order, Settings())(packed(content)))
    return answer


@needs_ray
@pytest.mark.slow
def test_pictures_are_sent_or_found_on_shared_storage(
    order: Order, job: Job, source: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Both ways give the same files, and the name that the command knows; without storage that is shared it is said."""
    monkeypatch.chdir(source.parent)
    parcel = by_contents(job)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    sent = _answer(order, parcel)
    found = _answer(dataclasses.replace(order, folder=source.parent), job)
    assert isinstance(sent, Made)
    assert isinstance(found, Made)
    assert sent.files == found.files
    assert sent.entry.picture == found.entry.picture == "in.png"
    assert sent.entry.asked == found.entry.asked
    lost = _answer(dataclasses.replace(order, folder=source.parent / "gone"), job)
    assert isinstance(lost, UserError)
    assert "leave out --shared" in str(lost)


@needs_ray
@pytest.mark.slow
def test_another_engine_makes_nothing(order: Order, job: Job) -> None:
    """A machine with other models than the first one ends the run, in a sentence with its name."""
    facts = {**order.facts, "models": {"denoiser": "1" * 64}}
    refused = _answer(dataclasses.replace(order, facts=facts), by_contents(job))
    assert isinstance(refused, ModelError)
    assert re.match(rf"On {re.escape(socket.gethostname())} \(.*\): .*\(other models\)", str(refused))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoNodes]:
    with two_nodes(tmp_path_factory.mktemp("home")) as nodes:
        yield nodes


class Batch:
    """The command with pictures of its own, in processes of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "in").mkdir()
        (folder / "home").mkdir()

    def add(self, count: int) -> None:
        """Pictures, and a file that is none."""
        for number in range(count):
            noise(3, seed=number).save(self._folder / f"in/{number:03}.png")
        (self._folder / "in/none.png").write_bytes(b"none")

    def begin(self, out: Path, *options: object) -> subprocess.Popen[str]:
        """With an engine that has time."""
        words = ("--replace", "apple", "--with", "fruit", "--threads", 1, *options)
        return start(UNHURRIED, "batch", self._folder / "in", "-o", out, *words, home=self._folder / "home")


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return Batch(tmp_path)


def _ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def _wait_for(out: Path, pictures: int, process: subprocess.Popen[str]) -> None:
    """Until so many are kept by `process`."""
    until = time.monotonic() + PATIENCE
    manifest = out / "manifest.jsonl"
    while not manifest.exists() or manifest.read_bytes().count(b"\n") <= pictures:
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.02)


def _check_same(out: Path, alone: Path) -> None:
    """Nothing is lost, nothing is there twice, and every file has the same bytes."""
    assert files_in(out) == files_in(alone)
    entries, expected = entries_in(out), entries_in(alone)
    assert entries.keys() == expected.keys()
    assert entries["none"] == {**expected["none"], "seconds": entries["none"]["seconds"]}


@needs_ray
@pytest.mark.slow
def test_a_lost_machine_loses_nothing(batch: Batch, cluster: TwoNodes, tmp_path: Path) -> None:
    """A node that dies in the middle of its picture changes nothing: no picture is missing or there twice, and all have
    the bytes that they have without a cluster. Of what Ray says about it, nothing is printed.
    """
    alone, out = tmp_path / "alone", tmp_path / "out"
    batch.add(11)
    by_one, by_cluster = batch.begin(alone), batch.begin(out, "--ray", cluster.address)
    _wait_for(out, 3, by_cluster)
    cluster.kill_node()
    code, said, complaints = _ended(by_cluster)
    assert (code, said) == (2, f"Pictures: 11 done, 1 failed. Wrote “{out}”.\n"), complaints
    assert complaints.count("\n") == 1
    assert _ended(by_one)[0] == 2
    _check_same(out, alone)
    cluster.add_node()


@needs_ray
@pytest.mark.thorough
def test_machines_may_be_lost_at_any_moment(batch: Batch, cluster: TwoNodes, tmp_path: Path) -> None:
    """Twenty times in one run, each time at another moment, another node takes the place of the lost one."""
    alone, out = tmp_path / "alone", tmp_path / "out"
    batch.add(500)
    by_cluster = batch.begin(out, "--ray", cluster.address)
    _wait_for(out, 3, by_cluster)
    moments = random.Random(0)
    for _ in range(20):
        time.sleep(moments.uniform(0, 4))
        assert by_cluster.poll() is None
        cluster.kill_node()
        cluster.add_node()
    by_one = batch.begin(alone)
    code, _, complaints = _ended(by_cluster)
    assert code == 2, complaints
    assert _ended(by_one)[0] == 2
    _check_same(out, alone)


@needs_ray
@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_end_leaves_no_process(batch: Batch, tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, a polite kill and one that is not end the cluster that was started for the command, and the next command
    goes on, to the same bytes.
    """
    alone, out = tmp_path / "alone", tmp_path / "out"
    batch.add(11)
    killed = batch.begin(out, "--ray")
    _wait_for(out, 3, killed)
    others = psutil.Process(killed.pid).children(recursive=True)
    killed.send_signal(number)
    code, _, complaints = _ended(killed)
    if number != signal.SIGKILL:
        assert (code, complaints) == (130, "text-replace: Interrupted: the same command goes on from here.\n")
    assert others
    assert not psutil.wait_procs(others, timeout=PATIENCE)[1]
    assert _ended(batch.begin(out))[0] == 2
    assert _ended(batch.begin(alone))[0] == 2
    _check_same(out, alone)


@needs_ray
@pytest.mark.thorough
def test_workers_paint_what_one_engine_paints(tmp_path: Path) -> None:
    """The real models: two workers of one thread give the bytes of one engine of one thread."""
    folder = tmp_path / "in"
    folder.mkdir()
    sample = Image.open(CLONE / "install/sample/sample.png")
    for number in range(3):
        sample.resize((sample.width // 4, sample.height // 4)).rotate(number).save(folder / f"{number}.png")
    outs = tmp_path / "alone", tmp_path / "out"
    for out, options in zip(outs, ((), ("--ray", "--workers", 2)), strict=True):
        words = ("--replace", "apple", "--with", "orange", "--preset", "fast", "--models", "starter", "--threads", 1)
        done = start("text_replace_engine", "batch", folder, "-o", out, *words, *options, home=tmp_path)
        code, _, complaints = _ended(done)
        assert code == 0, complaints
    assert files_in(outs[0]) == files_in(outs[1])
