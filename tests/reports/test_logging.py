"""The report of the page Logging: how each destination stands, and a day's profile."""

from datetime import timedelta
from typing import Any

import pytest

from monitor_core.contract.delivery import ActiveDestination
from monitor_core.logger import tick as jobs
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from monitor_core.reports.logging import BINS_DRAWN, logger_report, logger_state, profile_report
from tests.documents import FIELDS, at, prediction


def destination(store: Store, sent: int | None, failed: int | None, delivery: str | None) -> dict[str, Any]:
    """Return the row of a destination that succeeded and failed so many hours ago, and has a part in this state."""
    outbox, now = Outbox(store), store.now()
    outbox.save_active_destinations([ActiveDestination("other", "Other", False)])
    tries = outbox.destinations.documents
    if sent is not None:
        tries.update_one({"_id": "other"}, {"$set": {"sent_at": now - timedelta(hours=sent)}})
    if failed is not None:
        error = {"error": "It is full.", "failed_at": now - timedelta(hours=failed)}
        tries.update_one({"_id": "other"}, {"$set": error})
    if delivery:
        outbox.batches.documents.insert_one({"_id": "b", "state": "prepared", "demo": False, "attempt": "x"})
        part = {"_id": "p", "batch": "b", "attempt": "x", "day": "2026-10-01", "rows": 7, "data": b"", "ids": []}
        reviewed = {"oldest_review_at": now - timedelta(hours=3), "to": {"other": {"state": delivery}}}
        outbox.parts.documents.insert_one(part | reviewed)
    (row,) = logger_report(store).destinations.to_dict("records")
    return row


@pytest.mark.parametrize(
    ("sent", "failed", "delivery", "state", "advice"),
    [
        (None, None, None, "nothing sent yet", ""),
        (1, None, None, "up to date", ""),
        (1, 2, None, "up to date", ""),  # a success has followed
        (1, None, "waiting", "behind", "The next runs deliver it."),
        (2, 1, "waiting", "failing", "It is full."),
        (None, 1, "waiting", "failing", "It is full."),
        (2, 1, "uncertain", "uncertain", "Settle the batches named above."),
    ],
)
def test_a_destination_s_state_and_what_to_do(
    store: Store, sent: int | None, failed: int | None, delivery: str | None, state: str, advice: str
) -> None:
    row = destination(store, sent, failed, delivery)
    assert (row["destination"], row["required"], row["state"], row["what to do"]) == ("Other", "no", state, advice)
    assert row["waiting predictions"] == (7 if delivery else 0)
    assert row["oldest review"] == ("3 hours ago" if delivery else "")
    assert row["last success"] == ("never" if sent is None else "1 hour ago" if sent == 1 else f"{sent} hours ago")


def test_without_a_run_and_without_documents_everything_is_zero(store: Store) -> None:
    report = logger_report(store)
    assert report.last is None
    assert report.destinations.empty
    assert (report.logged_in_a_day, len(report.by_hour), report.profile_days) == (0, 24, [])
    assert logger_state(store).waiting.rows == 0


def test_the_rows_of_an_hour_stand_at_its_local_time(make_store: Any) -> None:
    store = make_store(time_zone="Asia/Kathmandu")  # 5 hours and 45 minutes ahead
    done = store.now() - timedelta(hours=2)
    document = {"_id": "b", "state": "done", "rows": 7, "finished_at": done}
    Outbox(store).batches.documents.insert_one(document)
    report = logger_report(store)
    assert report.logged_in_a_day == 7
    (hour,) = report.by_hour.loc[report.by_hour["predictions"] == 7, "hour"]
    assert hour.minute == 45
    assert hour.hour == (done.replace(minute=0) + timedelta(hours=5, minutes=45)).hour


def test_the_profile_of_a_day_is_that_of_its_rows(store: Store) -> None:
    day = at(2026, 10, 4, 12)
    confidences = (0.12, 0.13, 0.91, None)
    store.collection.insert_many([prediction(day, confidence=confidence) for confidence in confidences])
    store.collection.insert_one(prediction(day, target=None, confidence=0.92, reviewed=None))
    jobs.tick(store)
    report = profile_report(store, day.date())
    assert report
    columns = report.columns.set_index("column")
    assert (columns.loc[FIELDS.confidence, "samples"], columns.loc[FIELDS.confidence, "missing"]) == (4, 1)
    assert columns.loc[FIELDS.confidence, "max"] == pytest.approx(0.91)
    assert report.frequent[FIELDS.prediction].to_numpy().tolist() == [["1", 4]]
    drawn = {(row["from"], row["outcome"]): row["count"] for row in report.confidence.to_dict("records")}
    assert drawn == {(0.1, "right"): 2, (0.9, "right"): 1, (0.9, "not reviewed"): 1}
    assert (report.confidence["to"] - report.confidence["from"]).tolist() == pytest.approx([1 / BINS_DRAWN] * 3)


def test_a_day_without_a_profile_has_no_report(store: Store) -> None:
    assert profile_report(store, at(2026, 10, 4).date()) is None
