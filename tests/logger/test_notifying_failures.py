"""Notifications that are refused, hang or die on the way: nothing is lost, and little is sent twice."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from pydantic import SecretStr

from monitor_core.logger.notifying import CLAIM, DOUBTFUL_SENDS, GIVE_UP, Notifier
from monitor_core.mongo.notifications import LONGEST_WAIT
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.alerting.happened import NOW
from tests.command import run
from tests.logger.notified import LAG, MINUTE, SLIDE, Make, numbered
from tests.receivers import Webhook, wait


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
from tests.alerting.happened import NOW
from tests.logger.notified import SLIDE
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
