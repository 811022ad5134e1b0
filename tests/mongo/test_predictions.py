"""The counts of the database against scikit-learn on the raw rows."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from bson.datetime_ms import DatetimeMS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.errors import DatabaseUnavailable, SettingsError
from monitor_core.contract.selection import Selection
from monitor_core.mongo.indexes import of_pending
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.scores.counts import Counts
from monitor_core.settings.settings import FieldNames
from tests.conftest import at, plans

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
    store.collection.delete_many({})
    if made:
        store.collection.insert_many([document for document, _ in made])
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
        assert math.isnan(found.scores["accuracy"].value)
        assert found.by_class.empty
        return
    right = oracle(rows)
    assert_same(found.scores["accuracy"].value, right["accuracy"])
    assert list(found.confusion.labels) == right["labels"]
    for kind in ("macro", "weighted"):
        ours = [found.scores[f"{kind}_{metric}"].value for metric in ("precision", "recall", "f1")]
        assert_same(ours, right[kind][:3])
    for metric, column in zip(("precision", "recall", "f1", "support"), right[None], strict=True):
        assert_same(found.by_class[metric], column)
    known = [(t, p) for t, p in rows if t != REJECTED]
    if known and right["labels"]:
        expected = confusion_matrix(*zip(*known, strict=True), labels=right["labels"])
        assert found.confusion.matrix()[:-1].tolist() == expected.tolist()


OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
ODD_DATES = [None, 5, True, "soon", "2026-02-30", "1999-12-31", at(1970, 1, 1), {"at": 1}, [at(2026, 10, 3)], []]


def document(**changes: Any) -> dict[str, Any]:
    made = {"output_prediction": 1, "output_validated": 1, "timestamp": at(2026, 10, 3), "output_confidence": 0.5}
    return {**made, "timestamp_validated": at(2026, 10, 4)} | changes


def counts(store: Store, basis: Any = "validated", period: Period = OCTOBER) -> Counts:
    return store.counts.of(Selection(period, basis))


@pytest.mark.parametrize("indexed", [False, True])
def test_reviews_without_a_usable_date_are_counted_and_in_no_day(store: Store, indexed: bool) -> None:
    store.collection.insert_many([document(timestamp_validated=odd) for odd in ODD_DATES])
    store.collection.insert_many([document(timestamp_validated=DatetimeMS(10**15)), document()])
    store.collection.insert_one({"output_prediction": 1, "output_validated": 1})
    store.collection.insert_many([document(output_validated=None, timestamp_validated=odd) for odd in ODD_DATES])
    if indexed:
        store.indexes.create()
    found = counts(store)
    assert found.validated == found.documents == 1
    assert found.excluded["undated_review"] == len(ODD_DATES) + 2


def test_false_without_a_review_date_is_not_a_review_and_with_one_a_rejection(store: Store) -> None:
    store.collection.insert_many([document(output_validated=False), document(output_validated=False)])
    store.collection.insert_one({"output_prediction": 1, "output_validated": False, "timestamp": at(2026, 10, 3)})
    by_review, by_prediction = counts(store), counts(store, "predicted")
    assert by_review.excluded["undated_review"] == 0
    assert int(by_review.confusion.total().rejected) == int(by_prediction.confusion.total().rejected) == 2
    assert (by_review.not_reviewed, by_prediction.not_reviewed) == (0, 1)


def test_by_prediction_day_a_review_needs_no_date_but_a_prediction_does(store: Store) -> None:
    store.collection.insert_many([document(timestamp=odd) for odd in ODD_DATES])
    store.collection.insert_many([document(timestamp_validated=None), document(output_validated=None)])
    found = counts(store, "predicted")
    assert (found.documents, found.validated, found.not_reviewed) == (2, 1, 1)
    assert found.excluded["undated_prediction"] == len(ODD_DATES)


def test_every_document_of_the_range_is_used_or_waits_or_is_set_aside(store: Store) -> None:
    values = [None, True, False, 1, 2.0, "3", "cat", 2.5, [1], {}]
    store.collection.insert_many([document(output_validated=v, output_prediction=p) for v in values for p in values])
    for basis in ("validated", "predicted"):
        found = counts(store, basis)
        set_aside = found.excluded["unreadable_prediction"] + found.excluded["unreadable_review"]
        assert found.validated + found.not_reviewed + set_aside == found.documents == len(values) ** 2
        assert found.excluded["unreadable_prediction"] == len(values) * 7


def test_odd_confidences_and_classes_are_noticed_and_kept(make_store: Callable[..., Store]) -> None:
    store = make_store(class_names={1: "one"})
    odd = [2, -0.1, "0.5", True, float("nan"), [0.5]]
    store.collection.insert_many([document(output_confidence=value) for value in [*odd, None, 0, 1, 0.5]])
    store.collection.insert_many([document(output_validated=8), document(output_prediction=9)])
    found = counts(store)
    assert found.validated == 12
    assert found.noticed == {"bad_confidence": len(odd), "unknown_class": 2}


def test_a_field_may_lie_inside_another(make_store: Callable[..., Store]) -> None:
    names = FieldNames(prediction="model.label", validated="review.label", validated_at="review.at")
    store = make_store(fields=names)
    store.collection.insert_one(
        {"model": {"label": 1}, "review": {"label": 2, "at": at(2026, 10, 4)}, "timestamp": at(2026, 10, 3)}
    )
    assert counts(store).confusion.labels == (1, 2)
    ((row,),) = store.predictions.pending()
    assert isinstance(row, ReviewedRow)
    assert row.target == 2


@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_counts_are_answered_from_the_index_alone(store: Store, basis: Any) -> None:
    store.collection.insert_many([document() for _ in range(200)])
    store.indexes.create()
    assert store.indexes.missing() == []
    (plan,) = plans(store, lambda watched: list(watched.live._dated_groups(Selection(OCTOBER, basis))))
    assert "PROJECTION_COVERED" in plan
    assert "FETCH" not in plan
    assert "COLLSCAN" not in plan


def test_an_index_of_another_name_will_do(store: Store) -> None:
    wanted = store.indexes.missing()[0]
    store.collection.create_index([(key, 1) for key in (*wanted.keys, "camera")], name="theirs")
    assert wanted not in store.indexes.missing()
    assert store.indexes.create() == []


@pytest.mark.parametrize("fewer", [{"sparse": True}, {"partialFilterExpression": {"camera": 1}}, {"hidden": True}])
def test_an_index_that_holds_fewer_documents_will_not_do(store: Store, fewer: dict[str, Any]) -> None:
    """Read through it, the worker would never see the others."""
    store.collection.insert_many([document() for _ in range(3)])
    wanted = of_pending(store.settings)
    store.collection.create_index([(key, 1) for key in wanted.keys], name="theirs", **fewer)
    assert wanted in store.indexes.missing()
    assert [len(some) for some in store.predictions.pending()] == [3]


def test_the_pending_rows_come_in_the_order_of_their_reviews(store: Store) -> None:
    store.indexes.create()
    days = [5, 3, 9, 4]
    store.collection.insert_many([document(timestamp_validated=at(2026, 10, day)) for day in days])
    store.collection.insert_many([document(logged=True), document(output_validated=None)])
    found = [row for some in store.predictions.pending(size=3) for row in some if isinstance(row, ReviewedRow)]
    assert [row.reviewed_at for row in found] == [at(2026, 10, day) for day in sorted(days)]
    assert store.predictions.not_logged([row.id for row in found]) == {row.id for row in found}
    store.predictions.mark_logged([row.id for row in found])
    assert not store.predictions.has_pending()


def test_the_whole_period_begins_with_the_first_document_of_any_kind(make_store: Callable[..., Store]) -> None:
    store = make_store(time_zone="Europe/Madrid")
    assert reports.whole_period(store, "validated", date(2026, 10, 31)) == Period(*[date(2026, 10, 31)] * 2)
    store.collection.insert_many([document(timestamp_validated=odd) for odd in ODD_DATES])
    store.collection.insert_many([document(), document(timestamp_validated="2026-09-30T23:30:00Z")])
    store.collection.insert_one(document(output_validated=None, timestamp_validated=at(2020, 1, 1)))
    assert reports.whole_period(store, "validated", date(2026, 10, 31)).first == date(2026, 10, 1)


def test_the_newest_review_is_not_one_dated_tomorrow(store: Store) -> None:
    now = at(2026, 10, 10)
    store.collection.insert_many(
        [document(timestamp_validated=at(2026, 10, 11)), document(), document(timestamp_validated="2026-10-05T06:00Z")]
    )
    assert store.predictions.newest_review_at(now) == at(2026, 10, 5, 6)


def test_a_dead_database_is_said_with_the_remedy_and_without_the_password(make_store: Callable[..., Store]) -> None:
    uri = "mongodb://root:hunter2@127.0.0.1:9/?serverSelectionTimeoutMS=300"
    store = Store(make_store().settings.model_copy(update={"mongodb_uri": SecretStr(uri)}))
    with pytest.raises(DatabaseUnavailable) as caught:
        counts(store)
    assert "127.0.0.1:9" in str(caught.value)
    assert "MONITOR_MONGODB_URI" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("uri", ["mongodb://user:hunter2/x@db:27017", "mongodb://a:hunter2@db:port", "mongodb://"])
def test_an_address_the_driver_refuses_shows_no_password(make_store: Callable[..., Store], uri: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Store(make_store().settings.model_copy(update={"mongodb_uri": SecretStr(uri)}))
    assert "MONITOR_MONGODB_URI" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_the_matrix_of_very_many_classes_keeps_the_most_confused_and_their_shares(store: Store) -> None:
    store.collection.insert_many([document(output_prediction=n, output_validated=n) for n in range(300)])
    store.collection.insert_many([document(output_prediction=201, output_validated=200) for _ in range(3)])
    store.collection.insert_one(document(output_prediction=200, output_validated=False))
    found = reports.performance(store, Selection(OCTOBER, "validated"))
    table = reports.confusion_table(found)
    names = reports.listed(found)
    assert len(names) == reports.MOST_LISTED
    assert {"200", "201"} <= set(names)
    assert len(table) == 60 * 61  # the last row is "rejected"
    cell = table[(table["target"] == "200") & (table["prediction"] == "201")].iloc[0]
    assert (cell["count"], cell["share"]) == (3, 0.75)
    assert table[table["target"] == "rejected"]["count"].sum() == 1
    assert set(reports.class_scores(found)["name"]) == set(names)
