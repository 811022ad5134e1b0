"""The scheduled report: queued once, sent to real servers, and late after an outage."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from pydantic import SecretStr

from monitor_core.cli.doctor.checks import checks
from monitor_core.logger.judging import Judge
from monitor_core.logger.notifying import Notifier
from monitor_core.logger.reporting.scheduled import send_report
from monitor_core.logger.tick import tick
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.store import Store
from monitor_core.reports.state.verdict import lines, read_verdict
from monitor_core.settings.reports import ReportSchedule
from tests.app.drifting import day_of, well, write
from tests.command import run
from tests.logger.notified import SLIDE
from tests.receivers import PASSWORD, Mailbox, Webhook, mailbox

HOUR = timedelta(hours=1)
Letters = tuple[Mailbox, str]


@pytest.fixture
def letters() -> Iterator[Letters]:
    with mailbox() as (box, place):
        yield box, f"mailto://monitor:{PASSWORD}@{place}?from=monitor@example.org&to=team@example.org"


def due_at(store: Store, ago: timedelta = timedelta(minutes=1)) -> tuple[ReportSchedule, datetime]:
    """Return a daily schedule that was due so long ago, and that instant."""
    due = (store.now() - ago).replace(second=0, microsecond=0)
    return ReportSchedule(due.time()), due


@pytest.fixture
def make_reporting(make_store: Callable[..., Store], store: Store) -> Callable[..., tuple[Store, datetime]]:
    """Return a function that makes a store with these targets whose report has just become due."""

    def make(*addresses: str, ago: timedelta = timedelta(minutes=1), **changes: Any) -> tuple[Store, datetime]:
        schedule, due = due_at(store, ago)
        targets = tuple(SecretStr(address) for address in addresses)
        made = make_store(
            report_every=schedule, notify=targets, notify_allow_private=True, app_url="https://m.example.org", **changes
        )
        made.state.save_reported(str(schedule), due - timedelta(days=1))
        return made, due

    return make


Make = Callable[..., tuple[Store, datetime]]


def judged(store: Store) -> None:
    write(store, *well(7), *[day_of(days_ago, 20, 9) for days_ago in range(6, -1, -1)])
    Judge(store).evaluate_all(store.now())


def test_a_letter_begins_with_the_verdict_and_has_the_report(make_reporting: Make, letters: Letters) -> None:
    box, address = letters
    store, due = make_reporting(address)
    judged(store)
    verdict = " ".join(lines(read_verdict(store)))
    assert "Worse since" in verdict
    assert "critical alert" in verdict
    send_report(store, store.now())
    (letter,) = box.letters
    assert f"(report of {due.day} " in letter["subject"]
    assert letter["subject"].startswith("Prediction monitor: Worse since")
    text = letter.get_body(("plain",)).get_content()
    written = [line for line in text.splitlines() if line.strip()]
    assert written[0] == verdict
    (file,) = letter.iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("text/html", written[3].split()[-1].rstrip("."))
    assert "<svg" in file.get_content()
    assert written[-1].startswith("https://m.example.org/?period=20")


def test_the_figures_are_those_of_the_report_command(make_reporting: Make, hook: Webhook) -> None:
    store, due = make_reporting(hook.address())
    judged(store)
    send_report(store, store.now())
    (got,) = hook.received
    week = f"{(due - timedelta(7)).date()}..{(due - timedelta(1)).date()}"
    printed = run("report", "--period", week, "--against", "previous").stdout
    accuracy = next(line for line in printed.splitlines() if line.startswith("Accuracy: "))
    _, of_days, compared, link = got["message"].splitlines()
    assert of_days.endswith(f"accuracy {accuracy.removeprefix('Accuracy: ')}.")
    change = compared.partition("): ")[2]
    assert change
    assert change in " ".join(printed.split())
    assert "attachments" not in got or not got["attachments"]
    assert got["type"] == "info"
    assert str((due - timedelta(7)).date()) in link


def test_a_report_is_sent_once_however_many_runs_and_loggers_there_are(make_reporting: Make, hook: Webhook) -> None:
    store, _ = make_reporting(hook.address())
    judged(store)
    together = Barrier(4)

    def work() -> None:
        together.wait()
        send_report(store, store.now())

    Notifications(store).create_indexes()
    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send_report(store, store.now())
    assert len(hook.received) == 1
    assert len(Notifications(store).latest_reports()) == 1


def test_a_run_of_the_logger_sends_it_and_the_next_does_not(make_reporting: Make, hook: Webhook) -> None:
    store, _ = make_reporting(hook.address())
    write(store, *well(0, first=30))
    result = tick(store)
    assert result
    assert result.failures == ()
    tick(store)
    assert sum("(report of" in title for title in hook.titles) == 1


def test_nothing_is_sent_of_the_time_before_there_was_a_schedule(
    make_store: Callable[..., Store], hook: Webhook
) -> None:
    store = make_store(notify=(SecretStr(hook.address()),), notify_allow_private=True)
    schedule, due = due_at(store)
    store = make_store(notify=(SecretStr(hook.address()),), notify_allow_private=True, report_every=schedule)
    send_report(store, store.now())
    assert hook.received == []
    send_report(store, due + timedelta(days=1))
    assert len(hook.received) == 1


def test_after_an_outage_the_last_missed_one_is_sent_and_says_that_it_is_late(
    make_reporting: Make, hook: Webhook
) -> None:
    store, due = make_reporting(hook.address())
    send_report(store, due + timedelta(days=3, hours=2))
    send_report(store, due + timedelta(days=3, hours=2, minutes=2))
    (got,) = hook.received
    assert "and is late. 3 earlier reports are left out." in got["message"]


def test_a_report_in_time_is_not_called_late(make_reporting: Make, hook: Webhook) -> None:
    store, due = make_reporting(hook.address())
    send_report(store, due + timedelta(minutes=2))
    assert "late" not in hook.received[0]["message"]


def test_a_clock_that_was_put_back_neither_repeats_nor_stops_reports(make_reporting: Make, hook: Webhook) -> None:
    store, due = make_reporting(hook.address())
    send_report(store, due)
    send_report(store, due - HOUR)
    send_report(store, due + HOUR)
    assert len(hook.received) == 1
    send_report(store, due + timedelta(days=1))
    assert len(hook.received) == 2


def test_only_targets_of_all_alerts_get_reports(make_reporting: Make, hook: Webhook, second: Webhook) -> None:
    more = (SecretStr(f"pager={second.address()}"),)
    by_rule = (SecretStr(f"data={second.address('/other')}"),)
    store, _ = make_reporting(hook.address(), notify_critical=more, notify_by_rule=by_rule)
    send_report(store, store.now())
    assert (len(hook.received), len(second.received)) == (1, 0)


def test_a_report_is_not_mixed_with_alerts_that_wait(make_reporting: Make, hook: Webhook) -> None:

    store, _ = make_reporting(hook.address())
    hook.answers = [500]
    send_report(store, store.now())
    Notifier(store).queue([SLIDE], [], store.now())
    assert [len(message.notes) for message in Notifications(store).latest()] == [1, 1]


def test_where_the_file_fails_the_text_goes_out_and_says_why(
    make_reporting: Make, letters: Letters, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, address = letters
    store, _ = make_reporting(address, hook.address())
    monkeypatch.setattr("monitor_core.logger.reporting.file.report_file.__defaults__", (0.2,))
    send_report(store, store.now())
    (letter,) = box.letters
    assert list(letter.iter_attachments()) == []
    sentence = "The report's HTML file is missing: it took longer than 0.2 s."
    assert sentence in letter.get_body(("plain",)).get_content()
    assert sentence not in hook.received[0]["message"]  # it never has a file
    assert (False, f"The last report went out as text alone. {sentence}") in checks(store.settings)


def test_a_report_that_does_not_arrive_is_tried_again_and_said_without_the_address(
    make_reporting: Make, letters: Letters
) -> None:
    box, address = letters
    store, _ = make_reporting(address.replace(PASSWORD, "wrong"))
    send_report(store, store.now())
    assert box.letters == []
    words = [sentence for is_good, sentence in checks(store.settings) if not is_good]
    (sentence,) = (one for one in words if "The last report" in one)
    assert "waits to be delivered to 1: mailto: the service did not accept it (status 535)" in sentence
    assert "wrong" not in " ".join(words)
    stored = Notifications(store).documents.find_one({"report": True})
    assert stored
    assert "attachment" in stored
    second = Store(store.settings.model_copy(update={"notify": (SecretStr(address),)}))
    send_report(second, store.now())  # nothing new is due: the message that waits is left to the next run
    Notifier(second).deliver(store.now() + HOUR)
    (letter,) = box.letters
    assert [file.get_content_type() for file in letter.iter_attachments()] == ["text/html"]
    stored = Notifications(store).documents.find_one({"report": True})
    assert stored
    assert "attachment" not in stored
    second.database.client.close()


def test_a_logger_that_stops_leaves_the_report_to_the_next_run(make_reporting: Make, letters: Letters) -> None:
    box, address = letters
    store, _ = make_reporting(address)
    send_report(store, store.now(), lambda: False)
    assert Notifications(store).latest() == []
    send_report(store, store.now())
    assert len(box.letters) == 1


def test_a_schedule_without_an_address_is_said(make_reporting: Make) -> None:
    store, _ = make_reporting()
    send_report(store, store.now())
    assert any("MONITOR_NOTIFY has no address, so none is sent" in sentence for _, sentence in checks(store.settings))
