"""The pages in a real browser: what a person does with them, by pointer, touch and keys."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from tests.engine.page.browsing import chromium, complaints, requested
from tests.engine.page.samples import case, document, plain
from text_replace_engine.lab.page.asking import Look, ask
from text_replace_engine.lab.page.document import Document, Shown
from text_replace_engine.lab.page.page import write_page

pytestmark = [pytest.mark.slow, pytest.mark.thorough]
COUNT = 12
_PATIENCE = 30.0


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    write_page(document(folder / "pictures", COUNT), folder / "report.html")
    return folder / "report.html"


@pytest.fixture
def page(browser: Chrome, written: Path) -> Iterator[Chrome]:
    """The page just opened. Whatever a test does, the browser complains of nothing and asks nobody for anything."""
    requested(browser)
    browser.get(written.as_uri())
    yield browser
    assert complaints(browser) == []
    assert set(requested(browser)) == {written.as_uri()}


def order(page: Chrome) -> list[int]:
    """The numbers of the cases that are shown, from top to bottom."""
    shown = page.find_elements(By.CSS_SELECTOR, ".case:not([hidden])")
    return [int((element.get_attribute("id") or "").removeprefix("case-")) for element in shown]


def count(page: Chrome) -> str:
    return page.find_element(By.ID, "count").text


def press(page: Chrome, *keys: str) -> None:
    for key in keys:
        ActionChains(page).send_keys(key).perform()


def current(page: Chrome) -> str | None:
    found = page.find_elements(By.CSS_SELECTOR, ".case.current")
    return found[0].get_attribute("id") if found else None


def comparisons(page: Chrome, number: int) -> list[WebElement]:
    return page.find_elements(By.CSS_SELECTOR, f"#case-{number} .comparison")


def positions(page: Chrome, number: int) -> list[float]:
    """How much of each result of a case is shown as before, in percent."""
    return [
        float(page.execute_script("return getComputedStyle(arguments[0]).getPropertyValue('--at')", each).rstrip("%"))
        for each in comparisons(page, number)
    ]


def test_slider_is_where_the_pointer_is(page: Chrome) -> None:
    """Dragging over a result uncovers the picture before up to the pointer, in all results of the case at once."""
    box = comparisons(page, 0)[0]
    ActionChains(page).move_to_element_with_offset(box, -50, 0).click_and_hold().move_by_offset(
        90, 0
    ).release().perform()
    wanted = 50 + 40 / box.size["width"] * 100
    assert positions(page, 0) == pytest.approx([wanted, wanted], abs=1.5)
    assert positions(page, 1) == [0, 0]


def test_slider_by_touch(page: Chrome) -> None:
    """The same with a finger."""
    box = comparisons(page, 0)[0]
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
    x, y, width, height = page.execute_script(
        "const box = arguments[0].getBoundingClientRect(); return [box.x, box.y, box.width, box.height]", box
    )
    page.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        for kind, share in (("touchStart", 0.2), ("touchMove", 0.4), ("touchMove", 0.6), ("touchEnd", None)):
            points = [] if share is None else [{"x": x + share * width, "y": y + height / 2}]
            page.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        assert positions(page, 0) == pytest.approx([60, 60], abs=2)
    finally:
        page.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_slider_by_keys(page: Chrome) -> None:
    """Without a pointer the slider has the keys of any slider, which then do not go to another case."""
    slider = comparisons(page, 0)[0].find_element(By.TAG_NAME, "input")
    slider.send_keys(Keys.ARROW_RIGHT * 3)
    assert positions(page, 0) == [3, 3]
    assert slider.get_attribute("aria-valuetext") == "3 % as before"
    assert current(page) == "case-0"
    slider.send_keys(Keys.END)
    assert positions(page, 0) == [100, 100]


def test_pictures_are_there_when_they_are_seen(page: Chrome) -> None:
    """The pictures of a case near the window are decoded, whichever way one gets there."""
    page.find_element(By.ID, f"case-{COUNT - 1}").location_once_scrolled_into_view  # noqa: B018
    script = "return [...document.querySelectorAll('#case-11 img')].every((image) => image.naturalWidth > 0)"
    WebDriverWait(page, _PATIENCE).until(lambda page: page.execute_script(script))


def test_sorting(page: Chrome) -> None:
    """By any value of any method, either way, with what has no value last; by id as people count; and as it was."""
    sort = Select(page.find_element(By.ID, "sort"))
    sort.select_by_visible_text("score, ours")
    unknown = [2, 5, 8, 11]
    known = [number for number in range(COUNT) if number not in unknown]
    assert order(page) == known[::-1] + unknown
    page.find_element(By.ID, "descending").click()
    assert order(page) == known + unknown
    sort.select_by_visible_text("id")
    assert order(page) == list(range(COUNT))[::-1]
    page.find_element(By.ID, "descending").click()
    sort.select_by_index(0)
    assert order(page) == list(range(COUNT))


def test_filtering(page: Chrome) -> None:
    """By words, category and failure, together, with a count of what is shown, and a way back where nothing is."""
    assert count(page) == "12 of 12 cases"
    Select(page.find_element(By.ID, "failure")).select_by_visible_text("only failed")
    assert order(page) == [4, 9]
    Select(page.find_element(By.ID, "category")).select_by_visible_text("odd")
    assert (order(page), count(page)) == ([9], "1 of 12 cases")
    page.find_element(By.ID, "text").send_keys("no such thing")
    assert (order(page), count(page)) == ([], "0 of 12 cases")
    page.find_element(By.ID, "reset").click()
    assert order(page) == list(range(COUNT))
    page.find_element(By.ID, "text").send_keys("PEAR apple 11")
    assert order(page) == [11]


def test_keys_step_through_the_cases(page: Chrome) -> None:
    """j and k, or the arrows, go through what is shown, in its order; Enter shows one alone, and Esc all again."""
    Select(page.find_element(By.ID, "failure")).select_by_visible_text("only failed")
    page.find_element(By.TAG_NAME, "h1").click()
    press(page, "j")
    assert current(page) == "case-4"
    press(page, Keys.ARROW_RIGHT)
    assert current(page) == "case-9"
    press(page, "j", "k")
    assert current(page) == "case-4"
    small = page.find_element(By.CSS_SELECTOR, "#case-4 .comparison").size["width"]
    press(page, Keys.ENTER)
    assert [
        element.get_attribute("id") for element in page.find_elements(By.CLASS_NAME, "case") if element.is_displayed()
    ] == ["case-4"]
    assert page.find_element(By.CSS_SELECTOR, "#case-4 .comparison").size["width"] > 1.5 * small
    assert count(page) == "case 1 of 2"
    press(page, "j")
    assert (current(page), count(page)) == ("case-9", "case 2 of 2")
    press(page, Keys.ESCAPE)
    assert count(page) == "2 of 12 cases"


def test_typing_is_not_stepping(page: Chrome) -> None:
    """Letters that are typed into the search are words, not keys."""
    page.find_element(By.ID, "text").send_keys("kj")
    assert current(page) is None


def test_one_method_or_all(page: Chrome) -> None:
    """One method alone, or all side by side, by the list or by its number."""

    def seen() -> list[str]:
        captions = page.find_elements(By.CSS_SELECTOR, "#case-0 .after figcaption")
        return [caption.text for caption in captions if caption.is_displayed()]

    assert seen() == ["ours", "theirs"]
    press(page, "2")
    assert seen() == ["theirs"]
    Select(page.find_element(By.ID, "method")).select_by_visible_text("ours")
    assert seen() == ["ours"]
    page.find_element(By.TAG_NAME, "h1").click()
    press(page, "0")
    assert seen() == ["ours", "theirs"]


def test_hostile_names_stay_text(browser: Chrome, tmp_path: Path) -> None:
    """A name that is markup is read as it is, in the list, in the filters and in the search; nothing of it runs."""
    name = "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 1'>\"'{{ 7*7 }}"
    picture = plain(tmp_path / "a.png", "red")
    shown = Shown(name, name, picture, None, {name: picture}, {name: {name: 1.0}}, {"other": name}, name)
    write_page(Document(name, ((name, name),), cases=(shown,)), tmp_path / "report.html")
    browser.get((tmp_path / "report.html").as_uri())
    assert browser.find_element(By.TAG_NAME, "h1").text == browser.find_element(By.TAG_NAME, "h3").text == name
    Select(browser.find_element(By.ID, "category")).select_by_visible_text(name)
    browser.find_element(By.ID, "text").send_keys("</script><script>")
    assert count(browser) == "1 of 1 cases"
    assert browser.execute_script("return window.ran") is None
    assert complaints(browser) == []


def test_thousand_cases_stay_usable(browser: Chrome, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a large benchmark's page only what is near the window is decoded, at the top as at the end."""
    cases = tuple(case(tmp_path / "pictures", number, ["ours"]) for number in range(1000))
    write_page(Document("Many", cases=cases), tmp_path / "report.html")
    times = []

    def decoded(page: Chrome) -> int:
        return int(page.execute_script("return document.querySelectorAll('img[src]').length"))

    for step in ("", "Sort", "End"):
        begin = time.monotonic()
        if not step:
            browser.get((tmp_path / "report.html").as_uri())
        elif step == "Sort":
            Select(browser.find_element(By.ID, "sort")).select_by_visible_text("seconds")
        else:
            browser.execute_script("window.scrollTo(0, document.body.scrollHeight)")
        WebDriverWait(browser, _PATIENCE).until(decoded)
        times.append(time.monotonic() - begin)
        assert decoded(browser) < 200
    with capsys.disabled():
        print(f"\n1,000 cases: opened in {times[0]:.1f} s, sorted in {times[1]:.1f} s, at the end in {times[2]:.1f} s")


def test_blind_questions_are_answered(browser: Chrome, tmp_path: Path) -> None:
    """A person looks at a result with and without its outline, types what it is, or says that it cannot be told."""
    region = np.zeros((32, 48), np.uint8)
    region[8:20, 10:30] = 255
    looks = [Look(plain(tmp_path / f"{number}.png", "red"), lambda: region) for number in range(2)]
    answers: list[tuple[int, str]] = []
    addresses: queue.Queue[str] = queue.Queue()
    asking = threading.Thread(
        target=ask, args=(looks, lambda *answer: answers.append(answer), addresses.put, lambda: False), daemon=True
    )
    asking.start()
    browser.get(addresses.get(timeout=_PATIENCE))
    shown = browser.find_elements(By.CSS_SELECTOR, ".view img")
    assert [image.is_displayed() for image in shown] == [True, False, False]
    browser.find_element(By.ID, "close").click()
    assert [image.is_displayed() for image in shown] == [False, False, True]
    # The field has the focus: a person only types.
    browser.get(browser.current_url)
    press(browser, "a pear", Keys.ENTER)
    WebDriverWait(browser, _PATIENCE).until(lambda page: "2 of 2" in page.find_element(By.TAG_NAME, "body").text)
    browser.find_element(By.NAME, "cannot-tell").click()
    WebDriverWait(browser, _PATIENCE).until(lambda page: "Thank you" in page.find_element(By.TAG_NAME, "body").text)
    asking.join(_PATIENCE)
    assert not asking.is_alive() and answers == [(0, "a pear"), (1, "")]
    assert complaints(browser) == []
