"""What the numbers on a page have to be, by the address alone: of the documents as rows, counted in plain Python."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import numpy as np
from playwright.sync_api import Page, expect

from monitor_core.app.frame.address.uses import used_by
from monitor_core.app.frame.sidebar import BASES
from monitor_core.app.frame.text import DASH
from monitor_core.contract import wording
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.contract.selection import NOT_REVIEWED, REJECTED, Selection
from monitor_core.mongo.sample_pages import PAGE
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.reports.granularity import automatic
from monitor_core.reports.performance import Performance
from monitor_core.scores.shares import FEWEST
from tests.browser.shown import asked, tiles
from tests.browser.visit import TITLES
from tests.documents import FIELDS

NO_CAMERA = "(none)"
PRESETS = {"today": 1, "7d": 7, "30d": 30, "90d": 90}  # days
PERFORMANCE = list(TITLES)[:5]
MARKS = (
    "[data-testid=stVegaLiteChart] svg.marks [aria-roledescription][aria-label]"
    ":not([aria-roledescription=axis], [aria-roledescription=legend])"
)
CELL = re.compile(r"prediction: (\d+); target \(true class\): (\w+);")
COUNT = re.compile(r"(?:^|; )count: (\d+)")
BAR = re.compile(r"(?:^|; )name: (\d+); samples: (\d+)")
DAY = re.compile(r"day: (\d{4}-\d\d-\d\d); samples: (\d+)$")
Query = dict[str, list[str]]


@dataclass(frozen=True)
class Row:
    predicted: date
    reviewed: date | None
    prediction: int
    target: str  # class, rejected or not reviewed
    confidence: float
    camera: str

    @property
    def outcomes(self) -> set[str]:
        if self.target == NOT_REVIEWED:
            return {NOT_REVIEWED}
        right = self.target == str(self.prediction)
        return {"right"} if right else {"wrong", REJECTED} if self.target == REJECTED else {"wrong"}


@dataclass(frozen=True)
class Truth:
    """The documents as rows; what an address names, of them."""

    store: Store
    rows: tuple[Row, ...]

    def today(self) -> date:
        return local_day(datetime.now(UTC), self.store.settings.zone)

    def selection(self, query: Query) -> Selection:
        basis = BASES[query.get("basis", ["review day"])[0]]
        where = tuple(("camera", value) for value in query.get("where_camera", []))
        name = query.get("period", ["30d"])[0]
        if name == "custom":
            return Selection(_between(query["range"]), basis, where)
        if name == "all":
            first = min(day for row in self.rows if (day := _day(row, basis)))
            return Selection(Period(first, self.today()), basis, where)
        if ".." in name:
            return Selection(_between(name.split("..")), basis, where)
        return Selection(Period(self.today() - timedelta(days=PRESETS[name] - 1), self.today()), basis, where)

    def other(self, query: Query) -> Selection | None:
        here, against = self.selection(query), query.get("against", ["nothing"])[0]
        if against == "previous period" and query.get("period") != ["all"]:
            days = timedelta(weeks=-(-len(here.period) // 7))
            return replace(here, period=Period(here.period.first - days, here.period.last - days))
        if against == "reference period" and query.get("reference"):
            return replace(here, period=_between(query["reference"]))
        camera = query.get("other_camera")
        if against == "another camera" and camera and camera != query.get("where_camera"):
            return replace(here, where=(("camera", camera[0]),))
        return None

    def of(self, chosen: Selection) -> list[Row]:
        """The selection's rows; by prediction day, also those that nobody reviewed."""
        period, cameras = chosen.period, [value for _, value in chosen.where]
        return [
            row
            for row in self.rows
            if (day := _day(row, chosen.basis))
            and period.first <= day <= period.last
            and row.camera in (cameras or [row.camera])
        ]

    def reviewed(self, chosen: Selection) -> list[Row]:
        return [row for row in self.of(chosen) if row.target != NOT_REVIEWED]

    @lru_cache  # noqa: B019 - one truth a test
    def scores(self, chosen: Selection) -> Performance:
        return reports.read_performance(self.store, chosen, exact=True)


def _between(days: list[str]) -> Period:
    """Of two equal days the address holds one."""
    return Period(*sorted(date.fromisoformat(days[at]) for at in (0, -1)))


def _day(row: Row, basis: str) -> date | None:
    return row.reviewed if basis == "validated" else row.predicted


def row_of(document: dict[str, Any], zone: ZoneInfo) -> Row:
    prediction, answer = document[FIELDS.prediction], document[FIELDS.validated]
    target = {"None": NOT_REVIEWED, "True": str(prediction), "False": REJECTED}.get(str(answer), str(answer))
    reviewed, camera = document[FIELDS.validated_at], document.get("camera") or NO_CAMERA
    day = local_day(reviewed, zone) if reviewed else None
    return Row(
        local_day(document[FIELDS.predicted_at], zone), day, prediction, target, document[FIELDS.confidence], camera
    )


# ---- what is on the page


def name_of(page: Page) -> str:
    return urlsplit(page.url).path.strip("/")


def assert_true(page: Page, truth: Truth) -> None:
    """Every number that the selection in the address decides."""
    name, query = name_of(page), asked(page)
    chosen = truth.selection(query)
    period = chosen.period
    days = f"{wording.days(period)}, {wording.count(len(period), 'day')}"
    if "period" in used_by(name):
        expect(page.get_by_test_id("stSidebar").get_by_text(days)).to_be_visible()
    if name in PERFORMANCE:
        _assert_performance(page, truth, chosen)
    elif name in CHECKS:
        CHECKS[name](page, truth, chosen)


def _assert_performance(page: Page, truth: Truth, chosen: Selection) -> None:
    name, query = name_of(page), asked(page)
    reviewed, other = truth.reviewed(chosen), truth.other(query)
    assert truth.scores(chosen).counts.validated == len(reviewed)
    main = page.get_by_test_id("stMain")
    if not reviewed:
        expect(main.get_by_text(re.compile("^No reviewed samples (from|on) "))).to_be_visible()
        if name != "training_data":
            return
    elif name != "training_data":
        expect(
            main.get_by_text(
                re.compile(f"^{wording.count(len(reviewed), 'reviewed sample')} {wording.during(chosen.period)}")
            )
        ).to_be_visible()
    compared = main.get_by_test_id("stAlert").filter(has_text="Compared with")
    expect(compared).to_have_count(1 if other else 0)
    if other:
        expect(compared).to_contain_text(f": {wording.count(len(truth.reviewed(other)), 'reviewed sample')}")
    if name == "":
        average = query.get("average", ["macro"])[0]
        scores = truth.scores(chosen).headline(average).values()
        on_tiles = [
            score.bounds_in_words() if score.has_bounds else f"{score.value:.1%}" if score.is_shown else DASH
            for score in scores
        ]
        expect(tiles(page)).to_have_text([f"{len(reviewed):,}", *on_tiles])
    labels = marks(page)
    targets = Counter(row.target for row in reviewed if row.target != REJECTED)
    if not other and name in ("", "samples_by_class"):
        bars = {(bar[1], int(bar[2])) for label in labels if "day:" not in label and (bar := BAR.search(label))}
        assert bars == set(targets.items())
    if name == "metrics_by_class":
        found = {
            (cell[2], cell[1]): int(count[1])
            for label in labels
            if (cell := CELL.search(label)) and (count := COUNT.search(label))
        }
        cells = Counter((row.target, str(row.prediction)) for row in reviewed)
        assert {at: count for at, count in found.items() if count} == dict(cells)
    by_day = _granularity(query, truth, chosen) == "day"
    if not other and by_day and name in ("", "metrics"):
        counted = Counter(str(_day(row, chosen.basis)) for row in reviewed)
        found = {day[1]: int(day[2]) for label in labels if (day := DAY.match(label)) and day[2] != "0"}
        assert found == dict(counted)


def _granularity(query: Query, truth: Truth, chosen: Selection) -> str:
    picked = query.get("granularity", ["automatic"])[0]
    if picked == "hour":
        return "day" if len(chosen.period) > 14 else "hour"
    if picked != "automatic":
        return picked
    return automatic(truth.scores(chosen), lambda: np.array([20])).granularity  # by day, no hour is looked for


def marks(page: Page) -> list[str]:
    return [str(one) for one in page.locator(MARKS).evaluate_all("all => all.map(mark => mark.ariaLabel)")]


def _assert_reviews(page: Page, truth: Truth, chosen: Selection) -> None:
    everything = replace(chosen, basis="predicted")
    if asked(page).get("period") == ["all"]:
        everything = replace(everything, period=truth.selection(asked(page) | {"basis": ["prediction day"]}).period)
    predicted = truth.of(everything)
    share = len([row for row in predicted if row.reviewed]) / len(predicted) if predicted else 0
    of_all = [row for row in truth.rows if row.camera in ([value for _, value in chosen.where] or [row.camera])]
    waiting = sum(not row.reviewed for row in of_all)
    expect(tiles(page).nth(0)).to_have_text(f"{share:.1%}" if predicted else DASH)
    expect(tiles(page).nth(1)).to_have_text(f"{waiting:,}")
    made = truth.reviewed(replace(everything, basis=chosen.basis))
    answers = [
        sum("right" in row.outcomes for row in made),
        sum(row.outcomes == {"wrong"} for row in made),
        sum(REJECTED in row.outcomes for row in made),
    ]
    expect(tiles(page)).to_have_count(7)
    assert tiles(page).all_inner_texts()[4:] == [f"{count:,}" for count in answers]


def _assert_calibration(page: Page, truth: Truth, chosen: Selection) -> None:
    of_class = asked(page).get("class")
    rows = [row for row in truth.reviewed(chosen) if [str(row.prediction)] == (of_class or [str(row.prediction)])]
    if not rows:
        expect(tiles(page)).to_have_count(0)
        return
    right = sum("right" in row.outcomes for row in rows)
    expect(page.get_by_text(re.compile(f"^{len(rows):,} samples (reviewed|predicted)"))).to_be_visible()
    expect(tiles(page).first).to_have_text(f"{right / len(rows):.1%}" if len(rows) >= FEWEST else DASH)


def _assert_quality(page: Page, truth: Truth, chosen: Selection) -> None:
    rows = truth.of(Selection(chosen.period, "predicted"))
    used = sum(row.reviewed is not None for row in rows)
    counts = [len(rows), used, len(rows) - used, 0] if rows else []
    expect(tiles(page)).to_have_text([f"{count:,}" for count in counts])


def _assert_samples(page: Page, truth: Truth, chosen: Selection) -> None:
    query = asked(page)
    if "day" in query:
        day = date.fromisoformat(query["day"][0])
        if not chosen.period.first <= day <= chosen.period.last:
            expect(page.get_by_text("lies outside of")).to_be_visible()
            return
        chosen = replace(chosen, period=Period(day, day))
    rows = [row for row in truth.of(chosen) if _is_asked_for(row, query)]
    if rows:
        sentence = re.compile(f"^{wording.count(len(rows), 'sample')}; page [0-9]+ of {-(-len(rows) // PAGE)}[.]$")
        expect(page.get_by_text(sentence)).to_be_visible()
    else:
        expect(
            page.get_by_text(re.compile("^(No sample of the period is as|What is not reviewed has no)"))
        ).to_be_visible()


def _is_asked_for(row: Row, query: Query) -> bool:
    low, high = (round(float(edge) * CONFIDENCE_BINS) for edge in query.get("confidence", ["0", "1"]))
    place = min(int(row.confidence * CONFIDENCE_BINS + 1e-9), CONFIDENCE_BINS - 1)
    return (
        row.target in query.get("target", [row.target])
        and query.get("prediction", [str(row.prediction)]) == [str(row.prediction)]
        and query.get("outcome", ["any"])[0] in {*row.outcomes, "any"}
        and low <= place < high
    )


CHECKS: dict[str, Callable[[Page, Truth, Selection], None]] = {
    "reviews": _assert_reviews,
    "calibration": _assert_calibration,
    "data_quality": _assert_quality,
    "samples": _assert_samples,
}
