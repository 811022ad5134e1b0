"""The counts of the database against scikit-learn on the raw rows."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from monitor_core import reports
from monitor_core.period import Period, Selection
from monitor_core.store import Store

ZONES = ("Europe/Madrid", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
# In each zone this stretch has a day of 23 or 25 hours (or 23.5 or 24.5 on Lord Howe).
STRETCHES = (date(2026, 3, 6), date(2026, 3, 27), date(2026, 10, 2), date(2026, 10, 23), date(2026, 10, 30))
REJECTED = -999  # the oracle's sentinel: a target that is no label


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


@st.composite
def instants(draw: Any, first: date, zone: ZoneInfo) -> datetime:
    """Around a few days, often at or next to a local midnight; whole milliseconds, as BSON keeps them."""
    day = first + timedelta(days=draw(st.integers(-1, 5)))
    if draw(st.booleans()):
        return local_midnight(day, zone) + timedelta(milliseconds=draw(st.integers(-1, 1)))
    return local_midnight(day, zone) + timedelta(milliseconds=draw(st.integers(0, 90_000_000)))


@st.composite
def dates(draw: Any, instant: datetime, zone: ZoneInfo) -> tuple[Any, datetime]:
    """The same instant as a BSON date or as one of the contract's strings; a naive one may mean another instant."""
    kind = draw(st.sampled_from(["bson", "bson", "utc", "offset", "naive", "date"]))
    if kind == "bson":
        return instant, instant
    if kind == "utc":
        return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z"), instant
    if kind == "offset":
        return instant.astimezone(zone).isoformat(timespec="milliseconds"), instant
    local = instant.astimezone(zone).replace(tzinfo=None)
    if kind == "date":
        local = datetime.combine(local.date(), datetime.min.time())
    text = local.date().isoformat() if kind == "date" else local.isoformat(sep=" ")
    return text, local.replace(tzinfo=zone).astimezone(UTC)


CLASS_FORMS: list[Callable[[int], Any]] = [int, int, float, str, lambda label: f"{label}.0"]


@st.composite
def reviewed_documents(draw: Any, first: date, zone: ZoneInfo, labels: list[int]) -> tuple[dict[str, Any], tuple]:
    """A document, and what it means: (review instant, target or REJECTED or None, prediction or None)."""
    instant = draw(instants(first, zone))
    written, meant = draw(dates(instant, zone))
    prediction, target = draw(st.sampled_from(labels)), draw(st.sampled_from(labels))
    form = draw(st.sampled_from(CLASS_FORMS))
    document = {"output_prediction": form(prediction), "timestamp": instant, "timestamp_validated": written}
    kind = draw(st.sampled_from(["class"] * 6 + ["true", "false", "open", "bad review", "bad prediction"]))
    if kind == "class":
        return document | {"output_validated": form(target)}, (meant, target, prediction)
    if kind == "true":
        return document | {"output_validated": True}, (meant, prediction, prediction)
    if kind == "false":
        return document | {"output_validated": False}, (meant, REJECTED, prediction)
    if kind == "open":
        return document | draw(st.sampled_from([{}, {"output_validated": None}])), (meant, None, prediction)
    if kind == "bad review":
        bad = draw(st.sampled_from(["cat", 2.5, [1], {"class": 1}, "1e400", float("nan"), float("inf")]))
        return document | {"output_validated": bad}, (meant, None, prediction)
    return document | {"output_validated": form(target), "output_prediction": "cat"}, (meant, None, None)


def oracle(rows: list[tuple[int, int]]) -> dict[str, Any]:
    """Scores of (target, prediction) rows by scikit-learn."""
    targets, predictions = [t for t, _ in rows], [p for _, p in rows]
    labels = sorted({label for row in rows for label in row} - {REJECTED})
    found = {"accuracy": accuracy_score(targets, predictions), "labels": labels}
    for kind in ("macro", "weighted", None):
        p, r, f, support = precision_recall_fscore_support(
            targets, predictions, labels=labels, average=kind, zero_division=np.nan
        )
        found[kind] = (p, r, f, support)
    return found


def assert_same(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(np.asarray(ours, float), np.asarray(theirs, float), rtol=0, atol=1e-12, equal_nan=True)


@given(st.data())
@settings(
    max_examples=120,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_score_equals_scikit_learn_on_the_raw_rows(make_store: Callable[..., Store], data: Any) -> None:
    name = data.draw(st.sampled_from(ZONES))
    zone, first = ZoneInfo(name), data.draw(st.sampled_from(STRETCHES))
    labels = data.draw(st.lists(st.integers(-2, 40), min_size=1, max_size=5, unique=True))
    made = data.draw(st.lists(reviewed_documents(first, zone, labels), max_size=40))
    store = make_store(time_zone=name)
    store.predictions.delete_many({})
    if made:
        store.predictions.insert_many([document for document, _ in made])
    period = Period(first, first + timedelta(days=data.draw(st.integers(0, 4))))

    found = reports.performance(store, Selection(period, "validated"))

    inside = [m for _, m in made if period.first <= m[0].astimezone(zone).date() <= period.last]
    used = [m for m in inside if m[1] is not None]
    assert found.counts.documents == len(inside)
    assert found.counts.validated == len(used)
    set_aside = found.counts.excluded["unreadable_prediction"] + found.counts.excluded["unreadable_review"]
    assert found.counts.validated + found.counts.not_reviewed + set_aside == len(inside)
    assert found.rejected == sum(m[1] == REJECTED for m in used)
    assert_scores_of_the_period(found, [(m[1], m[2]) for m in used])
    for row in found.daily.to_dict("records"):
        of_day = [(m[1], m[2]) for m in used if m[0].astimezone(zone).date() == row["day"].date()]
        assert row["reviewed"] == len(of_day)
        if of_day:
            right = oracle(of_day)
            assert_same(row["accuracy"], right["accuracy"])
            for kind in ("macro", "weighted"):
                ours = [row[f"{kind}_{metric}"] for metric in ("precision", "recall", "f1")]
                assert_same(ours, right[kind][:3])
        else:
            assert math.isnan(row["accuracy"])
            assert math.isnan(row["macro_f1"])


def assert_scores_of_the_period(found: reports.Performance, rows: list[tuple[int, int]]) -> None:
    if not rows:
        assert math.isnan(found.accuracy.value)
        assert found.by_class.empty
        return
    right = oracle(rows)
    assert_same(found.accuracy.value, right["accuracy"])
    assert list(found.confusion.labels) == right["labels"]
    for kind in ("macro", "weighted"):
        ours = [found.averages[kind, metric].value for metric in ("precision", "recall", "f1")]
        assert_same(ours, right[kind][:3])
    for metric, column in zip(("precision", "recall", "f1", "support"), right[None], strict=True):
        assert_same(found.by_class[metric], column)
    known = [(t, p) for t, p in rows if t != REJECTED]
    if known and right["labels"]:
        expected = confusion_matrix(*zip(*known, strict=True), labels=right["labels"])
        assert found.confusion.matrix()[:-1].tolist() == expected.tolist()
