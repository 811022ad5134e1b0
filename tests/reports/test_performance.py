"""The scores of a period against scikit-learn on the raw rows."""

import math
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from tests.documents import ODD_DATES, REJECTED, STRETCHES, ZONES, at, prediction, reviewed_predictions
from tests.lanes import examples


def oracle(rows: list[tuple[int, int]]) -> dict[str, Any]:
    """Scores of (target, prediction) rows by scikit-learn."""
    targets, predictions = [t for t, _ in rows], [p for _, p in rows]
    labels = sorted({label for row in rows for label in row} - {REJECTED})
    scores = {"accuracy": accuracy_score(targets, predictions), "labels": labels}
    for kind in ("macro", "weighted", None):
        p, r, f, support = precision_recall_fscore_support(
            targets, predictions, labels=labels, average=kind, zero_division=np.nan
        )
        scores[kind] = (p, r, f, support)
    return scores | {"rejected": any(target == REJECTED for target in targets)}


def known(right: dict[str, Any], kind: str) -> list[float]:
    """Return precision, recall and F1; what depends on the true classes of rejected samples is NaN."""
    is_known = [kind == "macro" or not right["rejected"], not right["rejected"], not right["rejected"]]
    return np.where(is_known, np.array(right[kind][:3], float), np.nan).tolist()


def assert_same(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(np.asarray(ours, float), np.asarray(theirs, float), rtol=0, atol=1e-12, equal_nan=True)


@given(st.data())
@settings(
    max_examples=examples(60),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_score_equals_scikit_learn_on_the_raw_rows(make_store: Callable[..., Store], data: Any) -> None:
    name = data.draw(st.sampled_from(ZONES))
    zone, first = ZoneInfo(name), data.draw(st.sampled_from(STRETCHES))
    labels = data.draw(st.lists(st.integers(-2, 40), min_size=1, max_size=5, unique=True))
    made = data.draw(st.lists(reviewed_predictions(first, zone, labels), max_size=40))
    store = make_store(time_zone=name)
    store.collection.delete_many({})
    if made:
        store.collection.insert_many([document for document, _ in made])
    period = Period(first, first + timedelta(days=data.draw(st.integers(0, 4))))

    report = reports.read_performance(store, Selection(period, "validated"))

    inside = [m for _, m in made if period.first <= m[0].astimezone(zone).date() <= period.last]
    used = [m for m in inside if m[1] is not None]
    assert report.counts.documents == len(inside)
    assert report.counts.validated == len(used)
    set_aside = report.counts.excluded["unreadable_prediction"] + report.counts.excluded["unreadable_review"]
    assert report.counts.validated + report.counts.not_reviewed + set_aside == len(inside)
    assert report.rejected == sum(m[1] == REJECTED for m in used)
    assert_scores_of_the_period(report, [(m[1], m[2]) for m in used])
    for row in report.daily.to_dict("records"):
        of_day = [(m[1], m[2]) for m in used if m[0].astimezone(zone).date() == row["day"].date()]
        assert row["reviewed"] == len(of_day)
        if of_day:
            right = oracle(of_day)
            assert_same(row["accuracy"], right["accuracy"])
            for kind in ("macro", "weighted"):
                ours = [row[f"{kind}_{metric}"] for metric in ("precision", "recall", "f1")]
                assert_same(ours, known(right, kind))
        else:
            assert math.isnan(row["accuracy"])
            assert math.isnan(row["macro_f1"])


def assert_scores_of_the_period(found: reports.Performance, rows: list[tuple[int, int]]) -> None:
    if not rows:
        assert math.isnan(found.scores["accuracy"].value)
        assert found.by_class.empty
        return
    right = oracle(rows)
    assert_same(found.scores["accuracy"].value, right["accuracy"])
    assert list(found.confusion.labels) == right["labels"]
    for kind in ("macro", "weighted"):
        ours = [found.scores[f"{kind}_{metric}"].value for metric in ("precision", "recall", "f1")]
        assert_same(ours, known(right, kind))
    for metric, column in zip(("precision", "recall", "f1", "support"), right[None], strict=True):
        values = found.by_class[metric]
        if metric in ("recall", "f1"):  # their bound, if rejected samples may be of the class
            may_be = [any(t == REJECTED and p != label for t, p in rows) for label in right["labels"]]
            assert (values.isna() | ~np.array(may_be, bool)).all()
            values = values.fillna(found.by_class[f"{metric}_high"])
        assert_same(values, column)
    with_target = [(t, p) for t, p in rows if t != REJECTED]
    if with_target and right["labels"]:
        expected = confusion_matrix(*zip(*with_target, strict=True), labels=right["labels"])
        assert found.confusion.matrix()[:-1].tolist() == expected.tolist()


OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


def test_the_whole_period_begins_with_the_first_document_of_any_kind(make_store: Callable[..., Store]) -> None:
    store = make_store(time_zone="Europe/Madrid")
    assert reports.whole_period(store, "validated", date(2026, 10, 31)) == Period(*[date(2026, 10, 31)] * 2)
    store.collection.insert_many([prediction(reviewed=odd) for odd in ODD_DATES])
    store.collection.insert_many([prediction(), prediction(reviewed="2026-09-30T23:30:00Z")])
    store.collection.insert_one(prediction(target=None, reviewed=at(2020, 1, 1)))
    assert reports.whole_period(store, "validated", date(2026, 10, 31)).first == date(2026, 10, 1)
