"""A walk at random through the app: whatever is clicked, no error, and the numbers are those of what the address names.

    WALK_ACTIONS=300 WALK_SEED=8 ./test.sh tests/browser/test_walk.py

walks 300 actions instead of 40, and others than seed 1 does. A failure shows the seed and the actions up to it; the
demo ends now, so the same seed walks the same way on the same day. The numbers are held against the rows themselves,
counted in plain Python, and the scores against the command line's report with all documents counted anew.
"""

import os
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as TookTooLong

from monitor_core.app.frame.address.uses import used_by
from monitor_core.app.frame.sidebar import BASES
from monitor_core.cli import demo
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import NOT_REVIEWED, ORDERS, OUTCOMES, REJECTED
from monitor_core.logger import tick as jobs
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from tests.browser import visit
from tests.browser.conftest import Heard
from tests.browser.shown import OpenTab, asked, assert_no_error
from tests.browser.truth import CELL, MARKS, NO_CAMERA, PRESETS, Truth, assert_true, name_of, row_of
from tests.browser.visit import TITLES, choose, turn_to
from tests.documents import fields

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("apart")]

ACTIONS = int(os.environ.get("WALK_ACTIONS", "25"))
SEED = int(os.environ.get("WALK_SEED", "1"))
ZONE = "Europe/Madrid"  # its clock goes back inside of the demo's days
CAMERAS = ("left", "right", None)  # a third of the documents has no camera
AGAINST = ("nothing", "previous period", "reference period", "another camera")
SECOND = {"reference period": "reference", "another camera": "other_camera"}
# What the sidebar keeps in the address, over all pages.
SHARED = ("period", "range", "basis", "average", "where_camera", "granularity", "against", "reference", "other_camera")
# The address's own page stands, with nothing on the way.
STANDS = f"""titles => document.querySelector('{visit.SETTLED}') && document.querySelector('[role=radio]') &&
  !document.querySelector('[data-stale=true], [data-testid=stSkeleton]') &&
  [...document.querySelectorAll('[data-testid=stHeading] h2')].some(
    one => one.textContent.trim() === titles[location.pathname.slice(1)]) &&
  [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].every(one => one.querySelector('svg.marks g g'))"""


@pytest.fixture(scope="module")
def variables(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {
        "MONITOR_MONGODB_URI": mongodb_uri,
        "MONITOR_DATABASE": "walk_of_the_browser",
        "MONITOR_STATE_FOLDER": str(tmp_path_factory.mktemp("walk")),
        "MONITOR_TIME_ZONE": ZONE,
        "MONITOR_SEGMENTS": '{"camera": "camera"}',
    }


@pytest.fixture(scope="module")
def truth(variables: dict[str, str], mongodb_uri: str) -> Iterator[Truth]:
    """The demo from two cameras, counted by the worker; then nothing writes any more."""
    settings = Settings(
        mongodb_uri=mongodb_uri,
        database=variables["MONITOR_DATABASE"],
        state_folder=variables["MONITOR_STATE_FOLDER"],
        time_zone=ZONE,
        segments={"camera": "camera"},
    )
    store = Store(settings)
    demo.fill(store, datetime.now(UTC), into_configured_database=True)
    for number, camera in enumerate(CAMERAS):
        named = fields(filename={"$regex": f"[{''.join('0123456789'[number::3])}][.]jpg$"})
        change = {"$set": {"camera": camera}} if camera else {"$unset": {"camera": 1}}
        store.collection.update_many(named, change)
    assert not store.indexes.create()
    jobs.tick(store)
    yield Truth(store, tuple(row_of(document, settings.zone) for document in store.collection.find({})))
    store.database.client.drop_database(settings.database)
    store.database.client.close()


@pytest.fixture(scope="module")
def walk_address(variables: dict[str, str], truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with visit.app(variables, tmp_path_factory.mktemp("walk_app") / "app.log") as address:
        yield address


# ---- what somebody does


def settle(page: Page) -> None:
    page.wait_for_timeout(150)  # a click reaches the server, or a chart
    page.wait_for_function(STANDS, arg=TITLES)


def settle_loaded(page: Page) -> None:
    """Of who turns to another page within some 100 ms of the first paint, Streamlit's client forgets the address: the
    selection stays, but does not stand there until it is changed."""
    settle(page)
    page.wait_for_timeout(300)


class Visitor:
    """Each method is an action: it does something, sees that the address follows, and says what it did."""

    def __init__(self, page: Page, address: str, truth: Truth, chance: random.Random) -> None:
        self.page, self.address, self.truth, self.chance = page, address, truth, chance
        self.sidebar = page.get_by_test_id("stSidebar")

    def act(self) -> str:
        name = name_of(self.page)
        used = used_by(name)
        possible = [action for action in ANYWHERE if action not in NEEDS or NEEDS[action] in used]
        return self.chance.choice([*possible, *ON_PAGE.get(name, [])])(self)

    def _asks(self, **expected: list[str] | None) -> None:
        """What the address has to hold from now on; a default does not stand there."""
        settle(self.page)
        self._soon(lambda: {name: self._values(name) for name in expected}, expected)

    def _until(self, do: Callable[[], None], **expected: list[str] | None) -> None:
        """As a person does who sees that a click had no effect: once more. On a busy machine something may move away
        between the press and the release of the button."""
        do()
        try:
            self._asks(**expected)
        except AssertionError:
            print(f"   once more, for {expected}")
            do()
            self._asks(**expected)

    def _choose(self, name: str, **expected: list[str] | None) -> None:
        self._until(lambda: choose(self.page, name), **expected)

    def _values(self, name: str) -> list[str] | None:
        """One day may stand there twice, or once."""
        return sorted(set(asked(self.page).get(name, []))) or None

    def _soon(self, now: Callable[[], object], wanted: object) -> None:
        """The address follows what is shown by a moment."""
        deadline = time.monotonic() + 5
        while now() != wanted and time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
        assert now() == wanted

    def _all(self) -> dict[str, list[str] | None]:
        return {name: self._values(name) for name in asked(self.page)}

    def _shared(self) -> dict[str, list[str] | None]:
        """A second camera or a reference period stays behind where nothing asks for it any more."""
        query = self._all()
        asleep = {name for against, name in SECOND.items() if query.get("against") != [against]}
        return {name: values for name, values in query.items() if name in SHARED and name not in asleep}

    def _another(self, name: str, options: Iterable[str], default: str) -> str:
        now = asked(self.page).get(name, [default])[0]
        return self.chance.choice([option for option in options if option != now])

    def _pick(self, label: str, option: str) -> None:
        """A chart that finds its width may close the list again: then once more."""
        for _ in range(5):
            self.page.get_by_role("combobox", name=label, exact=True).click()
            try:
                self.page.get_by_role("option", name=option, exact=True).click(timeout=3000)
            except TookTooLong:
                self.page.keyboard.press("Escape")
            else:
                return
        raise AssertionError(f"{label} does not offer {option}")

    def _days(self) -> tuple[date, date]:
        """Two at least: the way back to a range of one day, which stands in the address once, keeps the later range."""
        last = self.truth.today() - timedelta(days=self.chance.randrange(130))
        return last - timedelta(days=self.chance.choice([1, 3, 13, 40])), last

    def _type_days(self, place: Any, first: date, last: date, shown: list[str]) -> None:
        """The end first where the range would be reversed in between: Streamlit takes no such date."""
        typed = [("start", first), ("end", last)]
        for end, day in reversed(typed) if shown and str(first) > max(shown) else typed:
            place.get_by_role("spinbutton", name=re.compile(f"^year.*{end} date")).click()
            self.page.keyboard.type(f"{day:%Y%m%d}")
            self.page.keyboard.press("Escape")

    def preset(self) -> str:
        name = self._another("period", [*PRESETS, "all"], "30d")
        self._choose(name, period=None if name == "30d" else [name])
        return f"period {name}"

    def typed_range(self) -> str:
        first, last = self._days()
        if ".." not in asked(self.page).get("period", [""])[0]:
            days = self.truth.selection(asked(self.page)).period
            self._choose("custom", period=[f"{days.first}..{days.last}"])
        shown = asked(self.page)["period"][0].split("..")
        self._type_days(self.sidebar.get_by_test_id("stDateInput").locator("visible=true").first, first, last, shown)
        self._asks(period=[f"{first}..{last}"])
        return f"typed range {first} to {last}"

    def link(self) -> str:
        """A colleague's, to another view."""
        first, last = self._days()
        query = {"period": "custom", "range": [first, last], "basis": self.chance.choice(list(BASES))}
        query |= {"where_camera": self.chance.choice(["left", NO_CAMERA])} if self.chance.random() < 0.3 else {}
        url = f"{self.address}/{self.chance.choice(list(TITLES))}?{urlencode(query, doseq=True)}"
        self.page.goto(url)
        settle_loaded(self.page)
        assert self.truth.selection(asked(self.page)).period == Period(first, last)
        return f"link {url}"

    def basis(self) -> str:
        name = self._another("basis", BASES, "review day")
        self._choose(name, basis=None if name == "review day" else [name])
        return f"basis {name}"

    def average(self) -> str:
        name = self._another("average", ["macro", "weighted"], "macro")
        self._choose(name, average=None if name == "macro" else [name])
        return f"average {name}"

    def granularity(self) -> str:
        name = self._another("granularity", ["automatic", "hour", "day", "week", "month"], "automatic")
        self._choose(name, granularity=None if name == "automatic" else [name])
        return f"granularity {name}"

    def camera(self) -> str:
        clear = self.sidebar.get_by_label("Clear value").locator("visible=true").first
        if clear.count() and self.chance.random() < 0.5:
            clear.click()
            self._asks(where_camera=None)
            return "no camera"
        name = self.chance.choice(["left", "right", NO_CAMERA])
        self._until(lambda: self._pick("Camera", name), where_camera=[name])
        return f"camera {name}"

    def compare(self) -> str:
        against = self._another("against", AGAINST, "nothing")
        expected = None if against == "nothing" else [against]
        self._until(lambda: self._pick("Compare with", against), against=expected)
        if against == "another camera":
            name = self.chance.choice(["left", "right", NO_CAMERA])
            self._until(lambda: self._pick("The other camera", name), other_camera=[name])
            against = f"camera {name}"
        if against == "reference period":
            first, last = self._days()
            self._type_days(
                self.sidebar.get_by_test_id("stDateInput").locator("visible=true").last,
                first,
                last,
                asked(self.page).get("reference", []),
            )
            self._asks(reference=[str(day) for day in sorted({first, last})])
            against = f"{first} to {last}"
        return f"compare with {against}"

    def turn_to(self) -> str:
        name, before = self.chance.choice(list(TITLES)), self._shared()
        turn_to(self.page, name)
        self.page.wait_for_url(lambda url: urlsplit(url).path == f"/{name}")
        settle(self.page)
        self._soon(self._shared, before)
        return f"page {TITLES[name]}"

    def click_a_mark(self) -> str:
        """What can be clicked leads to the samples, and of a cell or a bar to just these."""
        found = self.page.locator(MARKS).evaluate_all(
            """all => all.map((mark, at) => [at, mark.ariaLabel, mark.getBoundingClientRect()])
              .filter(one => one[2].width && one[2].height).map(one => one.slice(0, 2))"""
        )
        if not found:
            return self.turn_to()
        before, (at, label) = self._shared(), self.chance.choice(found)
        self.page.locator(MARKS).nth(at).click(force=True)
        settle(self.page)
        self._soon(self._shared, before)
        query = asked(self.page)
        cell = CELL.search(label)
        if cell and name_of(self.page) == "samples":
            assert (query["prediction"], query["target"]) == ([cell[1]], [cell[2]])
        return f"click on {label}"

    def back(self) -> str:
        self.page.go_back()
        if not self.page.url.startswith(self.address):
            self.page.go_forward()
        settle_loaded(self.page)
        return "back"

    def forward(self) -> str:
        self.page.go_forward()
        settle_loaded(self.page)
        return "forward"

    def reload(self) -> str:
        before = self._all()
        self.page.reload()
        settle_loaded(self.page)
        self._soon(self._all, before)
        return "reload"

    def cells(self) -> str:
        name = self._another("cells", ["counts", "share of the true class"], "counts")
        self.page.get_by_role("radio", name=name, exact=True).click()
        self._asks(cells=None if name == "counts" else [name])
        return f"cells show {name}"

    def filter_samples(self) -> str:
        options = {
            "Outcome": ["any", *OUTCOMES],
            "Order": list(ORDERS),
            "Target (true class)": [REJECTED, NOT_REVIEWED],
        }
        label = self.chance.choice(list(options))
        name = self.chance.choice(options[label])
        if label.startswith("Target") and self._values("target"):
            name = "any"
            self.page.get_by_role("combobox", name=label, exact=True).click()
            for _ in self._values("target") or ():
                self.page.keyboard.press("Backspace")
            self.page.keyboard.press("Escape")
        else:
            self._pick(label, name)
            self.page.keyboard.press("Escape")  # the list of several targets stays open
        settle(self.page)
        return f"{label}: {name}"

    def turn_samples(self) -> str:
        button = self.page.get_by_role(
            "button", name=self.chance.choice(["First", "Previous", "Next", "Last"]), exact=True
        )
        if not (button.count() and button.is_enabled()):
            return self.turn_to()
        name = button.inner_text()
        button.click()
        settle(self.page)
        return f"{name} samples"

    def open_a_sample(self) -> str:
        button = self.page.get_by_role("button", name=re.compile(r"^digit-\d+\.jpg$")).first
        if not button.count():
            return self.turn_to()
        name = button.inner_text()
        button.click()
        expect(self.page.get_by_role("dialog").get_by_test_id("stDataFrame")).to_be_visible()
        self.page.keyboard.press("Escape")
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        settle(self.page)
        return f"opened {name}"


Action = Callable[[Visitor], str]
ANYWHERE: list[Action] = [
    *[Visitor.preset, Visitor.typed_range, Visitor.basis, Visitor.average, Visitor.granularity, Visitor.camera],
    *[Visitor.compare, Visitor.link, Visitor.reload, Visitor.back, Visitor.forward, Visitor.click_a_mark],
    *[Visitor.turn_to, Visitor.turn_to, Visitor.turn_to],
]
NEEDS: dict[Action, str] = {  # the choice in the sidebar, which only the pages have that use it
    Visitor.preset: "period",
    Visitor.typed_range: "period",
    Visitor.basis: "basis",
    Visitor.average: "average",
    Visitor.granularity: "granularity",
    Visitor.camera: "segments",
    Visitor.compare: "comparison",
}
ON_PAGE: dict[str, list[Action]] = {
    "": [Visitor.click_a_mark, Visitor.click_a_mark],
    "samples_by_class": [Visitor.click_a_mark, Visitor.click_a_mark],
    "metrics": [Visitor.click_a_mark, Visitor.click_a_mark],
    "metrics_by_class": [Visitor.click_a_mark, Visitor.click_a_mark, Visitor.cells],
    "samples": [Visitor.filter_samples, Visitor.turn_samples, Visitor.open_a_sample],
}


def assert_soon_true(page: Page, truth: Truth) -> None:
    """On a busy machine a click may reach the server only while the page is read."""
    for _ in range(2):
        try:
            assert_true(page, truth)
        except AssertionError:
            settle(page)
        else:
            return
    assert_true(page, truth)


def test_a_walk_at_random_shows_no_error_and_only_right_numbers(
    walk_address: str, truth: Truth, open_tab: OpenTab, heard: Heard
) -> None:
    page = open_tab(walk_address)
    visitor = Visitor(page, walk_address, truth, random.Random(SEED))
    print(f"WALK_SEED={SEED} WALK_ACTIONS={ACTIONS}")
    settle_loaded(page)
    for number in range(1, ACTIONS + 1):
        try:
            done = visitor.act()
            assert_soon_true(page, truth)
            assert_no_error(page)
            heard.forget_what_is_gone([page])
            assert heard.complaints == []
        finally:
            print(f"{number}: {page.url}")
        print(f"   {done}")
