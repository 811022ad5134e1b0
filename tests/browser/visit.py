"""The real app in a process of its own, and a Chromium to look at it; the tests and the screenshots share it."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from monitor_core.settings.settings import ROOT

START_SECONDS = 60
OURS = ("MONITOR_", "WHYLABS_", "STREAMLIT_")
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
UNFOLDED = "() => !document.querySelector('[data-testid=stSidebar] details').getAnimations().length"
ALWAYS_IN_SIGHT = 5  # pages that are one click away; the others are in the navigation's menus
TITLES = {
    "": "Overview",
    "metrics": "Metrics",
    "samples_by_class": "Samples by class",
    "metrics_by_class": "Metrics by class",
    "training_data": "Training data",
    "reviews": "Reviews",
    "review_next": "Review next",
    "calibration": "Calibration",
    "data_quality": "Data quality",
    "samples": "Samples",
    "retraining": "Retraining",
    "drift": "Drift",
    "alerts": "Alerts",
    "logging": "Logging",
    "about": "About",
}
CHARTS = {
    "": 4,
    "metrics": 4,  # or one more, where the reviewed predictions do not stand for all
    "samples_by_class": 3,
    "metrics_by_class": 4,
    "training_data": 3,
    "reviews": 7,
    "review_next": 0,
    "calibration": 2,
    "data_quality": 0,
    "samples": 0,
    "retraining": 0,
    "drift": 8,
    "alerts": 0,
    "logging": 5,
    "about": 0,
}


DRAWN = """([least, most]) => {
  const places = [...document.querySelectorAll("[data-testid=stVegaLiteChart]")];
  const drawn = places.filter(place => place.querySelector("svg.marks")).length;
  return drawn === places.length && least <= drawn && drawn <= most;
}"""


def clean_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with these settings and no others."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**environment, **variables}


@contextmanager
def app(variables: Mapping[str, str], log: Path, port: int | None = None) -> Iterator[str]:
    """The address of an app that lives as long as the block."""
    with started(["-m", "streamlit", "run", "streamlit_app.py"], variables, log, port) as (address, _):
        yield address


@contextmanager
def started(
    program: Sequence[str], variables: Mapping[str, str], log: Path, port: int | None = None
) -> Iterator[tuple[str, int]]:
    """Address and process of an app that Python starts so."""
    port = port or free_port()
    command = [sys.executable, *program, "--server.port", str(port)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=clean_environment(variables), stdout=output, stderr=subprocess.STDOUT
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_healthy(address, process, log)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):  # noqa: S310 - our own http address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"the app did not start:\n{log.read_text()}")


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """The system's Chromium if there is one, else Playwright's own; without a window it works a tenth less."""
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    with sync_playwright() as playwright:
        # Tests run as root in containers, where Chromium's sandbox cannot.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu", *flags])
        yield browser
        browser.close()


def turn_to(page: Page, name: str) -> None:
    """By the navigation: a click, or two where the page is in a menu."""
    title = re.compile(rf"^{TITLES[name]}( ● .+)?$")  # a dot and a number, or words, follow that of the alerts
    place = list(TITLES).index(name)
    if place < ALWAYS_IN_SIGHT:
        page.get_by_test_id("stTopNavLink").filter(has_text=title).click()
    else:
        menu = "Operate" if name in ("drift", "alerts", "logging", "about") else "Investigate"
        page.get_by_test_id("stTopNavSection").filter(has_text=menu).click()
        page.get_by_test_id("stTopNavDropdownLink").filter(has_text=title).click()


def choose(page: Page, text: str) -> None:
    """In the sidebar, folded open if that is where the choice is."""
    sidebar = page.get_by_test_id("stSidebar")
    choice = sidebar.get_by_role("radio", name=text, exact=True)
    if not choice.is_visible():
        sidebar.get_by_text("Dates, averages and charts").click()
        # What is scrolled into sight while it unfolds slides away under a button that is pressed: no click.
        page.wait_for_function(UNFOLDED)
    choice.click()


def numbers_of_charts(name: str) -> list[int]:
    """The least and the most charts of a page."""
    return [CHARTS[name], CHARTS[name] + (name == "metrics")]


def wait_for_page(page: Page, name: str, charts: int | None = None) -> None:
    """Until the page of this address stands and its charts are drawn."""
    page.get_by_test_id("stHeading").get_by_role("heading", level=2, name=TITLES[name], exact=True).wait_for()
    page.locator(SETTLED).wait_for()
    page.wait_for_function(DRAWN, arg=numbers_of_charts(name) if charts is None else [charts, charts])
