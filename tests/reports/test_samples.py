"""The samples behind a number."""

from datetime import date
from typing import Any

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.samples import SHOWN, newest_mistakes
from tests.documents import at, fields

OCTOBER = Selection(Period(date(2026, 10, 1), date(2026, 10, 31)), "validated")


def document(name: str, target: Any, prediction: Any, reviewed_at: Any, **more: Any) -> dict[str, Any]:
    dates = fields(predicted_at=at(2026, 9, 30), validated_at=reviewed_at)
    return dates | fields(filename=name, prediction=prediction, validated=target, confidence=0.4) | fields(**more)


def test_the_newest_mistakes_of_a_period_are_those_of_the_rows(store: Store) -> None:
    store.collection.insert_many(
        [
            document("right.png", 1, 1, at(2026, 10, 9)),
            document("confirmed.png", True, 1, at(2026, 10, 9)),
            document("old.png", 1, 2, at(2026, 10, 2)),
            document("new.png", 2, 1, at(2026, 10, 8)),
            document("rejected.png", False, 3, "2026-10-05T12:00:00Z"),
            document("other.png", 4, 5, at(2026, 10, 4)),
            document("before.png", 1, 2, at(2026, 9, 30)),
            document("after.png", 1, 2, "2026-11-01T00:00:00Z"),
            document("open.png", None, 2, None),
            document("unreadable.png", "cat", 2, at(2026, 10, 9)),
        ]
    )
    mistakes = newest_mistakes(store, OCTOBER, None)
    assert mistakes["file"].tolist() == ["new.png", "rejected.png", "other.png", "old.png"]
    assert mistakes["target"].tolist() == ["2", "rejected", "4", "1"]
    assert newest_mistakes(store, OCTOBER, 2)["file"].tolist() == ["new.png", "old.png"]
    assert newest_mistakes(store, OCTOBER, 9).empty


def test_no_more_are_shown_than_a_person_looks_at(store: Store) -> None:
    store.collection.insert_many([document(f"{n}.png", 1, 2, at(2026, 10, 1, 0, n)) for n in range(50)])
    mistakes = newest_mistakes(store, OCTOBER, None)
    assert len(mistakes) == SHOWN
    assert mistakes["file"].tolist()[0] == "49.png"
