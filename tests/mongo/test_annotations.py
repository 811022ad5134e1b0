"""Annotations: written, read by day, and taken away again."""

from datetime import date

import pytest

from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.store import Store
from tests.conftest import at

NOW = at(2026, 10, 5)


def test_annotations_come_by_day_and_of_the_kinds_that_are_asked_for(store: Store) -> None:
    annotations = Annotations(store)
    later = annotations.add("note", date(2026, 10, 4), "the left camera was cleaned", "ana", NOW)
    earlier = annotations.add("retraining", date(2026, 10, 1), "", "bo", NOW)
    assert annotations.read() == [earlier, later]
    assert annotations.read(["retraining"]) == [earlier]
    assert [str(one) for one in annotations.read()] == [
        "retraining, 2026-10-01",
        "note, 2026-10-04: the left camera was cleaned",
    ]


def test_what_is_removed_is_gone_and_cannot_be_removed_again(store: Store) -> None:
    annotations = Annotations(store)
    made = annotations.add("deployment", date(2026, 10, 1), "v2", "ana", NOW)
    annotations.remove(made.id)
    assert annotations.read() == []
    with pytest.raises(MonitorError, match="no annotation"):
        annotations.remove(made.id)


@pytest.mark.parametrize(("kind", "text"), [("party", "cake"), ("note", " ")])
def test_an_unknown_kind_and_a_note_without_a_text_are_refused(store: Store, kind: str, text: str) -> None:
    with pytest.raises(MonitorError, match=r"annotation|text"):
        Annotations(store).add(kind, date(2026, 10, 1), text, "ana", NOW)
    assert Annotations(store).read() == []
