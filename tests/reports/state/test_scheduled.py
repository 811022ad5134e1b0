"""The text of the scheduled report, and what is said of its arrival."""

from collections.abc import Callable
from datetime import date, time, timedelta

from pydantic import SecretStr

from monitor_core.alerting.messages import report_note
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.store import Store
from monitor_core.reports.state.scheduled import Lateness, report_link, report_text, schedule_in_words
from monitor_core.settings.reports import ReportSchedule
from tests.documents import at, fields

NOW = at(2026, 10, 26, 7, 5)
DUE = at(2026, 10, 26, 7)


def reviewed(store: Store, day: date, right: int, wrong: int) -> None:
    instant = at(day.year, day.month, day.day, 12)
    dated = fields(predicted_at=instant, validated_at=instant)
    pairs = [(1, 1)] * right + [(0, 1)] * wrong
    store.collection.insert_many([fields(validated=target, prediction=made) | dated for target, made in pairs])


def test_a_report_has_the_accuracy_of_its_days_and_of_those_before(make_store: Callable[..., Store]) -> None:
    store = make_store(time_zone="Europe/Madrid")
    reviewed(store, date(2026, 10, 20), right=60, wrong=40)
    reviewed(store, date(2026, 10, 13), right=90, wrong=10)
    title, lines = report_text(store, Lateness(DUE, NOW, is_late=False, left_out=0))
    assert title == "Not judged (report of 26 Oct 2026)"
    assert lines[0].startswith("Not judged.")
    assert lines[1].startswith("19 Oct to 25 Oct 2026, by review day: accuracy 60.0% (")
    assert "100 samples" in lines[1]
    assert lines[2].startswith("Compared with 12 Oct to 18 Oct 2026 (100 reviewed samples): Accuracy fell by 30.0 ")
    assert len(lines) == 3


def test_a_late_report_says_when_it_was_due_in_local_time(make_store: Callable[..., Store]) -> None:
    store = make_store(time_zone="Europe/Madrid")
    _, lines = report_text(store, Lateness(DUE, NOW + timedelta(days=1), is_late=True, left_out=1))
    assert lines[-1] == ("This report was due on 26 Oct 2026, 08:00, and is late. 1 earlier report is left out.")


def test_the_link_opens_the_days_of_the_model(make_store: Callable[..., Store]) -> None:
    settings = make_store(model="cats", time_zone="Europe/Madrid", app_url="https://m.example.org").settings
    link = report_link(settings, Lateness(DUE, NOW, is_late=False, left_out=0))
    assert link.startswith("https://m.example.org/?period=2026-10-19..2026-10-25&basis=")
    assert link.endswith("&model=cats")


def test_the_next_report_and_the_arrival_of_the_last_are_said(make_store: Callable[..., Store]) -> None:
    assert list(schedule_in_words(make_store(), NOW)) == []
    schedule = ReportSchedule(time(8), 0)
    assert [is_good for is_good, _ in schedule_in_words(make_store(report_every=schedule), NOW)] == [False]
    store = make_store(report_every=schedule, notify=(SecretStr("team=json://a"),), time_zone="Europe/Madrid")
    assert list(schedule_in_words(store, NOW)) == [
        (True, "A report goes to team every Monday at 08:00; the next is due on 2 Nov 2026, 08:00.")
    ]
    messages = Notifications(store)
    messages.create_indexes()
    messages.queue_report("team", report_note("report", "Fine", "Fine."), None, NOW)
    store.state.save_reported(str(schedule), DUE, "The report's HTML file is missing: it took longer than 120 s.")
    _, waits, alone = schedule_in_words(store, NOW)
    assert waits == (True, "The last report, of 26 Oct 2026, 08:05, waits to be delivered to team.")
    assert alone == (
        False,
        "The last report went out as text alone. The report's HTML file is missing: it took longer than 120 s.",
    )
    message = messages.claim(NOW, NOW, ["team"])
    assert message
    messages.refused(message, "the service did not accept it (status 500)", False, None, NOW)
    _, failed, _ = schedule_in_words(store, NOW)
    assert failed == (
        False,
        "The last report, of 26 Oct 2026, 08:05, has not been delivered to team: the service did not accept it (status "
        "500).",
    )
    messages.documents.delete_many({})
    messages.queue_report("team", report_note("report", "Fine", "Fine."), None, NOW)
    message = messages.claim(NOW, NOW, ["team"])
    assert message
    messages.arrived(message, NOW)
    assert (True, "The last report, of 26 Oct 2026, 08:05, was sent to team.") in schedule_in_words(store, NOW)
