"""Who is notified of what and when, until every target has it: at least once, and at most a few times.

A message is what one target is told of one tick, of one day if it is a digest, or of the time in which it was down. It
is stored before it is sent. What breaks off or hangs may have arrived, and is sent again until there were
`DOUBTFUL_SENDS` of those. A target is known by its position and kind, never by its address.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from pydantic import SecretStr

from monitor_core.alerting.events import Event, EventKind
from monitor_core.alerting.messages import Message, Note, note
from monitor_core.contract.calendar import ONE_DAY, local_day
from monitor_core.logger import sender
from monitor_core.logger.sender import Outcome, Text
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.settings.addresses import scheme
from monitor_core.settings.settings import Settings

FIRST_PAUSE = timedelta(minutes=1)  # before the second try of a message; then twice as long each time
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP = timedelta(days=3)  # after the first try
DOUBTFUL_SENDS = 5  # that may each have arrived
CLAIM = timedelta(minutes=2)  # much longer than a send: when it has run out, who was at it is dead
DELIVER_SECONDS = 60.0  # of a tick, and one more send


@dataclass(frozen=True)
class _News:
    """Something to tell."""

    key: str  # a target is told it once
    event: Event
    kind: EventKind  # the event's, or that it is still firing


@dataclass(frozen=True)
class Target:
    """Who is notified."""

    name: str  # position and kind, such as "1: slack": all that is stored or shown of it
    address: SecretStr
    critical_only: bool = False


@dataclass(frozen=True)
class Delivered:
    """What one call of `deliver` did."""

    sent: int
    failed: int  # tries that did not go well
    error: str | None  # the first one, a sentence


def targets(settings: Settings) -> list[Target]:
    """Return who is told; an address in both lists is told once."""
    everything = [Target(_name("", n, one), one) for n, one in enumerate(settings.notify, 1)]
    known = {target.address for target in everything}
    critical = [
        Target(_name("critical ", n, one), one, critical_only=True)
        for n, one in enumerate(settings.notify_critical, 1)
        if one not in known
    ]
    return everything + critical


def _name(list_name: str, position: int, address: SecretStr) -> str:
    return f"{list_name}{position}: {scheme(address.get_secret_value())}"


# ---- what is to be told


def events_to_notify(store: Store, now: datetime) -> list[Event]:
    """Return what nobody has been notified of yet and may be now, in order; `Alerts.mark_notified` ends that.

    While a rule is muted or an alert snoozed, its events wait. Then its last one is told, if it still means something:
    what fired and was resolved meanwhile is told to nobody.
    """
    alerts, muted = Alerts(store), muted_rules(store, now)
    snoozed, due = alerts.snoozed(now), list[Event]()
    for alert_id, group in groupby(alerts.unnotified(), key=lambda event: event.alert):
        *earlier, last = group
        if last.rule in muted or alert_id in snoozed:
            continue
        alerts.withhold(earlier)
        if earlier and last.state == "resolved" and not alerts.was_notified(alert_id):
            alerts.withhold([last])
        else:
            due.append(last)
    return sorted(due, key=lambda event: (event.at, event.id))


def still_firing(store: Store, now: datetime) -> list[Event]:
    """Return the last event that was told of each alert that fires still, and that nobody has answered or silenced."""
    alerts, muted = Alerts(store), muted_rules(store, now)
    snoozed, again = alerts.snoozed(now), list[Event]()
    for alert in alerts.firing_unanswered():
        notified = [event for event in alerts.events(alert.id) if event.notified]
        if notified and alert.rule not in muted and alert.id not in snoozed:
            again.append(replace(notified[-1], sentence=alert.evaluation.sentence))
    return again


def muted_rules(store: Store, now: datetime) -> set[str]:
    """Return the names of the rules that are muted now."""
    local = now.astimezone(store.settings.zone)
    return {rule.name for rule in Rulebook(store).rules() if any(one.holds(local) for one in rule.mute)}


def notify(store: Store, now: datetime, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Queue what happened to alerts, then send what is due; an event counts as told once it is safely queued."""
    notifier, alerts, events = Notifier(store), Alerts(store), events_to_notify(store, now)
    if not notifier.targets:
        alerts.withhold(events)  # or a target that is set one day hears of all that ever happened
        return
    notifier.queue(events, still_firing(store, now), now)
    alerts.mark_notified([event.id for event in events])
    notifier.deliver(now, goes_on)  # what did not arrive stands on the page Alerts: logging has not failed by it


class Notifier:
    """Queues news for each target of the settings, and delivers them."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.messages = Notifications(store)
        self.targets = targets(store.settings)

    # ---- queue

    def queue(self, events: Iterable[Event], firing: Iterable[Event], now: datetime) -> None:
        """Queue what happened, and the events of alerts that fire still, which are told again when it is time to.

        One message for each target, without what is queued already; so a caller names the events of the last hours
        each time, and need not remember which were queued.
        """
        told = [one for one in events if one.kind is not EventKind.RESOLVED or self.settings.notify_resolved]
        news = [_News(one.id, one, one.kind) for one in told] + self._again(firing, now)
        if not self.targets or not news:
            return
        self.messages.create_indexes()
        for target in self.targets:
            queued = self.messages.queued(target.name, [one.key for one in news])
            fresh = [one for one in news if one.key not in queued]
            at_once = {one.key: self._note(one) for one in fresh if self._is_urgent(one, target)}
            self.messages.queue(target.name, at_once, now)
            for one in fresh:
                if one.key not in at_once and not target.critical_only:
                    entry = (one.key, self._note(one))
                    self.messages.collect(target.name, entry, self._digest_day(now), self._digest_at, now)

    def _again(self, firing: Iterable[Event], now: datetime) -> list[_News]:
        """Those due to be told again; after an outage once, not for each time that was missed."""
        pause = self.settings.notify_repeat
        times = [(event, (now - event.at) // pause) for event in firing] if pause else []
        return [
            _News(f"{event.id} again {passed}", event, EventKind.STILL_FIRING) for event, passed in times if passed > 0
        ]

    def _is_urgent(self, news: _News, target: Target) -> bool:
        if news.event.severity == "critical":
            return True
        return self.settings.notify_digest is None and not target.critical_only

    def _digest_day(self, now: datetime) -> date:
        today = local_day(now, self.settings.zone)
        return today if now < self._digest_at(today) else today + ONE_DAY

    def _digest_at(self, day: date) -> datetime:
        assert self.settings.notify_digest  # noqa: S101 - asked only when there is one
        return datetime.combine(day, self.settings.notify_digest, self.settings.zone).astimezone(UTC)

    def _note(self, news: _News) -> Note:
        return note(news.event, news.kind, self.settings.app_url)

    # ---- deliver

    def deliver(self, now: datetime, goes_on: Callable[[], bool] = lambda: True) -> Delivered:
        """Send what is due; a target that fails is spared for the rest of the call.

        Takes as many times 20 s as targets hang, and is over after 80 s; the rest is the next call's.
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
            title = f"Prediction monitor: {message.title}"
            outcome = self._send(target, Text(title, message.text(self.settings.app_url), message.tone))
            self._settle(message, outcome, now + timedelta(seconds=time.monotonic() - began))
            if outcome.kind == "sent":
                sent += 1
            else:
                errors[target.name] = f"The notification to {target.name} failed: {outcome}."
        return Delivered(sent, len(errors), next(iter(errors.values()), None))

    def _send(self, target: Target, text: Text) -> Outcome:
        return sender.send(target.address.get_secret_value(), text, self.settings.notify_allow_private)

    def _settle(self, message: Message, outcome: Outcome, now: datetime) -> None:
        if outcome.kind == "sent":
            self.messages.arrived(message, now)
            return
        pause = min(FIRST_PAUSE * 2 ** min(message.attempts - 1, 20), LONGEST_PAUSE)
        tried_for = now - (message.first_try_at or now)
        over = tried_for >= GIVE_UP or (outcome.doubtful and message.doubtful >= DOUBTFUL_SENDS)
        self.messages.refused(message, str(outcome), outcome.doubtful, None if over else now + pause, now)

    def _give_up(self, now: datetime) -> None:
        """What broke off too often, and what is for targets that the settings have no more."""
        self.messages.give_up_doubtful(DOUBTFUL_SENDS, str(Outcome("broken")), now)
        names = [target.name for target in self.targets]
        self.messages.give_up_others(names, now - GIVE_UP, "the settings have this target no more", now)

    def test(self) -> Iterable[tuple[str, Outcome]]:
        """Send each target a test message, and say how it went; nothing is stored."""
        text = Text("Prediction monitor: test", f"Notifications arrive here.\n{self.settings.app_url}")
        for target in self.targets:
            yield target.name, self._send(target, text)
