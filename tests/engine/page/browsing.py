"""A real Chromium without a window, driven by its own driver."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

_PROGRAMS = {"chromium": "chromium", "chromedriver": "chromium-driver"}
#: Nothing but what a test opens: no updates, no lists, no look-ups of its makers' hosts.
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1300,950",
)


@contextmanager
def chromium(profile: Path) -> Iterator[Chrome]:
    """A browser with a profile of its own, which writes down what it asks the network for and complains about."""
    for program, package in _PROGRAMS.items():
        assert shutil.which(program), f"{program} is not installed (apt-get install {package})"
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = Chrome(options, Service(shutil.which("chromedriver")))
    try:
        yield browser
    finally:
        browser.quit()


def complaints(browser: Chrome) -> list[str]:
    """What the browser said of the page since this was last asked."""
    return [entry["message"] for entry in _log(browser, "browser")]


def requested(browser: Chrome) -> list[str]:
    """The addresses asked for since this was last called, besides what is in the page or in the browser itself."""
    events = (json.loads(entry["message"])["message"] for entry in _log(browser, "performance"))
    asked = (event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent")
    return [address for address in asked if not address.startswith(("data:", "chrome:"))]


def _log(browser: Chrome, kind: str) -> list[dict[str, str]]:
    """What `Chrome.get_log` gives, which has no types."""
    entries: list[dict[str, str]] = browser.execute("getLog", {"type": kind})["value"]
    return entries
