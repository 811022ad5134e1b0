"""The finding that errors come in clusters, from documents to its sentence."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.contract.wording import days
from monitor_core.mongo.store import Store
from monitor_core.reports.clusters import clusters_json, clusters_report, clusters_sentence
from tests.documents import at, prediction

LAST = at(2026, 10, 20).date()
PERIOD = Period(LAST - timedelta(19), LAST)


def fill(store: Store, scene: int) -> None:
    """Insert 40 reviewed predictions a day, in scenes that are right or wrong together."""
    rng, documents = np.random.default_rng(1), []
    for day in PERIOD.days:
        for _ in range(40 // scene):
            hour, target = int(rng.integers(6, 18)), int(rng.random() < 0.15)
            documents += [
                prediction(at(day.year, day.month, day.day, hour), 0, target, reviewed=timedelta(hours=3))
                for _ in range(scene)
            ]
    store.collection.insert_many(documents)


def report_of(store: Store) -> tuple[str, object]:
    selection = Selection(PERIOD, "validated")
    report = clusters_report(store, selection, store.counts.by_day(Selection(PERIOD, "predicted")))
    return clusters_sentence(report), clusters_json(report)


def test_scenes_are_told_with_the_days_and_what_to_set(store: Store) -> None:
    fill(store, scene=10)
    sentence, json = report_of(store)
    assert sentence.startswith("Errors come in clusters: within a day, those of its hours vary ")
    assert f"({days(Period(LAST - timedelta(13), LAST))}, 560 samples, " in sentence
    assert "set MONITOR_FIELDS__SCENE" in sentence
    assert isinstance(json, dict)
    assert (json["first"], json["last"], json["samples"], json["matters"]) == ("2026-10-07", "2026-10-20", 560, True)


def test_of_independent_samples_nothing_is_said(store: Store) -> None:
    fill(store, scene=1)
    sentence, json = report_of(store)
    assert sentence == ""
    assert isinstance(json, dict)
    assert not json["matters"]


def test_without_reviews_and_where_scenes_are_named_there_is_no_finding(make_store: Callable[..., Store]) -> None:
    assert report_of(make_store()) == ("", None)
    store = make_store(fields={"scene": "sequence"})
    fill(store, scene=10)
    assert report_of(store) == ("", None)


@pytest.mark.parametrize("most", [100, 39])
def test_at_most_so_many_predictions_are_counted(store: Store, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr("monitor_core.reports.clusters.MOST_COUNTED", most)
    fill(store, scene=10)
    _, json = report_of(store)
    assert (json is None) == (most < 40)
    assert json is None or (isinstance(json, dict) and json["samples"] == 80)
