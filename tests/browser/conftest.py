"""One app over one demo and one Chromium for all tests; each test's page tells what went wrong in it."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, WebSocket, expect
from pymongo import MongoClient

from monitor_core.cli import demo
from monitor_core.logger import tick as jobs
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT, Settings
from tests.browser import visit

pytest.register_assert_rewrite("browser.truth")
expect.set_options(timeout=20_000)  # a busy machine is slow
Scheme = Literal["light", "dark"]
# A page's address is taken for a folder at first; Streamlit's client asks there, and then at the root.
MEDIA = re.compile(r"/media/[0-9a-f]+\.\w+")  # of an image
PROBE = re.compile(r"http://127\.0\.0\.1:\d+/\w+/_stcore/(health|host-config)")


@dataclass
class Heard:
    """What a browser says besides the page."""

    probes: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)  # requests to other hosts than ours

    def listen(self, page: Page) -> None:
        for event, listener in self._listeners().items():
            page.on(event, listener)

    def stop_listening(self, page: Page) -> None:
        for event, listener in self._listeners().items():
            page.remove_listener(event, listener)

    def forget_what_is_gone(self, pages: Iterable[Page]) -> None:
        """Forget complaints of images that no page shows any more: Streamlit serves those of a session's last run, and
        a browser that is late asks for one that the next run has replaced."""
        paths = "[...document.images].map(image => new URL(image.src).pathname)"
        shown = {path for page in pages if not page.is_closed() for path in page.evaluate(paths)}
        self.complaints = [one for one in self.complaints if not (image := MEDIA.search(one)) or image[0] in shown]

    def _listeners(self) -> dict[str, Callable[..., None]]:
        return {"console": self._said, "pageerror": self._broke, "request": self._asked, "websocket": self._asked}

    def _broke(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _said(self, message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        if PROBE.fullmatch(url) and "404" in message.text:
            self.probes.add(url.split("/", 3)[3])
        elif message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} ({url})")

    def _asked(self, asked: Request | WebSocket) -> None:
        if not re.match(r"(https?|ws)://127\.0\.0\.1[:/]|data:|blob:", asked.url):
            self.elsewhere.append(asked.url)


class Tabs:
    """A visitor's tabs. A test gets one that another test is done with, without its history: there the app's 4 MB of
    script are fetched and compiled already, and a page takes half of the work that it takes in a new tab."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self._taken: list[Page] = []
        self._free: list[Page] = []

    def take(self) -> Page:
        self._taken.append(self._free.pop() if self._free else self.context.new_page())
        return self._taken[-1]

    def give_back(self) -> None:
        """All of them."""
        while self._taken:
            page = self._taken.pop()
            if page.is_closed():
                continue
            page.goto("about:blank")
            page.mouse.move(0, 0)
            session = self.context.new_cdp_session(page)
            session.send("Page.resetNavigationHistory")
            session.detach()
            self._free.append(page)


@pytest.fixture(scope="session")
def demo_variables(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings of a database that holds the demo."""
    state = tmp_path_factory.mktemp("state")
    settings = Settings(mongodb_uri=mongodb_uri, database="demo_of_the_browser", state_folder=state)
    store = Store(settings)
    demo.fill(store, datetime.now(UTC), into_configured_database=True)
    jobs.tick(store)
    yield {
        "MONITOR_MONGODB_URI": mongodb_uri,
        "MONITOR_DATABASE": settings.database,
        "MONITOR_STATE_FOLDER": str(state),
        "MONITOR_LOG_EVERY": "24 h",  # the only run was just now, and no page is to complain
    }
    store.database.client.drop_database(settings.database)
    store.database.client.close()


@pytest.fixture
def predictions(demo_variables: dict[str, str]) -> Iterator[Any]:
    """The collection the app reads."""
    with MongoClient[dict[str, Any]](demo_variables["MONITOR_MONGODB_URI"]) as client:
        yield client[demo_variables["MONITOR_DATABASE"]]["image_logs"]


@pytest.fixture(scope="session")
def address(demo_variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with visit.app(demo_variables, tmp_path_factory.mktemp("app") / "app.log") as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    # Pages are looked at for seconds: optimizing their script costs a fifth more than it gains.
    # A stranger's name leads to the app, as a stranger's name server may let it.
    rebound = "--host-resolver-rules=MAP stranger.example 127.0.0.1"
    with visit.chromium("--js-flags=--no-opt --no-maglev", rebound) as browser:
        yield browser


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="session")
def tabs(chromium: Browser) -> Callable[..., Tabs]:
    """Those of one visitor a zone."""

    @lru_cache
    def of_zone(timezone_id: str | None) -> Tabs:
        return Tabs(chromium.new_context(timezone_id=timezone_id))

    return of_zone


@pytest.fixture
def open_tab(tabs: Callable[..., Tabs], heard: Heard) -> Iterator[Callable[..., Page]]:
    """A tab that listens; at the end, nothing may have been complained about in it."""
    pages: list[Page] = []
    visitors: list[Tabs] = []

    def open_one(
        url: str, width: int = 1400, height: int = 1000, color_scheme: Scheme = "light", timezone_id: str | None = None
    ) -> Page:
        visitor = tabs(timezone_id)
        page = visitor.take()
        visitors.append(visitor)
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme, reduced_motion="reduce")  # a tenth less work
        page.set_default_timeout(45_000)
        heard.listen(page)
        page.goto(url)
        return page

    yield open_one
    heard.forget_what_is_gone(pages)
    for page in pages:
        heard.stop_listening(page)
    for visitor in visitors:
        visitor.give_back()
    assert heard.complaints == []
    assert heard.elsewhere == []


@pytest.fixture
def status(demo_variables: dict[str, str]) -> dict[str, Any]:
    """The command line's status, as JSON; its exit code says it too."""
    command = [sys.executable, "-m", "monitor_core", "status", "--format", "json"]
    variables = visit.clean_environment(demo_variables)
    result = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    answer = dict(json.loads(result.stdout))
    assert result.returncode == {"good": 0, "bad": 1, "unknown": 2}[answer["level"]]
    return answer


@pytest.fixture(scope="session")
def report(demo_variables: dict[str, str]) -> Callable[..., dict[str, Any]]:
    """The command line's report of a range, as JSON."""

    @lru_cache
    def ask(first: date, last: date, basis: str = "validated") -> dict[str, Any]:
        command = [sys.executable, "-m", "monitor_core", "report", "--format", "json", "--basis", basis]
        result = subprocess.run(
            [*command, "--first", str(first), "--last", str(last)],
            cwd=ROOT,
            env=visit.clean_environment(demo_variables),
            capture_output=True,
            text=True,
            check=True,
        )
        return dict(json.loads(result.stdout))

    return ask
