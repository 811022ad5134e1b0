"""Events and the list of their kinds; the kinds' contract is in tests/pages/test_event_kinds.py."""

from dataclasses import replace

import pytest

from monitor_core.alerting.events import EventKind, evidence_link
from monitor_core.alerting.rules import DEFAULTS
from monitor_core.contract.calendar import Period
from tests.alerting.happened import ALERT, DAY, EVENT


def test_each_kind_has_words_of_its_own_and_is_found_by_what_is_stored() -> None:
    kinds = list(EventKind)
    assert len({kind.words for kind in kinds}) == len(kinds)
    assert [EventKind(str(kind)) for kind in kinds] == kinds
    with pytest.raises(ValueError):
        EventKind("over")


def test_what_is_stored_stays_readable() -> None:
    """Databases of earlier releases hold these words."""
    today = {"pending", "firing", "no data", "check failed", "resolved", "calmed", "rejudged", "found late"}
    assert today | {"still firing"} <= set(EventKind)


@pytest.mark.parametrize("wrong", [{"severity": "urgent"}, {"kind": "over"}, {"link": "http://elsewhere"}])
def test_nonsense_is_refused_at_birth(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        replace(EVENT, **wrong)


def test_the_number_of_an_event_is_its_place() -> None:
    assert replace(EVENT, id=f"{ALERT.id}#12").number == 12


def test_a_link_leads_to_the_view_of_what_the_rule_saw() -> None:
    query = "period=2026-10-14..2026-10-14&basis=review+day"
    assert evidence_link(DEFAULTS[0], Period(DAY, DAY)) == f"/drift?{query}"
