"""The protocol of deliveries: what may follow what, and how it stands."""

from datetime import date, timedelta

import pytest

from monitor_core.contract.delivery import (
    LONGEST_PAUSE,
    Batch,
    Delivery,
    LastTries,
    Progress,
    Step,
    all_sent,
    announced,
    begun,
    destination_status,
    doubted,
    failed,
    is_paused,
    last_successes,
    sent,
    started_over,
)
from tests.documents import at

NOW, DAY = at(2026, 10, 15, 12), date(2026, 10, 14)


def progress(rows: int = 5, day: date = DAY, **deliveries: Delivery) -> Progress:
    return Progress("p", "b", day, rows, NOW, deliveries)


def after(delivery: Delivery, step: Step) -> str | None:
    """The state that a step leads to; None where it is refused."""
    if any(getattr(delivery, name) != value for name, value in step.only_if.items()):
        return None
    return str(step.changes.get("state", delivery.state))


def test_each_step_is_only_made_from_where_it_may_follow() -> None:
    waiting, there = Delivery(), Delivery("announced", "here", begun=1)
    elsewhere, arrived = Delivery("announced", "there", begun=1), Delivery("sent", "here")
    each = (waiting, there, elsewhere, arrived)
    assert [after(one, announced("here")) for one in each] == ["announced", None, None, None]
    assert [after(one, begun("here")) for one in each] == [None, "announced", None, None]
    assert [after(one, sent("here")) for one in each] == [None, "sent", None, None]
    assert [after(one, doubted("here")) for one in each] == [None, "uncertain", None, None]
    assert [after(one, started_over(there)) for one in each] == [None, "waiting", None, None]


def test_another_place_is_asked_for_only_if_nobody_else_has_begun() -> None:
    assert after(Delivery("announced", "here", begun=2), started_over(Delivery("announced", "here", begun=1))) is None


def test_the_pause_doubles_and_has_an_end() -> None:
    def pause(attempts: int) -> object:
        step = failed(Delivery(attempts=attempts), "away", timedelta(seconds=30), NOW)
        assert step.changes["attempts"] == attempts + 1
        return step.changes["retry_at"]

    assert [pause(attempts) for attempts in range(3)] == [NOW + timedelta(seconds=n) for n in (30, 60, 120)]
    assert pause(1000) == NOW + LONGEST_PAUSE


def test_a_destination_that_came_later_holds_nothing_back() -> None:
    parts = [progress(whylabs=Delivery("sent")), progress(whylabs=Delivery("sent"), local=Delivery("waiting"))]
    assert all_sent(parts, ["whylabs", "new"])
    assert not all_sent(parts, ["whylabs", "local"])
    assert all_sent([], ["whylabs"])


def test_the_last_success_is_the_newest_of_all_parts() -> None:
    earlier = NOW - timedelta(hours=1)
    parts = [progress(local=Delivery("sent", sent_at=at_)) for at_ in (earlier, NOW)] + [progress(whylabs=Delivery())]
    assert last_successes(parts) == {"local": NOW}


def test_what_a_destination_lacks_is_counted_with_its_oldest_day() -> None:
    old = DAY - timedelta(days=3)
    parts = [
        progress(7, local=Delivery("sent", sent_at=NOW)),
        progress(5, local=Delivery("announced")),
        progress(2, old, local=Delivery()),
        progress(9, whylabs=Delivery()),
    ]
    status = destination_status("local", parts, LastTries(NOW - timedelta(days=1), "away", NOW))
    assert status.parts == {"sent": 1, "announced": 1, "waiting": 1}
    assert (status.rows_missing, status.oldest_day, status.sent_at, status.error) == (7, old, NOW, "away")
    assert destination_status("new", parts, LastTries()).rows_missing == 0


def test_people_see_whether_a_batch_is_held_or_marked() -> None:
    stands = [
        Batch("b", "claiming", False, exposed=True),
        Batch("b", "prepared", False),
        Batch("b", "prepared", False, marked=True),
    ]
    assert [batch.stands for batch in stands] == ["claiming", "held", "marked"]


@pytest.mark.parametrize(
    ("ahead", "paused"),
    [
        (timedelta(seconds=-1), False),
        (timedelta(seconds=1), True),
        (LONGEST_PAUSE, True),
        (LONGEST_PAUSE + timedelta(seconds=1), False),
        (timedelta(days=3), False),
    ],
)
def test_a_pause_ends_in_time_or_was_set_by_a_clock_that_was_ahead(ahead: timedelta, paused: bool) -> None:
    assert is_paused(Delivery(retry_at=NOW + ahead), NOW) is paused
    assert not is_paused(Delivery(), NOW)
