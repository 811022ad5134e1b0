"""Annotations: written, read by day, and taken away again."""

from datetime import date

import pytest

from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.store import Store
from tests.documents import at

NOW = at(2026, 10, 5)


@pytest.mark.parametrize(("kind", "text"), [("party", "cake"), ("note", " ")])
def test_an_unknown_kind_and_a_note_without_a_text_are_refused(store: Store, kind: str, text: str) -> None:
    with pytest.raises(MonitorError, match=r"annotation|text"):
        Annotations(store).add(kind, date(2026, 10, 1), text, "ana", NOW)
    assert Annotations(store).read() == []
