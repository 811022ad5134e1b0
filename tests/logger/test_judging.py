"""Alerts in a real database: whatever happens to the workers, each alert and each event is there once."""

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from monitor_core.alerting.rules import DEFAULTS, rule_from
from monitor_core.cli import demo
from monitor_core.contract import wording
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.errors import MonitorError
from monitor_core.logger import history
from monitor_core.logger import tick as jobs
from monitor_core.logger.judging import Judge
from monitor_core.logger.notifying import events_to_notify
from monitor_core.mongo.alerts import KEPT, Alerts, Filter
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.reports import facts
from monitor_core.settings.settings import ROOT
from tests.alerting.happened import LOW
from tests.documents import FIELDS, fields
from tests.logger.judged import (
    BUILT_UP,
    RULES,
    START,
    assert_consistent,
    documents,
    noon,
    only,
    quality,
    recount,
    states,
    write,
)

# ---- judging


def test_a_catch_up_comes_to_the_same_as_looking_all_the_time(make_store: Callable[..., Store]) -> None:
    often, once = make_store(), make_store(database="test_" + random.randbytes(8).hex())
    rules = [rule_from(one) for one in RULES]
    built_up = [one for day in range(BUILT_UP) for one in documents(day, quality(day), range(24))]
    last = 92
    watches = []
    for store in (often, once):
        write(store, built_up)
        watch = Judge(store)
        watch.book.seed(noon(BUILT_UP))
        for rule in rules:
            watch.book.add(rule, "test", noon(BUILT_UP))
        watch.evaluate_all(noon(BUILT_UP - 1))
        watches.append(watch)

    for day in range(BUILT_UP, last + 1):
        for first, end in ((0, 12), (12, 24)) if day % 3 == 0 else ((0, 24),):
            write(often, documents(day, quality(day), range(first, end)))
            if (day, end) != (last, 24):
                now = START + timedelta(days=day, hours=end, minutes=-1)
                watches[0].evaluate_all(now)
                if day % 5 == 0:
                    watches[0].evaluate_all(now)  # twice is once
    everything = list(often.collection.find({}, {"_id": 0}))
    once.collection.delete_many({})
    write(once, everything)
    now = noon(last)
    watches[0].evaluate_all(now)
    judged = watches[1].evaluate_all(now)

    assert judged.waiting == ()
    assert states(often) == states(once)
    assert {state[0] for state in states(once)} >= {"accuracy-falling", "recall-by-class", "patient"}
    assert_consistent(often)
    assert_consistent(once)
    expected = Counter((one["rule"], one["label"]) for one in watches[1].alerts.happened.find({"notified": False}))
    assert set(expected.values()) == {1}
    to_notify = events_to_notify(once, now)
    late = [event for event in to_notify if event.rule == "accuracy-falling"]
    assert [event.kind for event in late] == ["found late"]
    assert "Found late" in late[0].sentence
    assert len(list(once.database["monitor_alert_events"].find())) > 2 * len(to_notify)  # the pages know it all


def lasting(day: int) -> float:
    """Of the model: worse from day 70 on, and well again from day 150 on."""
    return 0.6 if 70 <= day < 150 else 0.92


def falling(store: Store, last: int) -> Judge:
    """A logger that has judged each day up to `last` by the rules on drift."""
    write(store, [one for day in range(last) for one in documents(day, lasting(day), range(24), rows=100)])
    watch = Judge(store)
    watch.evaluate_all(noon(68))
    return watch


def test_an_alert_stays_open_as_long_as_the_change_lasts_and_a_catch_up_finds_the_same(
    make_store: Callable[..., Store],
) -> None:
    often, once = make_store(), make_store(database="test_" + random.randbytes(8).hex())
    last = 160
    daily, late = falling(often, last), falling(once, last)
    for day in range(69, last + 1):
        daily.evaluate_all(noon(day))
    for day in (100, last):
        late.evaluate_all(noon(day))
    (alert,) = Alerts(often).page(Filter(rule="accuracy-falling"))[0]
    opened, fired = ((day - START.date()).days for day in (alert.opened_on, alert.grounds_on or alert.opened_on))
    assert (opened in (70, 71, 72), alert.state) == (True, "resolved")
    assert alert.days > 75
    assert 149 <= fired <= 155

    def course(store: Store) -> set[tuple[Any, ...]]:
        alerts = Alerts(store).page()[0]
        return {(one.id, one.state, one.days, one.grounds_on, one.evaluation) for one in alerts}

    assert course(often) == course(once)
    assert_consistent(once)


def test_what_a_person_calls_the_new_normal_is_the_reference_from_then_on(store: Store) -> None:
    watch = falling(store, 150)
    watch.evaluate_all(noon(100))
    (alert,) = (alert for alert in Alerts(store).open_alerts() if alert.rule == "accuracy-falling")
    Alerts(store).accept(alert.id, "ana", noon(100), "a new camera")
    (event,) = (one for one in Alerts(store).events(alert.id) if one.kind == "accepted")
    assert event.sentence.startswith("ana called this the new normal: a new camera. The reference begins again with ")
    watch.evaluate_all(noon(100))
    watch.evaluate_all(noon(149))
    assert [one.id for one in Alerts(store).page(Filter(rule="accuracy-falling"))[0]] == [alert.id]
    assert_consistent(store)
    with pytest.raises(MonitorError, match="is not open any more"):
        Alerts(store).accept(alert.id, "ana", noon(149))
    verdicts = facts.past(
        store, watch.book.rule("accuracy-falling"), Period(*(START.date() + timedelta(d) for d in (95, 148))), noon(149)
    )
    assert [evaluation.status for _, (evaluation,) in verdicts] == ["firing"] * 5 + ["ok"] * 49


def test_a_deployment_ends_what_keeps_an_alert_open(store: Store) -> None:
    watch = falling(store, 150)
    Annotations(store).add("deployment", (START + timedelta(days=90)).date(), "v2", "ana", START)
    watch.evaluate_all(noon(149))
    first, *others = sorted(Alerts(store).page(Filter(rule="accuracy-falling"))[0], key=lambda one: one.opened_on)
    assert first.grounds_on == START.date() + timedelta(days=89)
    assert Alerts(store).events(first.id)[-1].sentence.startswith("A retraining or deployment on 30 Aug 2026 ended")
    (other,) = others  # v2 is no better, and the reference is still from before both alerts
    assert (other.opened_on, other.state) == (START.date() + timedelta(days=90), "firing")
    assert other.days > 50


def test_two_workers_at_once_make_everything_once(make_store: Callable[..., Store]) -> None:
    store = make_store()
    write(store, [one for day in range(BUILT_UP + 20) for one in documents(day, quality(day), range(24))])
    for one in RULES:
        Rulebook(store).add(rule_from(one), "test", START)
    Judge(store).evaluate_all(noon(BUILT_UP - 1))
    watches = [Judge(make_store()) for _ in range(4)]
    failed: list[BaseException] = []

    def work(watch: Judge, barrier: threading.Barrier, now: datetime) -> None:
        try:
            barrier.wait()
            watch.evaluate_all(now)
        except BaseException as wrong:  # noqa: BLE001 - told below
            failed.append(wrong)

    for day in (69, 71, 72, 74, 78, 80):
        barrier = threading.Barrier(len(watches))
        threads = [threading.Thread(target=work, args=(watch, barrier, noon(day))) for watch in watches]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        Judge(store).evaluate_all(noon(day))
        assert_consistent(store)
    alone = make_store(database="test_" + random.randbytes(8).hex())
    write(alone, list(store.collection.find({}, {"_id": 0})))
    for one in RULES:
        Rulebook(alone).add(rule_from(one), "test", START)
    for day in (BUILT_UP - 1, 69, 71, 72, 74, 78, 80):
        Judge(alone).evaluate_all(noon(day))

    def events(of: Store) -> list[tuple[Any, ...]]:
        stored_events = of.database["monitor_alert_events"].find().sort("_id", 1)
        return [(one["_id"], one["kind"], one["notified"], one["sentence"]) for one in stored_events]

    assert events(store) == events(alone)
    assert len(events(store)) > 5


def test_a_worker_that_dies_before_it_has_noted_how_far_it_came_says_nothing_twice(store: Store) -> None:
    write(store, [one for day in range(84) for one in documents(day, quality(day), range(24))])
    watch = Judge(store)
    for one in RULES:
        watch.book.add(rule_from(one), "test", START)
    watch.evaluate_all(noon(BUILT_UP))
    before = list(store.database["monitor_rules"].find())
    watch.evaluate_all(noon(83))
    Alerts(store).mark_notified([one["_id"] for one in watch.alerts.happened.find()])
    alerts = list(store.database["monitor_alerts"].find())
    events = list(store.database["monitor_alert_events"].find())
    assert "resolved" in {one["state"] for one in alerts}
    assert len(alerts) > 2

    for one in before:
        store.database["monitor_rules"].replace_one({"_id": one["_id"]}, one)
    store.database["monitor_alerts"].update_many({}, [{"$set": {"unpublished": []}}])
    # It had copied these two and not taken them out of their alerts, one of them lost with the machine's memory.
    notified = [one for one in events if one["notified"]][:2]
    store.database["monitor_alert_events"].delete_one({"_id": notified[0]["_id"]})
    for one in notified:
        store.database["monitor_alerts"].update_one(
            {"_id": one["alert"]}, {"$push": {"unpublished": one | ({"notified": False} if one is notified[1] else {})}}
        )
    watch.evaluate_all(noon(83))

    def alike(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(({**one, "changes": 0, "unpublished": []} for one in found), key=lambda one: str(one["_id"]))

    assert alike(list(store.database["monitor_alert_events"].find())) == alike(events)
    assert alike(list(store.database["monitor_alerts"].find())) == alike(alerts)


def test_corrected_labels_judge_an_open_alert_again(store: Store) -> None:
    bad = documents(70, 0.3, range(24))
    watch = only(store, LOW)
    watch.evaluate_all(noon(69))
    write(store, documents(69, 1.0, range(24)) + bad)
    watch.evaluate_all(noon(70))
    watch.evaluate_all(noon(71))  # the 70th is over; of today there is nothing yet
    assert [a.grounds_on for a in Alerts(store).open_alerts()] == [local_day(noon(70), store.settings.zone)]

    for one in store.collection.find(fields(predicted_at={"$gte": START + timedelta(days=70)})):
        store.collection.update_one({"_id": one["_id"]}, {"$set": fields(validated=one[FIELDS.prediction])})
    recount(store, {local_day(noon(70), store.settings.zone)})
    watch.evaluate_all(noon(71))

    assert Alerts(store).open_alerts() == []
    ((alert,), count) = Alerts(store).page()
    assert count == 1
    events = Alerts(store).events(alert.id)
    assert [event.kind for event in events] == ["firing", "rejudged"]
    assert "Documents have changed" in events[-1].sentence
    assert "100.0%" in events[-1].sentence
    assert_consistent(store)


def test_a_history_that_is_not_whole_yet_is_waited_for(store: Store) -> None:
    store.collection.insert_many([one for day in range(80) for one in documents(day, quality(day), range(24))])
    watch = only(store, LOW)
    assert watch.evaluate_all(noon(75)).waiting == ("low",)
    evaluations = facts.check(store, [LOW], noon(75))["low"]
    assert evaluations[0].status == "check failed"
    assert "history rebuild" in evaluations[0].sentence
    history.refresh(store)
    assert watch.evaluate_all(noon(75)).waiting == ()
    assert states(store) != set()


def test_without_time_for_all_rules_each_has_its_turn(store: Store) -> None:
    write(store, documents(70, 1.0, range(24)))
    others = [LOW.model_copy(update={"name": f"low-{n}"}) for n in range(3)]
    watch = only(store, *others)
    for n in range(3):
        looks = iter([True, False])
        assert watch.evaluate_all(noon(70) + timedelta(minutes=n), goes_on=lambda looks=looks: next(looks)).rules == 1
    assert {one.rule.name for one in watch.book.latest()} == {rule.name for rule in others}


def test_a_rule_that_cannot_be_checked_says_so_and_the_others_go_on(store: Store) -> None:
    write(store, [one for day in range(72) for one in documents(day, quality(day), range(24))])
    lost = LOW.model_copy(
        update={
            "name": "lost",
            "conditions": (
                LOW.conditions[0].model_copy(update={"operator": "outside_reference_interval", "threshold": None}),
            ),
            "reference": LOW.reference.model_copy(update={"kind": "since_retraining"}),
        }
    )
    watch = only(store, LOW, lost)
    watch.evaluate_all(noon(71))
    alerts_open = {a.rule: a for a in Alerts(store).open_alerts()}
    assert {name: a.state for name, a in alerts_open.items()} == {"low": "firing", "lost": "check failed"}
    assert "annotate retraining" in alerts_open["lost"].evaluation.sentence
    Annotations(store).add("retraining", (START + timedelta(days=5)).date(), "v2", "ana", START)
    watch.evaluate_all(noon(72))  # it compares, and so judges days that are over
    assert {a.rule: a.state for a in Alerts(store).open_alerts()}["lost"] == "firing"
    assert_consistent(store)


def test_a_rule_that_judges_whole_days_judges_a_day_once(store: Store) -> None:
    write(store, [one for day in range(3) for one in documents(day, 0.9, range(24))])
    watch = only(store, next(rule for rule in DEFAULTS if rule.name == "accuracy-sliding"))
    assert [watch.evaluate_all(noon(3) + timedelta(minutes=n)).rules for n in range(2)] == [1, 0]
    (latest,) = watch.book.latest()
    assert (latest.at, latest.evaluations[0].day) == (noon(3) + timedelta(minutes=1), START.date() + timedelta(days=2))
    assert watch.evaluate_all(noon(4)).rules == 1


def test_a_new_default_rule_is_added_once_to_an_installation(store: Store) -> None:
    watch = Judge(store)
    watch.book.seed(START)
    store.database["monitor_rules"].delete_one({"_id": "accuracy-sliding"})  # as an earlier version left it
    watch.evaluate_all(noon(1))
    assert "accuracy-sliding" in {rule.name for rule in watch.book.rules()}
    watch.book.remove("accuracy-sliding", "ana", START)
    watch.evaluate_all(noon(2))
    assert "accuracy-sliding" not in {rule.name for rule in watch.book.rules()}


def test_the_alert_of_a_rule_that_is_gone_is_closed(store: Store) -> None:
    write(store, documents(70, 0.3, range(24)))
    watch = only(store, LOW)
    watch.evaluate_all(noon(70))
    ((alert,), _) = Alerts(store).page()
    watch.book.enable("low", False, "ana", START)
    watch.evaluate_all(noon(70))
    assert Alerts(store).open_alerts() == []
    assert Alerts(store).events(alert.id)[-1].sentence == "The rule was disabled or removed."
    assert_consistent(store)


def test_what_began_and_ended_between_two_looks_is_told_to_nobody_unless_it_was_long_ago(store: Store) -> None:
    silence = rule_from(
        {
            "name": "silence",
            "title": "No reviews are coming in",
            "conditions": [{"metric": "days_without_reviews", "operator": "above", "threshold": 2}],
        }
    )
    write(store, documents(70, 1.0, range(24)))
    watch = only(store, silence)
    watch.evaluate_all(noon(72))
    write(store, documents(74, 1.0, range(11)))
    watch.evaluate_all(noon(74))  # on the 73rd it fired, in the morning of the 74th there were reviews
    ((alert,), _) = Alerts(store).page()
    assert [event.kind for event in Alerts(store).events(alert.id)] == ["firing", "resolved"]
    assert events_to_notify(store, noon(74)) == []

    watch.evaluate_all(noon(76))
    write(store, documents(80, 1.0, range(11)))
    watch.evaluate_all(noon(80))
    (event,) = events_to_notify(store, noon(80))
    assert (event.kind, event.state) == ("found late", "resolved")
    fired, resolved = (wording.day(START.date() + timedelta(days=days)) for days in (77, 80))
    assert f"the rule fired on {fired} and was resolved on {resolved}. " in event.sentence
    assert_consistent(store)


def test_a_rule_that_is_enabled_again_begins_with_that_day(store: Store) -> None:
    write(store, documents(70, 1.0, range(24)) + documents(74, 0.2, range(24)) + documents(79, 1.0, range(11)))
    watch = only(store, LOW)
    watch.evaluate_all(noon(71))
    watch.book.enable("low", False, "ana", START)
    watch.evaluate_all(noon(78))
    watch.book.enable("low", True, "ana", noon(79))
    watch.evaluate_all(noon(79))
    assert Alerts(store).page()[1] == 0


def test_a_new_rule_judges_the_past_and_people_are_notified_once(store: Store) -> None:
    write(store, [one for day in range(95) for one in documents(day, quality(day), range(24), rows=200)])
    watch = only(store, LOW, rule_from(RULES[0]))
    watch.evaluate_all(noon(95))
    low = [alert for alert in Alerts(store).page(Filter(rule="low"))[0] if alert.found_at_start]
    opened = sorted((alert.opened_on - START.date()).days for alert in low)
    assert opened[-1] == 85
    assert {70, 85} <= set(opened)
    to_notify = events_to_notify(store, noon(95))
    assert {event.kind for event in to_notify} == {"found at the start"}
    assert len(to_notify) == len(Alerts(store).open_alerts())  # what is over is in the list, and no news
    (event,) = (event for event in to_notify if event.rule == "low")
    assert f"the rule has fired since {wording.day(START.date() + timedelta(days=85))}." in event.sentence
    assert_consistent(store)
    watch.book.edit("low", {"title": "Another title", "severity": "critical"}, "ana", noon(95))
    assert watch.book.judged_through()["low"]
    watch.book.edit("low", {"window_days": 2}, "ana", noon(95))
    assert watch.book.judged_through()["low"] is None


def test_what_is_found_at_the_start_waits_for_rules_that_a_run_had_no_time_for(store: Store) -> None:
    write(store, [one for day in range(85, 95) for one in documents(day, quality(day), range(24))])
    watch = only(store, LOW, LOW.model_copy(update={"name": "low-2"}))
    looks = iter([True, False])
    watch.evaluate_all(noon(95), goes_on=lambda: next(looks))
    assert len(Alerts(store).open_alerts()) == 1
    assert events_to_notify(store, noon(95)) == []
    watch.evaluate_all(noon(95) + timedelta(minutes=2))
    assert len(events_to_notify(store, noon(95) + timedelta(minutes=2))) == 2


def test_old_alerts_and_events_are_forgotten(store: Store) -> None:
    write(store, documents(70, 0.3, range(24)))
    watch = only(store, LOW)
    watch.evaluate_all(noon(70))
    watch.book.remove("low", "ana", START)
    watch.evaluate_all(noon(70))
    watch.evaluate_all(noon(70) + KEPT + timedelta(days=1))
    assert list(watch.alerts.documents.find()) == list(watch.alerts.happened.find()) == []


def test_the_past_is_tested_without_a_trace(store: Store) -> None:
    write(store, [one for day in range(90) for one in documents(day, quality(day), range(24))])
    names = store.database.list_collection_names()
    past_evaluations = facts.past(store, LOW, Period((START + timedelta(days=60)).date(), date(2100, 1, 1)), noon(84))
    assert len(past_evaluations) == 25
    rang = {(day - START.date()).days for day, evaluations in past_evaluations if evaluations[0].fires}
    assert rang
    assert rang <= set(range(70, 77))
    assert sorted(store.database.list_collection_names()) == sorted(names)


def test_the_worker_judges_on_every_tick(store: Store) -> None:
    now = store.now()
    fresh = [
        one | fields(predicted_at=now - timedelta(hours=1), validated_at=now)  # of today, even at midnight
        for one in documents(0, 0.2, range(24))
    ]
    store.collection.insert_many(fresh)
    Rulebook(store).add(LOW, "test", now)
    result = jobs.tick(store)
    assert result
    assert result.error is None
    assert {a.rule for a in Alerts(store).open_alerts()} == {"low"}
    assert {one.rule.name for one in Rulebook(store).latest()} == {"low", *(rule.name for rule in DEFAULTS)}


def test_a_class_s_alert_ends_when_the_rule_is_no_longer_about_classes(store: Store) -> None:
    by_class = rule_from(RULES[0] | {"window_days": 1})
    write(store, documents(70, 0.2, range(24), rows=400))
    watch = only(store, by_class)
    watch.evaluate_all(noon(70))
    alerts_open = Alerts(store).open_alerts()
    assert {alert.label for alert in alerts_open} == {0, 1, 2}
    assert len({alert.id for alert in alerts_open}) == 3
    watch.book.edit(by_class.name, {"conditions": [{**RULES[0]["conditions"][0], "label": 1}]}, "ana", START)
    watch.evaluate_all(noon(71))
    watch.evaluate_all(noon(72))
    assert {alert.label for alert in Alerts(store).open_alerts()} == {None}
    assert_consistent(store)


def test_the_demo_takes_its_alerts_with_it(store: Store) -> None:
    demo.fill(store, store.now(), into_configured_database=True)
    history.refresh(store)
    Judge(store).evaluate_all(store.now())
    assert {"accuracy-falling", "confidence-moved"} <= {alert.rule for alert in Alerts(store).open_alerts()}
    demo.remove(store)
    left = [name for name in store.database.list_collection_names() if store.database[name].find_one()]
    assert left == []


def test_workers_that_are_killed_come_to_the_same(make_store: Callable[..., Store]) -> None:
    store, alone = make_store(), make_store(database="test_" + random.randbytes(8).hex())
    now = store.now()
    last = (local_day(now, store.settings.zone) - START.date()).days
    made = [
        one
        for day in range(last - 95, last)
        for one in documents(day, 0.3 if last - 25 <= day < last - 15 or day >= last - 5 else 0.92, range(24))
    ]
    for one in (store, alone):
        write(one, [dict(document) for document in made])
        for rule in RULES:
            Rulebook(one).add(rule_from(rule), "test", START)
        Judge(one).evaluate_all(now - timedelta(days=31))
    Judge(alone).evaluate_all(now)
    Alerts(alone).withhold(events_to_notify(alone, now))  # as a worker does that has nobody to tell

    draw = random.Random(3)
    command = [sys.executable, "logger_worker.py", "--once"]
    for _ in range(4):
        worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        begun = {"evaluated_at": {"$gt": now}}
        while worker.poll() is None and not store.database["monitor_rules"].find_one(begun):
            time.sleep(0.005)
        time.sleep(draw.uniform(0, 0.15))
        worker.kill()
        worker.wait()
        store.database["monitor_lease"].drop()
        store.database["monitor_rules"].update_many({}, {"$unset": {"evaluated_at": 1}})
    subprocess.run(command, cwd=ROOT, check=True, timeout=60, capture_output=True)

    def events(of: Store) -> list[tuple[Any, ...]]:
        stored_events = of.database["monitor_alert_events"].find().sort("_id", 1)
        return [(one["_id"], one["kind"], one["notified"], one["sentence"]) for one in stored_events]

    assert events(store) == events(alone)
    assert states(store) == states(alone)
    assert len(events(store)) > 5
    assert_consistent(store)
