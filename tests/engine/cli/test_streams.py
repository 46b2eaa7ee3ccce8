"""What commands print reaches every terminal, and nothing that happens to it changes what was done."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli.processes import environment, shell

pytestmark = pytest.mark.slow

ENCODINGS = {
    "C": "ascii",
    "POSIX": "ascii",
    "en_US.ISO-8859-1": "iso8859-1",
    "ru_RU.KOI8-R": "koi8-r",
    "ja_JP.EUC-JP": "euc_jp",
    "en_US.UTF-8": "utf-8",
}


@pytest.fixture(scope="session")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every locale of ENCODINGS, which few machines have all of."""
    if shutil.which("localedef") is None:
        pytest.skip("this system cannot make locales")
    folder = tmp_path_factory.mktemp("locales")
    for name in ENCODINGS:
        language, _, charset = name.partition(".")
        if charset:
            # It warns of characters that the charset does not have.
            subprocess.run(["localedef", "-i", language, "-f", charset, folder / name], capture_output=True)
            if not (folder / name).is_dir():
                pytest.skip(f"this system cannot make the locale {name}")
    return folder


@pytest.fixture(
    params=[
        name if name in ("C", "ru_RU.KOI8-R") else pytest.param(name, marks=pytest.mark.thorough) for name in ENCODINGS
    ]
)
def spoken(request: pytest.FixtureRequest, locales: Path, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A locale's encoding, and an environment in which Python keeps to it."""
    own = {"LC_ALL": request.param, "LOCPATH": str(locales), "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    yield ENCODINGS[request.param], environment(tmp_path, **own)


def edit_of(source: Path, *options: object) -> list[object]:
    out = () if "-o" in options else ("-o", source.with_name("out.png"))
    return ["edit", source, "--replace", "apple", "--with", "orange", *out, *options]


def test_every_command_speaks_every_encoding(source: Path, spoken: tuple[str, dict[str, str]]) -> None:
    """Help, success, an answer and a failure come out in the terminal's own encoding, signs it lacks in plain ones."""
    encoding, variables = spoken
    commands: list[tuple[list[object], int]] = [
        (["--help"], 0),
        (["edit", "--help"], 0),
        (edit_of(source, "--json", source.with_name("r.json")), 0),
        (["segment", source, "--replace", "truck"], 3),
        (["models", "list"], 0),
        (["edit", source.with_name("absent.png"), *edit_of(source)[2:]], 2),
    ]
    for arguments, code in commands:
        done = shell('"$@"', arguments, variables)
        assert done.returncode == code, (arguments, done.stderr)
        printed = (done.stdout + done.stderr).decode(encoding)
        assert "Traceback" not in printed and "\\u" not in printed
    assert json.loads(source.with_name("r.json").read_bytes())["status"] == "done"


def test_names_that_are_no_text_are_printed_as_they_are(source: Path, tmp_path: Path) -> None:
    """A file name in another encoding than the terminal's is no reason to fail."""
    done = shell('"$@"', edit_of(source, "-o", tmp_path / "\udcff.png"), environment(tmp_path))
    assert done.returncode == 0, done.stderr
    assert b"\xff.png" in done.stdout
    assert (tmp_path / "\udcff.png").exists()


@pytest.mark.parametrize("to", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full", ">/dev/full 2>&1", "| true"])
def test_done_is_done_whatever_happens_to_the_words(source: Path, tmp_path: Path, to: str) -> None:
    """A picture that was written is a success, although nobody can be told."""
    done = shell(f'set -o pipefail; "$@" {to}', edit_of(source), environment(tmp_path))
    assert done.returncode == 0 and done.stderr == b""
    assert source.with_name("out.png").read_bytes().startswith(b"\x89PNG")


def test_an_answer_that_cannot_be_printed_is_a_failure(source: Path, tmp_path: Path) -> None:
    """Who asks for a list and has a full disk must not take an empty file for it; who closes it, wants none."""
    segment = ["segment", source, "--replace", "apple"]
    done = shell('"$@" >/dev/full', segment, environment(tmp_path))
    assert done.returncode == 7 and b"No space left" in done.stderr
    for to in (">&-", "| true"):
        assert shell(f'set -o pipefail; "$@" {to}', segment, environment(tmp_path)).returncode == 0


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_report_on_standard_output_is_all_that_is_there(source: Path, tmp_path: Path, name: str) -> None:
    """A program that reads the report from a pipe gets JSON; the words go to standard error."""
    for arguments in (edit_of(source), ["segment", source, "--replace", "apple"]):
        done = shell('"$@" | cat', [*arguments, "--json", name], environment(tmp_path))
        assert json.loads(done.stdout)["status"] == "done"
        assert b"apple" in done.stderr or b"thing 0" in done.stderr


def test_report_is_appended_to_what_the_shell_appends_to(source: Path, tmp_path: Path) -> None:
    """`--json /dev/stdout >>log` does not take what the log had before."""
    log = tmp_path / "log"
    log.write_text("before\n")
    done = shell('"$@" >>"$LOG"', edit_of(source, "--json", "/dev/stdout"), environment(tmp_path, LOG=str(log)))
    assert done.returncode == 0
    assert log.read_text().startswith("before\n{")


def test_report_into_a_process(source: Path, tmp_path: Path) -> None:
    """`--json >(cat)` is a pipe that a program reads."""
    line = '"$@" --json >(cat >"$OUT"); code=$?; wait $!; exit $code'
    done = shell(line, edit_of(source), environment(tmp_path, OUT=str(tmp_path / "r.json")))
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "r.json").read_bytes())["status"] == "done"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('"$@" --json /dev/stdout >&-', b"it is closed"),
        ('"$@" --json /dev/fd/9', b"it is closed"),
        ('set -o pipefail; "$@" --json /dev/stdout | true', b"nobody reads it"),
    ],
)
def test_report_that_nobody_gets(source: Path, tmp_path: Path, line: str, why: bytes) -> None:
    """Where the report cannot be written, it says so once, and there is no picture either."""
    done = shell(line, edit_of(source), environment(tmp_path))
    assert done.returncode == 7
    assert done.stderr.count(b"\n") == 1 and why in done.stderr
    assert not source.with_name("out.png").exists()


def test_picture_into_a_pipe(source: Path, tmp_path: Path) -> None:
    """`-o /dev/stdout` is a PNG and nothing else."""
    done = shell('"$@" | cat', edit_of(source, "-o", "/dev/stdout"), environment(tmp_path))
    assert done.stdout.startswith(b"\x89PNG") and done.stdout.endswith(b"IEND\xaeB`\x82")
    assert b"Wrote" in done.stderr
