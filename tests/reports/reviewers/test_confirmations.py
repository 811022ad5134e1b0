"""Confirmations by confidence equal a recount of the raw documents, and very confident mistakes are counted apart."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from scipy import stats

from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.logger.quality import refresh_quality
from monitor_core.mongo.store import Store
from monitor_core.reports.reviewers.confirmations import CHECK_FIRST, WITHOUT, confirmations, confirmations_as_json
from monitor_core.reports.reviews import reviews_report
from monitor_core.scores.confusion import REJECTED
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, DayCounts
from tests.documents import FIELDS, at, fields

NOW = at(2026, 7, 5, 12)


def day(rows: list[tuple[int, int, int, int]]) -> DayCounts:
    table, none = np.array(rows, np.int64).reshape(-1, 4), np.zeros((0, 3), np.int64)
    return DayCounts(int(table[:, 3].sum()), 0, 0, 0, 0, none, table, none[:, :2])


def test_they_equal_a_recount_of_the_documents_by_both_dates(make_store: Callable[..., Store]) -> None:
    store, random = make_store(), np.random.default_rng(1)
    made = []
    for n in range(400):
        target = [1, 2, False, None][int(random.integers(0, 4))]
        at_day = NOW - timedelta(days=int(random.integers(1, 20)))
        later = at_day + timedelta(days=int(random.integers(0, 3)), hours=1)
        made.append(
            fields(
                prediction=1, validated=target, predicted_at=at_day, confidence=float(random.random()), filename=str(n)
            )
            | fields(validated_at=None if target is None else min(later, NOW))
        )
    store.collection.insert_many([dict(document) for document in made])
    period = Period((NOW - timedelta(days=10)).date(), NOW.date())
    names = FIELDS.model_dump()
    confidence_of, target_of, reviewed_at = (names[name] for name in ("confidence", "validated", "validated_at"))
    for basis in BASES:
        dated = names[f"{basis}_at"]
        rows = [
            (of[confidence_of], of[target_of]) for of in made if of[reviewed_at] and period.first <= of[dated].date()
        ]
        report = reviews_report(store, Selection(period, basis), NOW).confirmations
        groups = Counter(f"{10 * tenth}–{10 * tenth + 10}%" for tenth in (int(10 * c) for c, _ in rows))
        right = Counter(f"{10 * tenth}–{10 * tenth + 10}%" for tenth in (int(10 * c) for c, t in rows if t == 1))
        table = report.table.set_index("name")
        assert table["reviewed"].to_dict() == groups
        assert {name: number for name, number in table["confirmed"].items() if number} == right
        wrong = [target for confidence, target in rows if confidence >= 0.95 and target != 1]
        assert (report.corrected, report.rejected) == (wrong.count(2), wrong.count(False))
        assert report.confident == sum(confidence >= 0.95 for confidence, _ in rows)


def test_the_sentence_has_its_counts_and_its_interval() -> None:
    rows = [(1, 1, 195, 190), (1, 2, 190, 6), (1, REJECTED, 199, 4), (1, 2, 189, 50), (1, NOT_REVIEWED, 199, 70)]
    of = confirmations([day(rows), day([(1, 1, NO_CONFIDENCE, 3)])])
    low, high = stats.binomtest(10, 200).proportion_ci(method="wilson")
    assert of.sentence == (
        "Of 200 reviewed predictions with a confidence of at least 95%, 10 were not confirmed, 5.0% (95% interval "
        f"{100 * low:.1f}–{100 * high:.1f}): 6 corrected and 4 rejected. {CHECK_FIRST}"
    )
    assert of.table["name"].tolist() == ["90–100%", WITHOUT]
    assert of.table["value"].tolist() == pytest.approx([190 / 250, 1.0])
    json.dumps(confirmations_as_json(of), allow_nan=False)


def test_where_all_are_confirmed_or_none_is_confident_nothing_is_to_be_checked() -> None:
    assert confirmations([day([(1, 1, 195, 9)])]).sentence.endswith("all were confirmed.")
    assert confirmations([day([(1, 2, 150, 9)])]).sentence == ""
    assert confirmations([]).table.empty
    assert confirmations_as_json(confirmations([]))["high_confidence"]["reviewed"] == 0


def test_files_reviewed_differently_are_those_that_the_logger_has_counted(make_store: Callable[..., Store]) -> None:
    store = make_store()
    at_day = store.now() - timedelta(days=2)
    same = fields(prediction=1, predicted_at=at_day, confidence=0.5, filename="a.png", validated_at=at_day)
    store.collection.insert_many([same | fields(validated=1), same | fields(validated=2)])
    selection = Selection(Period(at_day.date() - timedelta(days=1), store.now().date()), "predicted")
    assert reviews_report(store, selection, store.now()).confirmations.differently is None
    history.refresh(store)
    refresh_quality(store)
    of = reviews_report(store, selection, store.now()).confirmations
    assert of.differently == 2
    assert of.of_files == (
        "2 documents of files with contradictory reviews, predicted in the period: the page Data quality lists them."
    )
