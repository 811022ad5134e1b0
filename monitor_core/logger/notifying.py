"""Notifications of alerts to each target: at least once, and at most a few times.

A message to a target is about one run, about one day (a digest), or about the time when the target was down. It is
stored before it is sent. A send that is interrupted or hangs may have arrived; it is repeated until `DOUBTFUL_SENDS`
of them may have. A target is named by its own name, or its position and kind, never by its address.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from monitor_core.alerting.events import Event, EventKind
from monitor_core.alerting.messages import Attachment, Message, Note, note
from monitor_core.contract.calendar import ONE_DAY, local_day
from monitor_core.logger import sender
from monitor_core.logger.sender import FILE_SECONDS, SECONDS, File, Sending, Text
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.notifications import LONGEST_WAIT, Notifications
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.settings.targets import Target, targets

FIRST_PAUSE = timedelta(minutes=1)  # before the second try of a message; then twice as long each time
GIVE_UP = timedelta(days=3)  # after the first try
DOUBTFUL_SENDS = 5  # that may each have arrived
CLAIM = timedelta(minutes=2)  # much longer than a send: when it has run out, the sending logger is dead
LONGEST_FIRST_SIGHT = timedelta(hours=1)  # what was found at the start waits so long for the other rules
DELIVER_SECONDS = 60.0  # after which a run begins no further send


@dataclass(frozen=True)
class _News:
    """An event that targets have to be notified of."""

    key: str  # a target is notified of it once
    event: Event
    kind: EventKind  # the event's, or STILL_FIRING


@dataclass(frozen=True)
class Delivered:
    """The result of one call of `deliver`."""

    sent: int
    failed: int  # sends that failed
    error: str | None  # the first one, as a sentence


# ---- which events


def events_to_notify(store: Store, now: datetime) -> list[Event]:
    """Return the events to be notified of now, in order; they are returned until `Alerts.mark_notified` is called.

    While a rule is muted or an alert snoozed, its events wait. Afterwards people are notified of the last one, unless
    the alert opened and was resolved in the meantime.
    """
    alerts, muted, waits = Alerts(store), muted_rules(store, now), _waits_for_first_sight(store, now)
    snoozed, due = alerts.snoozed(now), list[Event]()
    for alert_id, group in groupby(alerts.unnotified(), key=lambda event: event.alert):
        *earlier, last = group
        if last.rule in muted or alert_id in snoozed or waits(last):
            continue
        alerts.withhold(earlier)
        if earlier and last.state == "resolved" and not alerts.was_notified(alert_id):
            alerts.withhold([last])
        else:
            due.append(last)
    return sorted(due, key=lambda event: (event.at, event.id))


def _waits_for_first_sight(store: Store, now: datetime) -> Callable[[Event], bool]:
    """Return whether an event found at the start waits until all rules have been judged, so that one message has all.

    The first judgement of a long past may need several runs. After an hour nothing waits any longer.
    """
    book = Rulebook(store)
    judged_through = book.judged_through()
    is_whole = all(judged_through.get(rule.name) for rule in book.rules() if rule.enabled)
    return lambda event: (
        not is_whole and event.kind is EventKind.FOUND_AT_START and now - event.at < LONGEST_FIRST_SIGHT
    )


def still_firing(store: Store, now: datetime) -> list[Event]:
    """Return the last notified event of each alert that still fires and is not answered, snoozed or muted."""
    alerts, muted = Alerts(store), muted_rules(store, now)
    snoozed, again = alerts.snoozed(now), list[Event]()
    for alert in alerts.firing_unanswered():
        notified = [event for event in alerts.events(alert.id) if event.notified]
        if notified and alert.rule not in muted and alert.id not in snoozed:
            again.append(replace(notified[-1], sentence=alert.evaluation.sentence))
    return again


def muted_rules(store: Store, now: datetime) -> set[str]:
    """Return the names of the rules that are muted at `now`."""
    local = now.astimezone(store.settings.zone)
    return {rule.name for rule in Rulebook(store).rules() if any(mute.holds(local) for mute in rule.mute)}


def notify(store: Store, now: datetime, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Queue the events of alerts, then send what is due; an event counts as notified once it is queued."""
    notifier, alerts, events = Notifier(store), Alerts(store), events_to_notify(store, now)
    if not notifier.targets:
        alerts.withhold(events)  # or a target that is set one day would be notified of all past events
        return
    notifier.queue(events, still_firing(store, now), now)
    alerts.mark_notified([event.id for event in events])
    notifier.deliver(now, goes_on)  # the page Alerts shows what did not arrive: the run has not failed because of it


class Notifier:
    """The queue of messages to the configured targets, and their delivery."""

    def __init__(self, store: Store) -> None:
        self.store, self.settings = store, store.settings
        self.messages = Notifications(store)
        self.targets = targets(store.settings)

    # ---- queue

    def queue(self, events: Iterable[Event], firing: Iterable[Event], now: datetime) -> None:
        """Queue one message for each target about the events, and due reminders of alerts that still fire.

        Events that are already queued are left out, so a caller may pass the same events again.
        """
        notified = [event for event in events if event.kind is not EventKind.RESOLVED or self.settings.notify_resolved]
        news = [_News(event.id, event, event.kind) for event in notified] + self._repeated(firing, now)
        if not self.targets or not news:
            return
        self.messages.create_indexes()
        chosen = self._chosen()
        for target in self.targets:
            news_for_it = [item for item in news if target.takes(item.event.severity, chosen.get(item.event.rule, ()))]
            queued = self.messages.queued(target.name, [item.key for item in news_for_it])
            fresh = [item for item in news_for_it if item.key not in queued]
            at_once = {item.key: self._note(item) for item in fresh if self._is_urgent(item)}
            self.messages.queue(target.name, at_once, now)
            for item in fresh:
                if item.key not in at_once:
                    entry = (item.key, self._note(item))
                    self.messages.collect(target.name, entry, self._digest_day(now), self._digest_at, now)

    def _chosen(self) -> dict[str, set[str]]:
        """Return, by rule, which of the targets that exist it chooses."""
        names = {target.name for target in self.targets}
        return {rule: names & set(chosen) for rule, chosen in Rulebook(self.store).chosen_targets().items()}

    def _repeated(self, firing: Iterable[Event], now: datetime) -> list[_News]:
        """Return the reminders that are due: one after an outage, not one for each that was missed."""
        pause = self.settings.notify_repeat
        times = [(event, (now - event.at) // pause) for event in firing] if pause else []
        return [
            _News(f"{event.id} again {passed}", event, EventKind.STILL_FIRING) for event, passed in times if passed > 0
        ]

    def _is_urgent(self, news: _News) -> bool:
        waits_for_digest = self.settings.notify_digest is not None and news.kind is not EventKind.FOUND_AT_START
        return news.event.severity == "critical" or not waits_for_digest

    def _digest_day(self, now: datetime) -> date:
        today = local_day(now, self.settings.zone)
        return today if now < self._digest_at(today) else today + ONE_DAY

    def _digest_at(self, day: date) -> datetime:
        assert self.settings.notify_digest  # noqa: S101 - asked only when there is one
        return datetime.combine(day, self.settings.notify_digest, self.settings.zone).astimezone(UTC)

    def _note(self, news: _News) -> Note:
        return note(news.event, news.kind, self.settings.address_of)

    # ---- deliver

    def deliver(self, now: datetime, goes_on: Callable[[], bool] = lambda: True) -> Delivered:
        """Send what is due; a target that fails is not tried again in the same call.

        Each hanging target takes 20 s, with a file 30 s; after a minute the others are left to the next call.
        """
        began = time.monotonic()
        by_name = {target.name: target for target in self.targets}
        self._give_up(now)
        sent, errors = 0, dict[str, str]()
        while goes_on() and time.monotonic() - began < DELIVER_SECONDS:
            at = now + timedelta(seconds=time.monotonic() - began)
            message = self.messages.claim(at, at + CLAIM, by_name.keys() - errors.keys())
            if message is None:
                break
            target = by_name[message.target]
            title = f"{self.settings.title}: {message.title}"
            text = Text(title, message.text(self.settings.app_url), message.tone)
            ended = self._send(target, text, message.attachment if target.takes_files else None)
            self._settle(message, ended, now + timedelta(seconds=time.monotonic() - began))
            if ended.kind == "sent":
                sent += 1
            else:
                errors[target.name] = f"The notification to {target.name} failed: {ended}."
        return Delivered(sent, len(errors), next(iter(errors.values()), None))

    def _send(self, target: Target, text: Text, attachment: Attachment | None = None) -> Sending:
        file = File(attachment.name, attachment.content) if attachment else None
        seconds = FILE_SECONDS if file else SECONDS
        return sender.send(target.address.get_secret_value(), text, self.settings.notify_allow_private, seconds, file)

    def _settle(self, message: Message, ended: Sending, now: datetime) -> None:
        if ended.kind == "sent":
            self.messages.arrived(message, now)
            return
        pause = min(FIRST_PAUSE * 2 ** min(message.attempts - 1, 20), LONGEST_WAIT)
        pause = max(pause, timedelta(seconds=ended.retry_after or 0))
        tried_for = now - (message.first_try_at or now)
        over = tried_for >= GIVE_UP or (ended.doubtful and message.doubtful >= DOUBTFUL_SENDS)
        self.messages.refused(message, str(ended), ended.doubtful, None if over else now + pause, now)

    def _give_up(self, now: datetime) -> None:
        """Give up messages whose sends were interrupted too often, and those to removed targets."""
        self.messages.give_up_doubtful(DOUBTFUL_SENDS, str(Sending("broken")), now)
        names = [target.name for target in self.targets]
        self.messages.give_up_others(names, now - GIVE_UP, "this target is no longer in the settings", now)

    def test(self) -> Iterable[tuple[str, Sending]]:
        """Send each target a test message and yield the result; nothing is stored."""
        text = Text(f"{self.settings.title}: test", f"Notifications will arrive here.\n{self.settings.app_url}")
        for target in self.targets:
            yield target.name, self._send(target, text)
