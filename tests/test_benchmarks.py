"""The benchmarks at a small size: that they run, and that their figures are possible, however fast."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

from benchmarks import browser, chart, drift_situations, drift_worlds, logging, models, results, scale, served, sessions
from benchmarks.served import Served
from monitor_core.mongo.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("benchmarks")]
ROWS = 2000
DAYS = 60
FEW = 400  # the naive way scores each day and class by itself
T = TypeVar("T")


def apart(act: Callable[[], T]) -> T:
    """In a thread of its own: the browser of other tests keeps an event loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(act).result()


@pytest.fixture(scope="module")
def app() -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (served, sessions):
            patch.setattr(module, "DAYS", DAYS)
        with served.served(ROWS) as app:
            yield app


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Instead of the file in the repository."""
    monkeypatch.setattr(results, "FILE", tmp_path / "RESULTS.md")
    return results.FILE


def test_sessions_change_their_ranges_without_an_error(app: Served) -> None:
    figures = apart(lambda: sessions.measure(app, 3, 0.1))
    assert len(figures.answers) >= 3
    assert figures.errors == []
    assert 0 < figures.median <= figures.p95
    assert all(answer.bytes > 1000 for answer in figures.answers)
    assert all(50 < megabytes < 1000 for megabytes in figures.megabytes)
    assert 1 <= figures.derivations <= figures.most


def test_a_visitor_gets_what_was_asked_for(app: Served) -> None:
    """Other ranges, other answers: the messages that stand for the widgets reach them."""
    before = app.derivations()
    answers = apart(lambda: sessions.change_ranges(app.address, 1, 6))
    ranges = {f"{view.first} {view.last}" for view in sessions.views(sessions.RANGES)[1:7]}
    assert len(answers) == 6
    assert {selection.rpartition(" ")[0] for selection in app.derivations()} >= ranges
    assert app.derivations().total() - before.total() <= 2 * 7  # each with the period before it


def test_in_the_browser_nothing_more_is_drawn_once_all_is(app: Served) -> None:
    figures, before, drawn, later = apart(lambda: _changed(app))
    assert later == drawn
    assert all(old != new for old, new in zip(before, drawn, strict=True))
    assert 0 < figures.script_cpu <= figures.script < figures.whole
    assert 0 <= figures.database < figures.script
    assert figures.asked > 0
    assert figures.page_cpu > 0
    assert figures.kilobytes > 10


def _changed(app: Served) -> Any:
    """A change, and the marks before it, after it and a second later."""
    with browser.visit.chromium() as chromium:
        page = browser.open_page(chromium, app.address, "metrics")
        before = page.evaluate(browser.MARKS)
        change = browser.change(app, page, "metrics", "90d")
        drawn = page.evaluate(browser.MARKS)
        page.wait_for_timeout(1000)
        return change, before, drawn, page.evaluate(browser.MARKS)


def test_the_browsers_report_has_every_tab_it_visits(app: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "TABS", browser.TABS[:2])  # each opens as a new visitor's
    figures = apart(lambda: browser.measure(app, count=1, session_count=2, rounds=1, unseen=4))
    assert [*figures.changes] == [
        "first visit",
        *(browser.visit.TITLES[name] for name in browser.TABS),
        "another page",
        "2 at once",
    ]
    assert all(change.whole > 0 for changes in figures.changes.values() for change in changes)
    assert all(50 < megabytes < 1000 for megabytes in figures.megabytes.values())
    assert figures.errors == []


def row_of(table: Path) -> dict[str, str]:
    header, _, row = (line.strip("| ") for line in table.read_text().splitlines()[-3:])
    return dict(zip(header.split(" | "), row.split(" | "), strict=True))


def test_scale_at_a_small_size_and_its_picture(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "YEAR", DAYS)
    scale.run(FEW, 7)
    row = row_of(table)
    assert row["reviewed"] == f"{FEW}"
    assert float(row["its ratio with history"].replace(",", "")) > 0
    monkeypatch.setattr(chart, "PICTURE", table.with_name("scale.svg"))
    drawn = chart.draw().read_text()
    assert all(way in drawn for way, _ in chart.WAYS.values())


def test_logging_at_a_small_size(table: Path) -> None:
    logging.run(FEW, FEW)
    assert float(row_of(table)["ratio"]) > 0


def test_drift_rules_are_run_through_every_situation() -> None:
    for situation in drift_situations.SITUATIONS:
        predictions = drift_situations.drawn(situation, drift_worlds.WORLDS[0], 0)
        alarms = drift_situations.fired(situation, drift_situations.series_of(situation, predictions))
        assert len(alarms) >= drift_situations.DAYS
        assert alarms.any() == alarms[30:].any()
    cell = drift_situations.Measured(2.0, 0.1, drift_situations.np.array([1, 3, 99.0])).cell(
        drift_situations.Situation("", 50, "-10", 10, 0.5)
    )
    assert cell == "**2.00 ± 0.10**; **3 (99)**"


def test_each_of_several_models_has_as_many_documents_with_classes_of_its_own(store: Store) -> None:
    address = store.settings.mongodb_uri
    assert address is not None
    models.fill(address.get_secret_value(), store.database.name, 3, 600, 10)
    of_each = [store.database[models.collection_of(name)] for name in models.names(3)]
    assert [predictions.count_documents({}) for predictions in of_each] == [600] * 3
    first, second = ([row[models.FIELDS.prediction] for row in rows.find(sort=[("_id", 1)])] for rows in of_each[:2])
    assert [(label + 1) % models.CLASSES for label in first] == second
    assert models.megabytes(os.getpid()) > 10
