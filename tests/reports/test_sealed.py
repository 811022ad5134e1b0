"""Sentences about days whose documents are gone."""

from datetime import date
from zoneinfo import ZoneInfo

from monitor_core.mongo.history.sealing import LossyDay
from monitor_core.reports.sealed import loss_in_words
from tests.documents import at


def test_a_loss_is_said_with_its_numbers() -> None:
    lost = LossyDay("predicted", date(2026, 10, 1), 1200, 20, at(2026, 11, 1, 12))
    said = loss_in_words(lost, ZoneInfo("Europe/Madrid"))
    assert said.startswith("1 Oct 2026 has lost 1,180 of its 1,200 documents, which the logger noticed on 1 Nov 2026")
