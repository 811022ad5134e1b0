"""Notifications: who is notified of what and when, and that nothing is lost; sent to real servers."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from monitor_core.alerting.events import Event, EventKind
from monitor_core.cli.doctor import checks
from monitor_core.contract.calendar import Period
from monitor_core.logger.notifying import CLAIM, DOUBTFUL_SENDS, GIVE_UP, Notifier
from monitor_core.mongo.notifications import LONGEST_WAIT
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from monitor_core.settings.sources import load
from tests.alerting.happened import DAY, EVENT, NOW
from tests.command import run
from tests.documents import at, fields
from tests.receivers import PASSWORD, Webhook, wait, webhook

MINUTE = timedelta(minutes=1)
SLIDE = replace(
    EVENT,
    id="slide",
    alert="accuracy-falling/3/2026-10-14",
    rule="accuracy-falling",
    title="Accuracy is falling",
    severity="critical",
    label=3,
    class_name="SIGRE",
    sentence="Errors have been coming in faster than in the reference period.",
    value=0.8123,
    low=0.78,
    high=0.84,
    threshold=0.85,
    samples=1204,
    period=Period(date(2026, 10, 1), DAY),
    link="/drift?range=2026-10-01&class=SIGRE",
)
LAG = replace(
    SLIDE,
    id="lag",
    title="The worker lags",
    severity="warning",
    label=None,
    class_name=None,
    value=None,
    threshold=None,
)

Make = Callable[..., Notifier]


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as server:
        yield server


@pytest.fixture
def second() -> Iterator[Webhook]:
    with webhook() as server:
        yield server


@pytest.fixture
def make(make_store: Callable[..., Store]) -> Make:
    def made(*addresses: str, **changes: Any) -> Notifier:
        targets = tuple(SecretStr(address) for address in addresses)
        changes["notify_critical"] = tuple(SecretStr(address) for address in changes.get("notify_critical", ()))
        return Notifier(make_store(notify=targets, notify_allow_private=True, **changes))

    return made


def numbered(count: int, event: Event = LAG) -> list[Event]:
    return [replace(event, id=f"{event.id} {n}") for n in range(count)]


# ---- what is told


def test_a_message_holds_the_sentence_and_a_link(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address(), app_url="https://monitor.example.org/app/")
    notifier.queue([SLIDE], [], NOW)
    assert notifier.deliver(NOW).sent == 1
    (got,) = hook.received
    assert got["title"] == "Prediction monitor: Critical: Accuracy is falling (class SIGRE)"
    assert got["type"] == "failure"
    assert got["message"].splitlines() == [
        "Critical: Accuracy is falling (class SIGRE)",
        "Errors have been coming in faster than in the reference period.",
        "https://monitor.example.org/app/drift?range=2026-10-01&class=SIGRE",
    ]


def test_a_tick_is_one_message(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address())
    over = replace(SLIDE, id="over", kind=EventKind.RESOLVED)
    notifier.queue([LAG, SLIDE, over], [], NOW)
    notifier.deliver(NOW)
    (got,) = hook.received
    assert hook.titles == ["3 alerts: 1 warning, 1 critical, 1 resolved"]
    assert got["type"] == "failure"
    first, _, last = got["message"].split("\n\n")
    assert first.startswith("Warning: ")
    assert last.startswith("Resolved, critical: Accuracy is falling (class SIGRE)")


# ---- who is told, and how often


def test_an_event_is_told_once_however_often_it_is_queued(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address())
    notifier.queue([SLIDE], [], NOW)
    notifier.queue([SLIDE], [], NOW)
    notifier.deliver(NOW)
    notifier.queue([SLIDE, LAG], [], NOW + MINUTE)
    notifier.deliver(NOW + MINUTE)
    notifier.queue([SLIDE, LAG], [], NOW + 2 * MINUTE)
    notifier.deliver(NOW + 2 * MINUTE)
    assert hook.titles == ["Critical: Accuracy is falling (class SIGRE)", "Warning: The worker lags"]


@pytest.mark.parametrize("digest", [None, time(8)])
def test_workers_that_queue_at_once_tell_everything_once(make: Make, hook: Webhook, digest: time | None) -> None:
    workers = [make(hook.address(), notify_digest=digest) for _ in range(4)]
    workers[0].messages.create_indexes()
    together = threading.Barrier(len(workers))
    common = numbered(20)
    own = [numbered(20, replace(LAG, id=f"of worker {n}")) for n in range(len(workers))]

    def work(worker: Notifier, part: int) -> None:
        for n, (event, mine) in enumerate(zip(common, own[part], strict=True)):
            together.wait()
            worker.queue([event, mine], [], NOW + timedelta(days=n))

    threads = [threading.Thread(target=work, args=(worker, part)) for part, worker in enumerate(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = [key for document in workers[0].messages.documents.find() for key in document["keys"]]
    assert sorted(keys) == sorted(event.id for events in [common, *own] for event in events)
    assert digest is None or workers[0].messages.documents.count_documents({}) == len(common)  # one a day


def test_critical_alerts_go_to_their_targets_as_well(make: Make, hook: Webhook, second: Webhook) -> None:
    notifier = make(hook.address(), notify_critical=[second.address(), hook.address()])
    assert [target.name for target in notifier.targets] == ["1: json", "critical 1: json"]
    notifier.queue([SLIDE, LAG], [], NOW)
    notifier.deliver(NOW)
    assert hook.titles == ["2 alerts: 1 critical, 1 warning"]
    assert second.titles == ["Critical: Accuracy is falling (class SIGRE)"]


def test_who_does_not_want_to_hear_that_it_is_over_does_not(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address(), notify_resolved=False)
    notifier.queue([replace(SLIDE, kind=EventKind.RESOLVED)], [], NOW)
    assert notifier.messages.latest() == []


def test_nobody_is_told_where_nobody_is_configured(store: Store) -> None:
    notifier = Notifier(store)
    notifier.queue([SLIDE], [SLIDE], NOW)
    assert notifier.deliver(NOW).sent == 0
    assert "monitor_notifications" not in store.database.list_collection_names()


def test_an_alert_that_goes_on_firing_is_told_again_after_the_pause(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address(), notify_repeat=timedelta(hours=4))
    for hours in (0, 1, 3.9, 4, 5, 7.9, 8):
        now = NOW + timedelta(hours=hours)
        notifier.queue([SLIDE], [SLIDE], now)
        notifier.deliver(now)
    assert len(hook.titles) == 3
    assert hook.titles[-1] == "Still firing, critical: Accuracy is falling (class SIGRE)"


def test_after_an_outage_one_reminder_and_none_beside_the_news_itself(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address(), notify_repeat=timedelta(hours=1))
    late = NOW + timedelta(days=3)
    notifier.queue([SLIDE], [SLIDE], late)
    notifier.deliver(late)
    assert hook.titles == ["Critical: Accuracy is falling (class SIGRE)"]
    notifier.queue([], [SLIDE], late + timedelta(hours=30))
    notifier.deliver(late + timedelta(hours=30))
    assert len(hook.titles) == 2


def test_a_digest_has_the_warnings_of_a_day_and_critical_ones_do_not_wait(make: Make, hook: Webhook) -> None:
    """At 8 in Madrid, which is 6 UTC in summer, and 7 from the 25th of October on."""
    notifier = make(hook.address(), notify_digest=time(8), time_zone="Europe/Madrid")
    one, two, three = numbered(3)
    notifier.queue([one], [], at(2026, 10, 24, 5, 58))
    notifier.queue([one, SLIDE], [], at(2026, 10, 24, 5, 59))
    notifier.deliver(at(2026, 10, 24, 5, 59))
    assert hook.titles == ["Critical: Accuracy is falling (class SIGRE)"]
    notifier.deliver(at(2026, 10, 24, 6))
    notifier.queue([two], [], at(2026, 10, 24, 6))
    notifier.queue([two, three], [], at(2026, 10, 24, 23))
    notifier.deliver(at(2026, 10, 25, 6, 59))
    assert hook.titles[1:] == ["Warning: The worker lags"]
    notifier.deliver(at(2026, 10, 25, 7))
    assert hook.titles[2:] == ["Digest of 2 alerts: 2 warnings"]


def test_what_comes_while_a_digest_is_being_sent_waits_for_the_next_one(make: Make, hook: Webhook) -> None:
    """Another worker's clock, or a slow one: the day's digest is under way already."""
    notifier = make(hook.address(), notify_digest=time(14))
    one, two = numbered(2)
    notifier.queue([one], [], NOW)
    hook.always = 500
    assert notifier.deliver(at(2026, 10, 15, 14)).failed == 1
    notifier.queue([one, two], [], NOW)
    hook.always = 200
    notifier.deliver(at(2026, 10, 15, 15))
    assert hook.titles[1:] == ["Warning: The worker lags"]
    notifier.deliver(at(2026, 10, 16, 14))
    assert len(hook.titles) == 3


def test_a_digest_names_an_alert_that_fires_still_once_a_day(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address(), notify_digest=time(8), notify_repeat=timedelta(hours=1))
    for hours in range(0, 48, 3):
        now = NOW + timedelta(hours=hours)
        notifier.queue([LAG], [LAG], now)
        notifier.deliver(now)
    assert hook.titles == ["Warning: The worker lags", "Still firing, warning: The worker lags"]


# ---- what goes wrong


@pytest.mark.parametrize("answer", [500, 429])
def test_what_is_refused_is_tried_again_after_growing_pauses(make: Make, hook: Webhook, answer: int) -> None:
    notifier = make(hook.address())
    hook.answers = [answer] * 3
    notifier.queue([SLIDE], [], NOW)
    for minutes, tries in ((0, 1), (0.9, 1), (1.2, 2), (3, 2), (3.4, 3), (7.2, 3), (7.7, 4), (60, 4)):
        notifier.deliver(NOW + minutes * MINUTE)
        assert len(hook.received) == tries, minutes
        if tries == 3:
            (waiting,) = notifier.messages.undelivered(NOW)
            assert waiting.error == f"the service did not accept it (status {answer})"
    (message,) = notifier.messages.latest()
    assert (message.state, message.attempts, message.error) == ("sent", 4, None)
    assert notifier.messages.undelivered(NOW) == []


def test_after_three_days_it_is_given_up_and_said(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address())
    hook.always = 500
    notifier.queue([SLIDE], [], NOW)
    for hours in range(DOUBTFUL_SENDS + 1):  # clear refusals are no doubtful ones
        notifier.deliver(NOW + timedelta(hours=hours))
    assert notifier.messages.latest()[0].state == "waiting"
    notifier.messages.documents.update_one({}, {"$set": {"attempts": 30}})
    nearly = NOW + GIVE_UP - LONGEST_WAIT
    notifier.deliver(nearly)
    (message,) = notifier.messages.latest()
    assert message.state == "waiting"
    assert message.next_try_at
    assert timedelta(0) <= message.next_try_at - nearly - LONGEST_WAIT < MINUTE
    notifier.deliver(NOW + GIVE_UP + MINUTE)
    notifier.deliver(NOW + 2 * GIVE_UP)
    (message,) = notifier.messages.undelivered(NOW + 2 * GIVE_UP)
    assert message.state == "failed"
    assert len(hook.received) == DOUBTFUL_SENDS + 3
    assert run("notify", "list").stdout == (
        "2026-10-15 12:00  1: json  Critical: Accuracy is falling (class SIGRE)  "
        "(not delivered, attempts: 32: the service did not accept it (status 500))\n"
    )
    assert notifier.messages.undelivered(NOW + 4 * GIVE_UP) == []


def test_what_may_have_arrived_is_sent_again_a_few_times_only(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address())
    hook.always = "drop"
    notifier.queue([SLIDE], [], NOW)
    for hours in range(DOUBTFUL_SENDS + 3):
        notifier.deliver(NOW + timedelta(hours=hours))
    assert len(hook.received) == DOUBTFUL_SENDS
    (message,) = notifier.messages.latest()
    assert (message.state, message.error) == ("failed", "the connection broke, so it may have arrived")


def test_one_target_that_hangs_holds_up_no_other(make: Make, hook: Webhook, second: Webhook) -> None:
    notifier = make(hook.address("?rto=1"), second.address())
    hook.always = "hang"
    one, two = numbered(2)
    notifier.queue([one], [], NOW)
    notifier.deliver(NOW)
    notifier.queue([two], [], NOW + 3 * MINUTE)
    done = notifier.deliver(NOW + 3 * MINUTE)
    assert (done.sent, done.failed) == (1, 1)
    assert done.error == (
        "The notification to 1: json failed: the service did not answer in time, so it may have arrived."
    )
    assert (len(hook.received), len(second.received)) == (2, 2)


def test_what_happens_while_a_target_is_down_is_one_message(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address())
    hook.always = 500
    events = numbered(4)
    for n in range(len(events)):
        now = NOW + timedelta(days=n)
        notifier.queue(events[: n + 1], [], now)
        notifier.deliver(now)
    hook.always = 200
    soon = NOW + timedelta(days=3, minutes=2)  # long before the pause is over: news do not wait for it
    notifier.queue([*events, SLIDE], [], soon)
    notifier.deliver(soon)
    assert hook.titles[-2:] == ["4 alerts: 4 warnings", "5 alerts: 4 warnings, 1 critical"]
    assert len(notifier.messages.latest()) == 1


def test_what_may_have_arrived_is_not_told_again_with_the_news(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address())
    hook.answers = ["drop"]
    notifier.queue([SLIDE], [], NOW)
    notifier.deliver(NOW)
    notifier.queue([LAG], [], NOW + timedelta(seconds=20))
    notifier.deliver(NOW + timedelta(seconds=20))
    assert hook.titles[1:] == ["Warning: The worker lags"]


def test_a_worker_that_stops_begins_nothing_more(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address())
    notifier.queue([SLIDE], [], NOW)
    assert notifier.deliver(NOW, goes_on=lambda: False).sent == 0
    assert hook.received == []
    assert notifier.deliver(NOW).sent == 1


def test_a_private_target_is_refused_unless_allowed(make_store: Callable[..., Store], hook: Webhook) -> None:
    notifier = Notifier(make_store(notify=(SecretStr(hook.address()),)))
    notifier.queue([SLIDE], [], NOW)
    done = notifier.deliver(NOW)
    assert done.error
    assert "MONITOR_NOTIFY_ALLOW_PRIVATE" in done.error
    assert hook.received == []


KILLED = """
import os, signal, sys
from datetime import timedelta
from tests.logger.test_notifying import NOW, SLIDE
from monitor_core.logger.notifying import Notifier
from monitor_core.settings.sources import load
from monitor_core.mongo.store import Store
notifier = Notifier(Store(load().settings))
if sys.argv[1] == "queue":
    notifier.queue([SLIDE], [], NOW)
    os.kill(os.getpid(), signal.SIGKILL)
notifier.deliver(NOW)
"""


def worker(what: str, hook: Webhook) -> "subprocess.Popen[bytes]":
    settings = {"MONITOR_NOTIFY": hook.address("?rto=60"), "MONITOR_NOTIFY_ALLOW_PRIVATE": "true"}
    path = str(ROOT)
    return subprocess.Popen([sys.executable, "-c", KILLED, what], env=os.environ | settings | {"PYTHONPATH": path})


def test_a_worker_killed_between_queueing_and_sending_loses_nothing(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address())
    assert worker("queue", hook).wait() == -signal.SIGKILL
    assert hook.received == []
    notifier.queue([SLIDE], [], NOW + MINUTE)
    assert notifier.deliver(NOW + MINUTE).sent == 1
    assert notifier.deliver(NOW + timedelta(hours=1)).sent == 0
    assert len(hook.received) == 1


def test_a_worker_killed_while_it_sends_is_relieved(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address())
    notifier.queue([SLIDE], [], NOW)
    hook.answers = ["hang"]
    other = worker("deliver", hook)
    wait(lambda: bool(hook.received))
    other.kill()
    other.wait()
    assert notifier.deliver(NOW + MINUTE).sent == 0  # nobody knows yet that the other is dead
    assert notifier.deliver(NOW + CLAIM + MINUTE).sent == 1
    assert len(hook.received) == 2


def test_of_two_workers_one_sends(make: Make, hook: Webhook) -> None:
    workers = [make(*(hook.address(f"/{n}") for n in range(4))) for _ in range(3)]
    workers[0].queue([SLIDE], [], NOW)
    threads = [threading.Thread(target=worker.deliver, args=(NOW + MINUTE,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hook.received) == 4


def test_a_worker_without_the_target_leaves_the_message_to_one_that_has_it(make: Make, hook: Webhook) -> None:
    notifier, without = make(hook.address()), make()
    notifier.queue([SLIDE], [], NOW)
    without.deliver(NOW + MINUTE)
    assert [message.state for message in without.messages.latest()] == ["waiting"]
    assert len(without.messages.undelivered(NOW + timedelta(hours=1))) == 1
    without.deliver(NOW + GIVE_UP)
    (message,) = without.messages.undelivered(NOW + GIVE_UP)
    assert message.error == "this target is no longer in the settings"


# ---- by hand, and the secrets


def configure(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    monkeypatch.setenv("MONITOR_NOTIFY", " ".join(addresses))
    monkeypatch.setenv("MONITOR_NOTIFY_ALLOW_PRIVATE", "true")


def test_no_address_is_shown_or_stored_anywhere(
    store: Store, hook: Webhook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The password, and the host: all that stands in an address may be a permission."""
    configure(monkeypatch, hook.address(), hook.address("/2"))
    monkeypatch.setenv("MONITOR_NOTIFY_CRITICAL", f"json://{PASSWORD}@127.0.0.1:9/{PASSWORD}")
    notifier = Notifier(Store(load(tmp_path).settings))
    hook.answers = [500, "drop"]
    notifier.queue([SLIDE, LAG], [], NOW)
    said = [
        repr(notifier.deliver(NOW)),
        repr(notifier.settings),
        repr(notifier.targets),
        repr(notifier.messages.latest()),
    ]
    for command in (("settings",), ("doctor",), ("notify", "list"), ("notify", "test")):
        ended = run(*command)
        said += [ended.stdout, ended.stderr]
    said += [repr(list(store.database[name].find())) for name in store.database.list_collection_names()]
    everything = "\n".join(said)
    assert "1: json" in everything
    assert "critical 1: json" in everything
    assert PASSWORD not in everything
    assert hook.place not in everything


def test_the_doctor_says_who_is_told_and_what_did_not_arrive(make: Make, hook: Webhook) -> None:
    notifier = make(hook.address())
    notifier.messages.documents.database["image_logs"].insert_one(fields(prediction=1))
    lines = [check for check in checks(notifier.settings) if "otification" in check[1]]
    assert [good for good, _ in lines] == [True]
    assert "1: json" in lines[0][1]
    hook.always = 500
    notifier.queue([SLIDE], [], datetime.now(NOW.tzinfo))
    notifier.deliver(datetime.now(NOW.tzinfo) + MINUTE)
    (line,) = (check for check in checks(notifier.settings) if "been delivered" in check[1])
    assert line == (
        False,
        "1 notification has not been delivered. The newest, to 1: json: the service did not accept it (status 500). "
        "`python -m monitor_core notify list` lists them.",
    )
