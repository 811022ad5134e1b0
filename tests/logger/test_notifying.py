"""Notifications: who is notified of what and when; sent to real servers."""

import threading
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor_core.alerting.events import EventKind
from monitor_core.cli.doctor.checks import checks
from monitor_core.logger.notifying import Notifier
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.settings.sources import load
from tests.alerting.happened import NOW
from tests.command import run
from tests.documents import at, fields
from tests.logger.notified import LAG, MINUTE, SLIDE, Make, numbered
from tests.receivers import PASSWORD, Webhook

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


def test_a_rule_notifies_the_targets_that_it_chooses(make: Make, hook: Webhook, second: Webhook) -> None:
    notifier = make(f"team={hook.address()}", notify_by_rule=(SecretStr(f"data={second.address()}"),))
    Rulebook(notifier.store).edit("logger-lags", {"notify": ["data"]}, "Ada", NOW)
    notifier.queue([SLIDE, replace(LAG, rule="logger-lags")], [], NOW)
    notifier.deliver(NOW)
    assert hook.titles == ["Critical: Accuracy is falling (class SIGRE)"]
    assert second.titles == ["Warning: The worker lags"]


def test_a_choice_of_targets_holds_for_the_digest_and_after_the_rule_is_removed(
    make: Make, hook: Webhook, second: Webhook
) -> None:
    notifier = make(f"team={hook.address()}", f"ops={second.address()}", notify_digest=time(8))
    book = Rulebook(notifier.store)
    book.edit("logger-lags", {"notify": ["ops"]}, "Ada", NOW)
    book.remove("logger-lags", "Ada", NOW)
    notifier.queue([replace(LAG, rule="logger-lags")], [], NOW)
    notifier.deliver(NOW + timedelta(days=1))
    assert (len(hook.received), len(second.received)) == (0, 1)


def test_a_rule_whose_targets_are_all_gone_notifies_everybody(make: Make, hook: Webhook, second: Webhook) -> None:
    notifier = make(f"team={hook.address()}", notify_by_rule=(SecretStr(f"data={second.address()}"),))
    Rulebook(notifier.store).edit("logger-lags", {"notify": ["gone"]}, "Ada", NOW)
    notifier.queue([replace(LAG, rule="logger-lags")], [], NOW)
    notifier.deliver(NOW)
    assert (len(hook.received), len(second.received)) == (1, 0)


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
        "`./monitor notify list` lists them.",
    )
