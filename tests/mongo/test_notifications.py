"""The messages in the database: an event is in one of each target, and a send is one at a time."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from monitor_core.alerting.events import EventKind
from monitor_core.alerting.messages import Attachment, Message, Note, report_note
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.store import Store
from tests.documents import at

NOW, MINUTE = at(2026, 10, 15, 12), timedelta(minutes=1)
TARGET = "1: json"


def note(key: str) -> Note:
    return Note(key, "warning", EventKind.FIRING, f"Warning: {key}", f"Warning: {key}")


def notes(*keys: str) -> dict[str, Note]:
    return {key: note(key) for key in keys}


@pytest.fixture
def messages(store: Store) -> Notifications:
    messages = Notifications(store)
    messages.create_indexes()
    return messages


def claimed(messages: Notifications, now: datetime = NOW) -> Message:
    message = messages.claim(now, now + 2 * MINUTE, [TARGET])
    assert message
    return message


def test_an_event_is_in_one_message_of_a_target(messages: Notifications) -> None:
    messages.queue(TARGET, notes("a", "b"), NOW)
    messages.arrived(claimed(messages), NOW)
    messages.queue(TARGET, notes("b", "c"), NOW)
    messages.queue("2: mailto", notes("b"), NOW)
    by_target = {(one.target, *(written.event for written in one.notes)) for one in messages.latest()}
    assert by_target == {(TARGET, "a", "b"), (TARGET, "c"), ("2: mailto", "b")}
    assert messages.queued(TARGET, ["a", "c", "d"]) == {"a", "c"}


def test_news_join_what_waits_unless_it_may_have_arrived(messages: Notifications) -> None:
    messages.queue(TARGET, notes("a"), NOW)
    messages.refused(claimed(messages), "no", False, NOW + timedelta(hours=1), NOW)
    messages.queue(TARGET, notes("b"), NOW + MINUTE)
    message = claimed(messages, NOW + MINUTE)  # at once, whatever the pause
    assert [one.event for one in message.notes] == ["a", "b"]
    messages.refused(message, "the connection broke", True, NOW + timedelta(hours=1), NOW)
    messages.queue(TARGET, notes("c"), NOW + MINUTE)
    assert [one.event for one in claimed(messages, NOW + 5 * MINUTE).notes] == ["c"]


def test_a_digest_collects_a_day_and_what_comes_while_it_is_sent_goes_to_the_next(messages: Notifications) -> None:
    def due(day: date) -> datetime:
        return datetime.combine(day, time(14), UTC)

    for key in ("a", "b", "a"):
        messages.collect(TARGET, (key, note(key)), NOW.date(), due, NOW)
    assert messages.claim(NOW, NOW + MINUTE, [TARGET]) is None
    first = claimed(messages, NOW + timedelta(hours=2))
    assert (first.is_digest, [one.event for one in first.notes]) == (True, ["a", "b"])
    messages.collect(TARGET, ("c", note("c")), NOW.date(), due, NOW)
    messages.arrived(first, NOW)
    assert messages.claim(NOW + timedelta(hours=3), NOW, [TARGET]) is None
    assert [one.event for one in claimed(messages, NOW + timedelta(days=1, hours=2)).notes] == ["c"]


def test_a_claimed_message_is_nobody_else_s_until_its_time_has_run_out(messages: Notifications) -> None:
    messages.queue(TARGET, notes("a"), NOW)
    first = claimed(messages)
    assert messages.claim(NOW + MINUTE, NOW + 3 * MINUTE, [TARGET]) is None
    assert messages.claim(NOW + 2 * MINUTE, NOW + 3 * MINUTE, ["2: mailto"]) is None
    second = claimed(messages, NOW + 2 * MINUTE)
    assert (first.attempts, second.attempts, second.doubtful, second.first_try_at) == (1, 2, 2, NOW)
    messages.refused(first, "too late", False, NOW + MINUTE, NOW)  # the other is at it
    assert messages.latest()[0].error is None
    messages.arrived(first, NOW + 3 * MINUTE)  # but what has arrived has arrived
    assert (messages.latest()[0].state, messages.latest()[0].sent_at) == ("sent", NOW + 3 * MINUTE)


def test_a_clear_refusal_takes_the_doubt_back(messages: Notifications) -> None:
    messages.queue(TARGET, notes("a"), NOW)
    messages.refused(claimed(messages), "no", False, NOW + MINUTE, NOW)
    (message,) = messages.undelivered(NOW)
    assert (message.state, message.doubtful, message.error, message.next_try_at) == ("waiting", 0, "no", NOW + MINUTE)
    messages.refused(claimed(messages, NOW + MINUTE), "no", False, None, NOW + MINUTE)
    (message,) = messages.undelivered(NOW + MINUTE)
    assert (message.state, message.next_try_at) == ("failed", None)
    assert messages.undelivered(NOW + timedelta(days=8)) == []


def test_what_is_hopeless_is_given_up(messages: Notifications) -> None:
    messages.queue(TARGET, notes("a"), NOW)
    messages.queue("2: gone", notes("a"), NOW)
    claimed(messages)
    later = NOW + timedelta(hours=1)
    messages.give_up_doubtful(2, "broke off", later)
    messages.give_up_others([TARGET], NOW - MINUTE, "gone", later)
    assert {one.state for one in messages.latest()} == {"waiting"}
    messages.give_up_doubtful(1, "broke off", later)
    messages.give_up_others([TARGET], NOW, "gone", later)
    assert {(one.target, one.state, one.error) for one in messages.latest()} == {
        (TARGET, "failed", "broke off"),
        ("2: gone", "failed", "gone"),
    }


def test_a_message_that_nobody_tries_is_pointed_out(messages: Notifications) -> None:
    messages.queue("2: gone", notes("a"), NOW)
    assert messages.undelivered(NOW + 29 * MINUTE) == []
    assert [one.target for one in messages.undelivered(NOW + 30 * MINUTE)] == ["2: gone"]


def test_a_report_is_queued_once_for_each_target_with_its_file_until_it_is_sent(store: Store) -> None:
    messages, now = Notifications(store), at(2026, 6, 1)
    messages.create_indexes()
    file = Attachment("report.html", b"<p>72.3%</p>")
    for _ in range(2):
        messages.queue_report("team", report_note("report 2026-06-01", "Fine", "Fine. Accuracy"), file, now)
    messages.queue_report("ops", report_note("report 2026-06-01", "Fine", "Fine. Accuracy"), None, now)
    assert sorted(message.target for message in messages.latest_reports()) == ["ops", "team"]
    assert [message.attachment for message in messages.latest()] == [None, None]  # a list needs no files
    message = messages.claim(now, now + timedelta(minutes=2), ["team"])
    assert message
    assert (message.title, message.tone, message.attachment) == ("Fine", "info", file)
    messages.arrived(message, now)
    assert not messages.documents.find_one({"attachment": {"$exists": True}})


def test_a_report_that_is_given_up_leaves_no_file(store: Store) -> None:
    messages, now = Notifications(store), at(2026, 6, 1)
    messages.create_indexes()
    messages.queue_report("gone", report_note("report", "Fine", "Fine."), Attachment("a.html", b"a"), now)
    messages.give_up_others(["team"], now + timedelta(days=1), "no longer in the settings", now + timedelta(days=1))
    (message,) = messages.undelivered(now + timedelta(days=2))
    assert message.state == "failed"
    assert not messages.documents.find_one({"attachment": {"$exists": True}})
