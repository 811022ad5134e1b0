"""What a database's package has to keep to for the monitor's own documents, also where rivals write at once."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.events import Event, EventKind
from monitor_core.alerting.lifecycle import Alert
from monitor_core.alerting.messages import Note
from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import Period
from monitor_core.contract.delivery import ARRIVED
from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.problems import DayQuality, Example, FieldUse
from monitor_core.contract.profiles import DayProfile
from monitor_core.contract.selection import Selection
from tests.contracts.plain_reading import as_expected
from tests.contracts.sibling import NOW, QUICK, Sibling
from tests.documents import prediction

EXAMPLE = Example("1", "a.png", "2")
RIVALS = 8  # that want the same thing at the same moment


def at_once(act: Callable[[int], Any]) -> list[Any]:
    """Return what the act gives to each of the rivals, who begin it together."""
    given_to: list[Any] = [None] * RIVALS
    start = threading.Barrier(RIVALS)

    def run(n: int) -> None:
        start.wait()
        given_to[n] = act(n)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(RIVALS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given_to


class StateContract(Sibling):
    """The suite for the monitor's own documents."""

    def test_a_lease_has_one_holder(self, store: Any) -> None:
        leases = self.part("delivery.leases.Leases")(store)
        taken = at_once(lambda n: leases.take("work", str(n)))
        assert sum(taken) == 1
        holder = str(taken.index(True))
        assert leases.take("work", holder)
        assert not leases.take("work", "another")
        assert leases.take("other work", "another")
        leases.release("another", "work")  # it is not theirs
        assert not leases.take("work", "another")
        leases.release(holder, "work")
        assert leases.take("work", "another")

    @given(st.data())
    @QUICK
    def test_a_stored_day_is_replaced_and_read_as_it_was_counted(
        self, make_store: Callable[..., Any], data: Any
    ) -> None:
        store, selection = self.some(data, make_store)
        day_to_store, now = self.part("history.days.DayToStore"), store.now()
        for basis in BASES:
            store.history.forget_before(basis, date(2100, 1, 1))
        days = store.counts.by_day(selection, exact=True)
        made = [day_to_store(day, one, {}, {}) for day, one in zip(selection.period.days, days, strict=True)]
        assert store.history.store(selection.basis, made, now) == len(days)
        assert store.history.store(selection.basis, made, now + timedelta(seconds=1)) == 0
        stored = store.history.read(selection.basis, selection.period)
        assert list(stored) == list(selection.period.days)
        assert [as_expected(one) for one in stored.values()] == list(map(as_expected, days))
        assert [one.delays.tolist() for one in stored.values()] == [one.delays.tolist() for one in days]
        assert store.history.state().days == len(days)

    def test_an_older_count_of_a_day_does_not_replace_a_newer_one(self, store: Any) -> None:
        day_to_store, now, day = self.part("history.days.DayToStore"), store.now(), Period(NOW.date(), NOW.date())
        empty = store.counts.by_day(Selection(day, "validated"))
        self.insert(store, [prediction(reviewed=NOW)])
        newer = store.counts.by_day(Selection(day, "validated"))
        store.history.store("validated", [day_to_store(day.first, newer[0], {}, {})], now)
        store.history.store("validated", [day_to_store(day.first, empty[0], {}, {})], now - timedelta(seconds=1))
        assert store.history.read("validated", day)[day.first].reviewed == 1

    def test_a_day_noted_again_while_it_is_counted_stays_noted(self, store: Any) -> None:
        first, second = ("validated", date(2026, 10, 3)), ("validated", date(2026, 10, 4))
        store.changes.note([first, second])
        noted = store.changes.noted()
        store.changes.note([second])
        store.changes.settle(noted)
        assert list(store.changes.noted()) == [second]

    def test_a_day_s_quality_is_replaced(self, store: Any) -> None:
        quality, version = self.part("quality.stored.StoredQuality")(store), self.part("quality.stored.QualityVersion")
        day = Period(NOW.date(), NOW.date())
        seen = DayQuality(day.first, {"used": 2, "naive_date": 1}, {}, [FieldUse("a.b", 2, 0)], cut=True)
        stored_quality = replace(seen, counts={"used": 3, "bad_confidence": 1}, examples={"bad_confidence": [EXAMPLE]})
        for made, digest in ((seen, "one"), (stored_quality, "two")):
            quality.store([made], {made.day: version(digest, NOW)})
        assert quality.read(day) == {day.first: (replace(stored_quality, examples={}), NOW)}
        assert quality.examples(day, "bad_confidence", 5) == [EXAMPLE]
        assert quality.versions() == {day.first: version("two", NOW)}
        assert quality.undated() is None
        quality.store([replace(stored_quality, day=None)], {None: version("", NOW)})
        assert quality.undated()[0].counts == stored_quality.counts

    def test_annotations_come_by_day_and_of_the_kinds_that_are_asked_for(self, store: Any) -> None:
        annotations = self.part("annotations.Annotations")(store)
        later = annotations.add("note", date(2026, 10, 4), "the left camera was cleaned", "ana", NOW)
        earlier = annotations.add("retraining", date(2026, 10, 1), "", "bo", NOW)
        assert annotations.read() == [earlier, later]
        assert annotations.read(["retraining"]) == [earlier]
        annotations.remove(earlier.id)
        assert annotations.read() == [later]
        with pytest.raises(MonitorError, match="no annotation"):
            annotations.remove(earlier.id)

    def test_of_two_edits_of_a_rule_at_once_one_is_refused_and_each_version_is_kept(self, store: Any) -> None:
        book = self.part("rulebook.Rulebook")(store)
        book.seed(NOW)
        rule = book.rules()[0]

        def edit(n: int) -> bool:
            try:
                book.edit(rule.name, {"title": f"by {n}"}, str(n), NOW)
            except MonitorError:
                return False
            return True

        done = at_once(edit)
        assert any(done)
        versions = book.versions(rule.name)
        assert book.rule(rule.name).version == rule.version + sum(done)
        assert [version.stored["version"] for version in versions] == list(range(rule.version + sum(done), 0, -1))
        book.remove(rule.name, "ana", NOW)
        with pytest.raises(MonitorError, match="no rule"):
            book.rule(rule.name)
        assert len(book.versions(rule.name)) == len(versions) + 1

    def test_the_last_run_is_kept_until_the_next(self, store: Any) -> None:
        state, result = self.part("state.State")(store.settings, store.database), self.part("state.TickResult")
        assert state.last_tick() is None
        state.save_tick(result(NOW, 3, {"no date": 2}, "WhyLabs is away."))
        state.save_tick(result(NOW, 1))
        state.save_next_run(timedelta(hours=1))
        counts_found = state.last_tick()
        assert (counts_found.logged, counts_found.set_aside, counts_found.error) == (1, {}, None)
        assert timedelta(minutes=59) < counts_found.next_at - store.now() <= timedelta(hours=1)

    def test_a_message_is_queued_once_and_claimed_by_one(self, store: Any) -> None:
        messages = self.part("notifications.Notifications")(store)
        messages.create_indexes()
        note = Note("a/1", "warning", EventKind("firing"), "Accuracy is low", "Accuracy fell.")
        at_once(lambda n: messages.queue("mail", {"a/1": note}, NOW))
        assert messages.queued("mail", ["a/1", "a/2"]) == {"a/1"}
        assert [one.notes for one in messages.latest()] == [(note,)]
        claimed = [one for one in at_once(lambda n: messages.claim(NOW, NOW + timedelta(minutes=1), ["mail"])) if one]
        assert len(claimed) == 1
        messages.refused(claimed[0], "The server is away.", False, NOW + timedelta(hours=1), NOW)
        assert messages.claim(NOW, NOW + timedelta(minutes=1), ["mail"]) is None
        again = messages.claim(NOW + timedelta(hours=1), NOW + timedelta(hours=2), ["mail"])
        assert again is not None
        messages.arrived(again, NOW + timedelta(hours=1))
        assert messages.undelivered(NOW + timedelta(hours=2)) == []
        assert [one.state for one in messages.latest()] == ["sent"]

    def test_of_those_who_write_an_alert_at_once_one_succeeds_and_each_event_is_there_once(self, store: Any) -> None:
        alerts = self.part("alerts.Alerts")(store)
        alerts.create_indexes()
        opened = an_alert("low", NOW)
        assert sum(at_once(lambda n: alerts.write(None, opened, [an_event(opened, 1)]))) == 1
        (before,) = alerts.open_alerts()
        assert before == replace(opened, changes=1)
        other_day = replace(opened, opened_on=opened.opened_on + timedelta(days=1))
        assert not alerts.write(None, other_day, [])  # one open alert for a rule and class
        after = replace(before, state="resolved", closed_at=NOW + timedelta(hours=1), transitions=2)
        assert sum(at_once(lambda n: alerts.write(before, after, [an_event(after, 2)]))) == 1
        at_once(lambda n: alerts.publish())
        assert [event.number for event in alerts.events(opened.id)] == [1, 2]
        assert alerts.open_alerts() == []
        assert alerts.alert(opened.id).closed_at == after.closed_at

    def test_a_mark_on_an_alert_makes_a_write_that_did_not_see_it_fail(self, store: Any) -> None:
        alerts = self.part("alerts.Alerts")(store)
        alerts.create_indexes()
        opened = an_alert("low", NOW)
        assert alerts.write(None, opened, [an_event(opened, 1)])
        before = alerts.alert(opened.id)
        alerts.acknowledge(opened.id, "ana", NOW)
        assert not alerts.write(before, replace(before, days=2), [])
        assert alerts.alert(opened.id).acknowledged.by == "ana"
        alerts.publish()
        assert [event.id for event in alerts.unnotified()] == [an_event(opened, 1).id]
        alerts.mark_notified([an_event(opened, 1).id])
        assert alerts.unnotified() == []
        assert alerts.was_notified(opened.id)

    def test_only_one_batch_is_exposed_and_the_rows_of_a_held_one_are_nobody_else_s(self, store: Any) -> None:
        outbox = self.part("delivery.outbox.Outbox")(store)
        outbox.create_indexes()
        self.insert(store, [prediction() for _ in range(6)])
        started = at_once(lambda n: outbox.start_batch(demo=False))
        assert len({batch.id for batch in started}) == 1
        (rows,) = store.predictions.pending()
        ids = [row.id for row in rows]
        held, free = rows[:4], self.part("connection.id_keys")(ids[4:])
        prepared = at_once(lambda n: outbox.prepare(started[0], [(a_profile(f"trace {n}", held), held)], ["remote"]))
        assert len(prepared) == RIVALS
        batch = outbox.batch(started[0].id)
        assert len(outbox.part_ids(batch)) == 1  # of the others' parts none is left
        assert outbox.finish(batch, ["remote"], []) == 0  # it has not arrived: the rows are held
        assert outbox.has_claims()
        assert outbox.free(ids) == free
        part = outbox.part(outbox.part_ids(batch)[0])
        assert outbox.step(part, "remote", ARRIVED).state == "sent"
        batch = outbox.batch(batch.id)
        assert sum(at_once(lambda n: outbox.finish(batch, ["remote"], []))) == len(held)  # each row once
        assert store.predictions.not_logged(ids) == free
        assert outbox.open_batches() == []

    def test_of_those_who_review_a_prediction_at_once_one_succeeds_and_it_can_be_undone(self, store: Any) -> None:
        reviewer, entries = self.part("reviewing.writing.Reviewer")(store), list[Any]()
        self.insert(store, [prediction(target=None, reviewed=None, _id=1)])
        (before,) = self.stored(store)
        snapshot = reviewer.read(1)

        def review(n: int) -> bool:
            try:
                entries.append(reviewer.review(snapshot, n, f"person {n}"))
            except MonitorError:
                return False
            return True

        assert sum(at_once(review)) == 1
        assert reviewer.read(1).sample.target == entries[0].target
        assert sorted(entry.state for entry in reviewer.log.read()) == ["done"] + ["refused"] * (RIVALS - 1)
        reviewer.undo(entries[0].id, "ana")
        assert self.stored(store) == [before]
        assert reviewer.log.erase(entries[0].by) == 1

    def test_an_image_is_held_by_one_session(self, store: Any) -> None:
        holds = self.part("reviewing.holds.Holds")(store)
        taken = at_once(lambda n: holds.take(1, str(n)))
        assert sum(taken) == 1
        holds.release(1, str(taken.index(True)))
        assert holds.take(1, "another")


def an_alert(rule: str, opened_at: datetime) -> Alert:
    day = opened_at.date()
    evaluation = Evaluation(None, day, "firing", "Accuracy is low.", Period(day, day), 0.5, 0.4, 0.6, 0.8, 100)
    return Alert(rule, None, "Accuracy is low", "warning", "firing", day, opened_at, evaluation, days=1, transitions=1)


def an_event(alert: Alert, number: int) -> Event:
    kind = EventKind("resolved" if alert.state == "resolved" else "firing")
    return Event(
        id=f"{alert.id}#{number}",
        alert=alert.id,
        at=alert.opened_at + timedelta(minutes=number),
        rule=alert.rule,
        title=alert.title,
        severity=alert.severity,
        label=None,
        class_name=None,
        kind=kind,
        before=None if number == 1 else "firing",
        state=alert.state,
        day=alert.opened_on,
        sentence="Accuracy is low.",
        period=alert.evaluation.period,
        link="/metrics",
        notified=False,
    )


def a_profile(trace_id: str, rows: list[ReviewedRow]) -> DayProfile:
    return DayProfile(rows[0].predicted_at.date(), trace_id, len(rows), b"a profile")
