"""What Prometheus is told: the worker's counters, the database's figures, and gaps where there is nothing to tell."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from monitor_core.contract.calendar import preset
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.logger import prometheus as exporter
from monitor_core.logger.judging import Judge
from monitor_core.logger.prometheus import Exporter
from monitor_core.logger.scrapes import serve
from monitor_core.mongo import embedded
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.reports.unreviewed.accuracy import read_accuracy_over_all
from monitor_core.reports.unreviewed.classes import read_classes_over_all
from tests.documents import fields
from tests.logger.scraped import NAMES, NOW, ODD, document, free_port, some_rows, write

DATABASE_SERIES = ("monitor_waiting_documents", "monitor_reviewed_documents", "monitor_score", "monitor_batches")


SEVERITIES = ("warning", "critical")


def series_of(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Name and labels -> value; a series that stands twice fails: Prometheus would refuse it."""
    series: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, frozenset((k, v) for k, v in sample.labels.items() if v))
            assert key not in series
            series[key] = sample.value
    return series


class Scrape:
    def __init__(self, text: str) -> None:
        self.series = series_of(text)

    def __call__(self, name: str, **labels: str) -> float | None:
        """The value; None where there is no such series. `class_` stands for `class`."""
        return self.series.get((name, frozenset((key.rstrip("_"), value) for key, value in labels.items())))

    def labels(self, name: str) -> list[dict[str, str]]:
        return [dict(labels) for metric, labels in self.series if metric == name]


def scrape(of: Exporter) -> Scrape:
    return Scrape(generate_latest(of.registry).decode())


@pytest.fixture
def exported(make_store: Callable[..., Store]) -> Exporter:
    return Exporter(make_store(class_names=NAMES), lambda: NOW)


@pytest.mark.parametrize(("window", "days"), [("7d", 7), ("30d", 30)])
def test_scores_and_counts_equal_scikit_learn_on_the_raw_rows(exported: Exporter, window: str, days: int) -> None:
    rows = some_rows(600)
    write(exported.store, rows)
    exported.store.collection.insert_many([document(None, 1, n) for n in range(40)])
    scraped = scrape(exported)
    targets, predictions = zip(*[(t, p) for t, p, ago in rows if ago < days], strict=True)
    labels = sorted({*targets, *predictions})
    assert scraped("monitor_reviewed_documents", window=window) == len(targets)
    assert scraped("monitor_reviewed_documents", window="all") == len(rows)
    assert scraped("monitor_unreviewed_documents", window=window) == days
    assert scraped("monitor_predicted_documents", window=window) == len(targets) + days
    accuracy = scraped("monitor_score", score="accuracy", window=window)
    assert accuracy == pytest.approx(accuracy_score(targets, predictions))
    for average in ("macro", "weighted", None):
        expected = precision_recall_fscore_support(targets, predictions, labels=labels, average=average)
        for score, value in zip(("precision", "recall", "f1"), expected[:3], strict=True):
            if average:
                assert scraped("monitor_score", score=score, average=average, window=window) == pytest.approx(value)
                continue
            for label, one in zip(labels, value, strict=True):
                name = NAMES[label]
                assert scraped("monitor_class_score", score=score, class_=name, window=window) == pytest.approx(one)
        if average is None:
            support = [scraped("monitor_class_support", class_=NAMES[label], window=window) for label in labels]
            assert support == expected[3].tolist()


def test_each_score_has_the_bounds_that_the_pages_show(exported: Exporter) -> None:
    write(exported.store, some_rows(300))
    scraped = scrape(exported)
    now = reports.read_performance(exported.store, Selection(preset("7d", NOW.date()), "validated"))
    low, high = (scraped(f"monitor_score_{bound}", score="accuracy", window="7d") for bound in ("lower", "upper"))
    assert (low, high) == (now.scores["accuracy"].low, now.scores["accuracy"].high)
    for name in ("monitor_score", "monitor_class_score"):
        for labels in scraped.labels(name):
            labels = {key.replace("class", "class_"): value for key, value in labels.items()}
            low, value, high = (scraped(name + suffix, **labels) for suffix in ("_lower", "", "_upper"))
            assert low is not None
            assert value is not None
            assert high is not None
            assert 0 <= low <= value <= high <= 1
    row = now.by_class.set_index("name").loc["SIGRE"]
    bounds = [scraped(f"monitor_class_score{b}", score="f1", class_="SIGRE", window="7d") for b in ("_lower", "_upper")]
    assert bounds == [row["f1_low"], row["f1_high"]]


def test_the_accuracy_over_all_predictions_is_a_series_of_its_own_where_there_is_one(exported: Exporter) -> None:
    """Sure predictions are right and hardly reviewed; the estimate equals the report's, and weights them."""
    rows = [(0, 0, 0.95, 60), (None, 0, 0.95, 240), (0, 0, 0.55, 60), (1, 0, 0.55, 60)]
    for target, prediction, confidence, number in rows:
        made = document(target, prediction, 1, confidence=confidence)
        exported.store.collection.insert_many([dict(made) for _ in range(number)])
    scraped = scrape(exported)
    labels = {"score": "accuracy_over_all", "window": "7d", "of": "all predictions"}
    values = [scraped(f"monitor_score{end}", **labels) for end in ("", "_lower", "_upper")]
    estimate = read_accuracy_over_all(exported.store, Selection(preset("7d", NOW.date()), "predicted")).estimate
    assert values == [estimate.value, estimate.low, estimate.high]
    assert values[0] == pytest.approx((300 + 60) / 420)
    assert scraped("monitor_score", score="accuracy", window="7d") == pytest.approx(120 / 180)
    of_class = read_classes_over_all(exported.store, Selection(preset("7d", NOW.date()), "predicted"))[0]
    precision = of_class.estimates["precision"]
    own = labels | {"score": "precision_over_all", "class": of_class.name}
    series = [scraped(f"monitor_class_score{end}", **own) for end in ("", "_lower", "_upper")]
    assert series == [precision.value, precision.low, precision.high]
    exported.store.collection.delete_many(fields(confidence=0.95, validated=0))
    refused = scrape(Exporter(exported.store, lambda: NOW))
    assert refused("monitor_score", **labels) is None
    assert refused("monitor_score", score="accuracy", window="7d") == 0.5


def test_what_rests_on_too_few_rows_is_absent_and_never_zero(exported: Exporter) -> None:
    write(exported.store, [(0, 0, 1), (0, 0, 1), (0, 0, 1), (1, 0, 1), (0, 0, 20)])  # 4 in the week, 5 in all
    scraped = scrape(exported)
    assert scraped("monitor_reviewed_documents", window="7d") == 4
    assert scraped("monitor_score", score="accuracy", window="7d") is None
    assert scraped("monitor_score", score="accuracy", window="30d") == 0.8
    assert scraped("monitor_class_score", score="precision", class_="SIGRE", window="30d") == 0.8
    assert scraped("monitor_class_score", score="recall", class_="SIGRE", window="30d") is None  # 4 of its class
    assert scraped("monitor_class_support", class_=ODD, window="30d") == 1


def test_an_empty_database_has_counts_of_zero_and_no_scores(exported: Exporter) -> None:
    scraped = scrape(exported)
    assert scraped("monitor_database_up") == 1
    assert scraped("monitor_waiting_documents") == 0
    assert scraped("monitor_reviewed_documents", window="all") == 0
    assert scraped("monitor_batches", state="prepared") == 0
    scores = [name for name, _ in scraped.series if "_score" in name or "timestamp" in name]
    assert scores == []


def test_what_waits_what_is_open_and_what_is_uncertain(exported: Exporter) -> None:
    store = exported.store
    ages = (2, 5, 1)
    store.collection.insert_many([document(0, 0, age, logged=False) for age in ages] + [document(0, 0, 0.5)])
    outbox = Outbox(store)
    outbox.start_batch(demo=False)
    store.database["monitor_parts"].insert_one({"batch": "b", "to": {"whylabs": {"state": "uncertain"}}})
    scraped = scrape(exported)
    assert scraped("monitor_waiting_documents") == 3
    oldest = (NOW - timedelta(days=5)).timestamp()
    assert scraped("monitor_oldest_waiting_review_timestamp_seconds") == oldest
    assert scraped("monitor_newest_review_timestamp_seconds") == (NOW - timedelta(days=0.5)).timestamp()
    assert scraped("monitor_reviewed_documents", window="all") == 4
    assert scraped("monitor_batches", state="claiming") == 1
    assert scraped("monitor_batches", state="prepared") == 0
    assert scraped("monitor_uncertain_batches") == 1


def test_class_names_are_text_of_their_users_and_arrive_as_they_are(exported: Exporter) -> None:
    write(exported.store, some_rows(100))
    port = free_port()
    serve({"default": exported.registry}, port, "127.0.0.1", exported.store.settings)
    told = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).raise_for_status()
    found = Scrape(told.text)
    assert {labels["class"] for labels in found.labels("monitor_class_support")} == set(NAMES.values())


def test_a_name_of_strangers_that_leads_here_is_told_nothing(exported: Exporter) -> None:
    port = free_port()
    serve({"default": exported.registry}, port, "127.0.0.1", exported.store.settings)
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        refused = client.get("/metrics", headers={"Host": f"stranger.example:{port}"})
        assert refused.status_code == 421
        assert "monitor_" not in refused.text
        assert client.get("/metrics", headers={"Host": f"logger:{port}"}).status_code == 200


def test_two_classes_of_one_name_are_two_series(make_store: Callable[..., Store]) -> None:
    store = make_store(class_names={0: "1"})  # and class 1, without a name, is called "1" too
    write(store, [(0, 0, 1)] * 6 + [(1, 1, 1)] * 7)
    scraped = scrape(Exporter(store, lambda: NOW))
    assert scraped("monitor_class_support", class_="1 (0)", window="7d") == 6
    assert scraped("monitor_class_support", class_="1", window="7d") == 7


def test_very_many_classes_have_a_bounded_number_of_series(make_store: Callable[..., Store]) -> None:
    store = make_store()
    write(store, [(n % 150, n % 150 if n % 3 else 0, 1) for n in range(3000)])
    scraped = scrape(Exporter(store, lambda: NOW))
    listed = [labels for labels in scraped.labels("monitor_class_support") if labels["window"] == "7d"]
    assert len(listed) == reports.MOST_LISTED
    assert {"class": "0", "window": "7d"} in listed  # the one with the most mistakes
    assert scraped("monitor_reviewed_documents", window="7d") == 3000


def test_runs_are_counted_by_how_they_ended(exported: Exporter) -> None:
    assert scrape(exported)("monitor_last_tick_timestamp_seconds") is None
    exported.ticked(0.2, TickResult(NOW, 40), None)
    exported.ticked(0.7, TickResult(NOW, 2, error="the platform is down"), "destination")
    exported.ticked(3.0, None, "database")
    exported.ticked(0.01, None, None)
    scraped = scrape(exported)
    outcomes = {name: scraped("monitor_ticks_total", outcome=name) for name in exporter.OUTCOMES}
    assert outcomes == {"success": 1, "failure": 2, "standby": 1}
    kinds = {name: scraped("monitor_tick_failures_total", kind=name) for name in exporter.FAILURES}
    assert kinds == {"database": 1, "destination": 1, "fault": 0}
    assert scraped("monitor_rows_logged_total") == 42
    assert scraped("monitor_tick_duration_seconds_count") == 3
    assert scraped("monitor_tick_duration_seconds_sum") == pytest.approx(3.9)
    assert scraped("monitor_last_tick_timestamp_seconds") == pytest.approx(time.time(), abs=5)
    assert scraped("process_resident_memory_bytes")
    assert not [name for name, _ in scraped.series if name.endswith("_created")]


def queries(store: Store) -> int:
    return store.database["system.profile"].count_documents({"ns": store.collection.full_name})


def test_many_scrapers_cost_the_database_one_computation(exported: Exporter, monkeypatch: pytest.MonkeyPatch) -> None:
    write(exported.store, some_rows(50))
    # By default it holds one megabyte, and forgets what was before.
    exported.store.database.create_collection("system.profile", capped=True, size=2**26)
    exported.store.database.command("profile", 2)
    exporter.read_figures(exported.store, NOW)
    one = queries(exported.store)
    with ThreadPoolExecutor(8) as scrapers:
        scraped = list(scrapers.map(lambda _: scrape(exported).series, range(24)))
    assert all(("monitor_database_up", frozenset()) in series for series in scraped)
    assert queries(exported.store) == 2 * one
    monkeypatch.setattr(exporter, "REST", 0)
    monkeypatch.setattr(exporter, "FRESH_SECONDS", 0)
    exported._again_at = 0
    write(exported.store, [(0, 0, 1)])
    assert scrape(exported)("monitor_reviewed_documents", window="all") == 51
    exported.store.database.command("profile", 0)


def at_another_address(store: Store, uri: str) -> Store:
    return Store(store.settings.model_copy(update={"mongodb_uri": SecretStr(uri)}))


def test_a_database_that_is_down_leaves_the_counters_and_a_zero(store: Store) -> None:
    down = Exporter(at_another_address(store, f"mongodb://127.0.0.1:{free_port()}"))
    down.ticked(1, None, "database")
    began = time.monotonic()
    scraped = scrape(down)
    assert time.monotonic() - began < 20
    assert scraped("monitor_database_up") == 0
    assert scraped("monitor_tick_failures_total", kind="database") == 1
    assert [name for name, _ in scraped.series if name.startswith(DATABASE_SERIES)] == []


@pytest.fixture
def frozen(store: Store, tmp_path: Path) -> Iterator[tuple[Exporter, int]]:
    """An exporter on a mongod of its own, and the process to freeze."""
    sockets = embedded.run_folder(tmp_path)
    with embedded.running(tmp_path / "data", sockets) as uri:
        own = at_another_address(store, uri)
        pid = int(own.database.client.admin.command("serverStatus")["pid"])
        try:
            yield Exporter(own, lambda: NOW), pid
        finally:
            os.kill(pid, signal.SIGCONT)
    shutil.rmtree(sockets)


def test_a_database_that_hangs_holds_no_scrape_up(
    frozen: tuple[Exporter, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    exported, pid = frozen
    monkeypatch.setattr(exporter, "FRESH_SECONDS", 0)
    monkeypatch.setattr(exporter, "REST", 0)
    write(exported.store, some_rows(20))
    assert scrape(exported)("monitor_reviewed_documents", window="all") == 20
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(exporter, "PATIENCE_SECONDS", 0.5)
    began = time.monotonic()
    assert scrape(exported)("monitor_reviewed_documents", window="all") == 20  # what it last said
    monkeypatch.setattr(exporter, "STALE_SECONDS", 0)
    assert scrape(exported)("monitor_database_up") == 0
    assert time.monotonic() - began < 10  # Prometheus waits as long
    os.kill(pid, signal.SIGCONT)
    until = time.monotonic() + 60
    while not scrape(exported)("monitor_database_up"):
        assert time.monotonic() < until


def test_a_taken_port_is_a_sentence_with_the_remedy(exported: Exporter) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(MonitorError, match=r"in use\. Set MONITOR_METRICS_PORT to a free port"):
            serve({"default": exported.registry}, other.getsockname()[1], "127.0.0.1", exported.store.settings)
    with pytest.raises(MonitorError, match="MONITOR_METRICS_ADDRESS"):
        serve({"default": exported.registry}, free_port(), "192.0.2.1", exported.store.settings)


def test_the_last_week_ends_today_in_the_configured_zone(make_store: Callable[..., Store]) -> None:
    late = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)  # the 1st of November in Madrid
    store = make_store(time_zone="Europe/Madrid")
    store.collection.insert_many([document(0, 0, ago, now=late) for ago in (0, 6)])  # the first day and the last
    assert scrape(Exporter(store, lambda: late))("monitor_reviewed_documents", window="7d") == 2


def test_open_alerts_and_drift_are_told(store: Store) -> None:
    write(store, [(1, 1, day) for day in range(3, 63) for _ in range(30)])
    watch = Judge(store)
    history.refresh(store)
    watch.evaluate_all(NOW)
    scraped = series_of(generate_latest(Exporter(store, lambda: NOW).registry).decode())
    open_alerts = {
        severity: scraped["monitor_alerts_open", frozenset({("severity", severity)})] for severity in SEVERITIES
    }
    assert open_alerts == {"critical": 1, "warning": 1}  # no predictions for three days; that is an unusual number
    for rule in ("predicted-mix-moved", "reviewed-mix-moved"):
        assert scraped["monitor_drift_effect_points", frozenset({("rule", rule)})] == 0
        assert ("monitor_drift_statistic", frozenset({("rule", rule)})) in scraped
    assert ("monitor_drift_statistic", frozenset({("rule", "confidence-moved")})) not in scraped  # there is none


def test_rules_that_are_not_judged_are_no_zero_of_open_alerts(store: Store) -> None:
    scraped = series_of(generate_latest(Exporter(store).registry).decode())
    assert scraped["monitor_rules_not_judged", frozenset()] > 0
    assert not [
        name for name, _ in scraped if name in ("monitor_alerts_open", "monitor_rules_judged_timestamp_seconds")
    ]
