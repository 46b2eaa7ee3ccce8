"""`text-replace evaluate DIR --blind`: a person answers in a browser, and tables and page have what was said."""

from __future__ import annotations

import json
import re
import threading
import webbrowser
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.engine.cli.conftest import Command, noise
from tests.engine.cli.fake_engine import FakeEngine

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


def test_answers_are_asked_for_and_shown(
    run: Command, fake: type[FakeEngine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command opens its address and waits; what is answered is in a file, in the tables with its interval, and on
    the page, then and whenever the command is run again, which asks nobody twice.
    """
    folder, out = tmp_path / "mine", tmp_path / "out"
    folder.mkdir()
    lines = [{"picture": f"{number}.png", "replace": "apple", "with": "orange"} for number in range(2)]
    for number in range(2):
        noise(3, seed=number).save(folder / f"{number}.png")
    (folder / "cases.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    opened: list[str] = []

    def answer(address: str) -> None:
        for number, said in enumerate(("an orange", "a stone")):
            urlopen(address, urlencode({"number": number, "said": said}).encode(), timeout=60).close()

    def browser(address: str) -> bool:
        opened.append(address)
        threading.Thread(target=answer, args=(address,)).start()
        return True

    monkeypatch.setattr(webbrowser, "open", browser)
    command = ("evaluate", folder, "-o", out, "--models", "starter")
    ended = run(*command, "--blind")
    assert (ended.code, ended.err, len(opened)) == (0, "", 1)
    assert opened[0] in ended.out
    assert [json.loads(line)["said"] for line in (out / "blind.jsonl").read_text().splitlines()] == [
        "an orange",
        "a stone",
    ]
    row = re.compile(r"named by a person, share.* 0\.500 \[0\.095, 0\.905\] n=2")
    assert row.search(ended.out)
    assert "named by a person" in (out / "report.html").read_text(encoding="utf-8")
    assert row.search(run(*command).out)
    assert row.search(run(*command, "--blind").out)
    assert len(opened) == 1
