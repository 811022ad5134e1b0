"""The protocol by which every destination receives all reviewed predictions: none is lost or sent twice.

A batch is exposed from its creation until every logger can see which rows it took. Only one is exposed at a time:

1. Start. The batch is inserted, exposed and `claiming`; a unique index refuses a second exposed one. So each row of
   every earlier batch is now logged or claimed, and a row that is read from here on and is neither belongs to no batch.
2. Prepare. The rows are read, profiled and stored as parts under an attempt's id, a part a UTC day, with the ids they
   hold. One write from `claiming` to `prepared` names the attempt that counts, which never changes again. A logger that
   read rows earlier and was suspended no longer finds the batch `claiming`, and its rows count nowhere.
3. Deliver. For each part and destination, the place is requested and stored before anything is put there.
4. Settle. Once all required destinations have all parts: `logged: true` on the parts' ids, then one write says `marked`
   and ends the exposure. If a destination is behind: a claim for each id, then one write says `held` and ends it; the
   rows are marked when the destination has caught up, and the claims are deleted after that.

Rows are read in this order: whether there are held batches (after the batch's own start, from which on their number
only falls), the rows, their claims, and whether those without a claim are still not logged. A batch marked in between
loses its claims after its rows are logged, so one of the last two queries sees it. Without held batches there are no
claims, and reading the rows is enough.

All of it is safe with any number of loggers; the lease only keeps them from doing the same work. Every write is
acknowledged by a majority, and every time is the database's. Batches that an earlier release left open have claims and
were never exposed: prepared ones are like held ones, and of those still claiming nothing was sent, so they are dropped.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final

from monitor_core.contract.profiles import DayProfile

LONGEST_PAUSE = timedelta(minutes=30)  # between two tries of a delivery
OPEN = ("claiming", "prepared")  # states of a batch that is not done


class _Now(Enum):
    NOW = "now"


NOW: Final = _Now.NOW  # in a step: the database's clock, as it makes the step


@dataclass(frozen=True)
class Batch:
    """A set of rows that are delivered together."""

    id: str
    state: str  # claiming | prepared | done
    demo: bool
    exposed: bool = False  # its rows are neither logged nor claimed: nobody may start another batch
    attempt: str | None = None  # whose parts count; None while claiming
    marked: bool = False  # its rows are logged; a destination that is not required may still lack it

    @property
    def stands(self) -> str:
        """Return the state of an open batch as it is shown to people."""
        if self.marked:
            return "marked"
        return self.state if self.exposed else "held"


@dataclass(frozen=True)
class Delivery:
    """The state of delivering one part to one destination."""

    state: str = "waiting"  # waiting | announced | sent | uncertain
    place: str | None = None  # where the destination said to put it; may be a permission by itself, never shown
    announced_at: datetime | None = None  # the database's clock, as all of these
    begun: int = 0  # how often putting something there was begun
    attempts: int = 0  # failed ones, since the last success
    retry_at: datetime | None = None
    error: str | None = None
    failed_at: datetime | None = None  # of the error
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Part:
    """The profile of one batch's rows of one UTC day, and the state of its deliveries."""

    profile: DayProfile
    deliveries: dict[str, Delivery]  # by the destination's key


# ---- what may follow what


@dataclass(frozen=True)
class Step:
    """A change of a delivery, applied atomically and only if the delivery is still in the expected state."""

    only_if: Mapping[str, object]  # fields of `Delivery`
    changes: Mapping[str, object] = field(default_factory=dict)
    adds: Mapping[str, int] = field(default_factory=dict)


SENT: Mapping[str, object] = {"state": "sent", "sent_at": NOW, "error": None, "failed_at": None}
ARRIVED = Step({}, SENT)  # at a destination where a repeated delivery counts once for ever


def announced(place: str) -> Step:
    """Return the step that stores the place; if another logger has stored one first, that one is kept."""
    return Step({"state": "waiting"}, {"state": "announced", "place": place, "announced_at": NOW})


def begun(place: str) -> Step:
    """Return the step that says that an upload to the place has begun, and so may have happened."""
    return Step({"state": "announced", "place": place}, adds={"begun": 1})


def sent(place: str) -> Step:
    """Return the step that says that the part has arrived at the place."""
    return Step({"state": "announced", "place": place}, SENT)


def started_over(delivery: Delivery) -> Step:
    """Return the step that discards a place to which nothing was put and nobody has begun to put anything."""
    expected = {"state": "announced", "place": delivery.place, "begun": delivery.begun}
    return Step(expected, {"state": "waiting", "place": None, "announced_at": None, "begun": 0})


def doubted(place: str) -> Step:
    """Return the step after which a person has to settle whether the part has arrived."""
    return Step({"state": "announced", "place": place}, {"state": "uncertain", "retry_at": None})


def failed(delivery: Delivery, error: str, pause: timedelta, now: datetime) -> Step:
    """Return the step after a failed attempt; each pause is twice as long as the one before."""
    attempts = delivery.attempts + 1
    retry_at = now + min(pause * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)
    return Step({}, {"attempts": attempts, "retry_at": retry_at, "error": error, "failed_at": NOW})


def is_paused(delivery: Delivery, now: datetime) -> bool:
    """Return whether the delivery waits for its next attempt.

    A wait beyond the longest pause was set by a clock that was ahead, and does not count.
    """
    return delivery.retry_at is not None and timedelta(0) < delivery.retry_at - now <= LONGEST_PAUSE


# ---- what a person sees


@dataclass(frozen=True)
class Progress:
    """The state of one part's deliveries, without its profile."""

    id: str
    batch: str
    day: date  # UTC, of the predictions
    rows: int
    oldest_review_at: datetime | None
    deliveries: Mapping[str, Delivery]  # by the destination's key


@dataclass(frozen=True)
class LastTries:
    """The last success and the last error of a destination; kept when the parts are deleted."""

    sent_at: datetime | None = None  # the last success
    error: str | None = None
    failed_at: datetime | None = None  # of the error


@dataclass(frozen=True)
class ActiveDestination:
    """A destination that the logger delivers to, as reported by the logger."""

    key: str
    name: str  # what people call it
    required: bool  # whether a row is logged only once it is there


@dataclass(frozen=True)
class DestinationStatus:
    """The state of one destination: the parts that it has and those that it lacks."""

    key: str
    parts: dict[str, int]  # waiting, announced, sent, uncertain: the open batches' parts
    rows_missing: int  # rows that are not there yet
    oldest_day: date | None  # UTC, of the predictions not there yet
    oldest_review_at: datetime | None  # of the rows not there yet
    sent_at: datetime | None  # the last success, however long ago
    error: str | None  # the last one; over if it is older than the last success
    failed_at: datetime | None


@dataclass(frozen=True)
class Status:
    """The state of all deliveries."""

    destinations: tuple[DestinationStatus, ...]
    batches: dict[str, int]  # claiming, prepared, held, marked (something optional lacks them), done
    rows_by_hour: dict[datetime, int] = field(default_factory=dict)  # logged in the last day, by the hour it began


def all_sent(parts: Iterable[Progress], destinations: Iterable[str]) -> bool:
    """Return whether every part has arrived at each of these destinations.

    A destination that was configured after the batch was prepared receives only later batches.
    """
    names = list(destinations)
    return all(part.deliveries[name].state == "sent" for part in parts for name in names if name in part.deliveries)


def last_successes(parts: Iterable[Progress]) -> dict[str, datetime]:
    """Return when each destination last received one of these parts."""
    sent_at: dict[str, datetime] = {}
    for part in parts:
        for name, delivery in part.deliveries.items():
            if delivery.sent_at:
                sent_at[name] = max(sent_at.get(name, delivery.sent_at), delivery.sent_at)
    return sent_at


def destination_status(key: str, parts: Iterable[Progress], last: LastTries) -> DestinationStatus:
    """Return the state of one destination, from its parts and its last success and error."""
    own = [(part, part.deliveries[key]) for part in parts if key in part.deliveries]
    missing = [part for part, delivery in own if delivery.state != "sent"]
    successes = [delivery.sent_at for _, delivery in own if delivery.sent_at]
    return DestinationStatus(
        key,
        dict(Counter(delivery.state for _, delivery in own)),
        sum(part.rows for part in missing),
        min((part.day for part in missing), default=None),
        min((part.oldest_review_at for part in missing if part.oldest_review_at), default=None),
        max([*successes, *([last.sent_at] if last.sent_at else [])], default=None),
        last.error,
        last.failed_at,
    )
