"""Events: THE list of what can happen to an alert, and the link to the page that shows the evidence."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Self, get_args
from urllib.parse import urlencode

from monitor_core.alerting.rules import Rule
from monitor_core.contract import wording
from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import Period

Severity = Literal["warning", "critical"]
Tone = Literal["info", "success", "warning", "failure"]  # apprise's: a colour, or what a pager does with it
PAGES: dict[str, str] = {"score": "/metrics", "drift": "/drift", "distance": "/drift", "now": "/"}


class EventKind(StrEnum):
    """The kinds of events, each with its stored value, its wording and its consequences.

    `words`: the wording. `is_notified`: whether people are notified; other events only appear on the pages.
    `is_firing`: the rule fires, and a message has the tone of the alert's severity; otherwise it has `tone`.
    """

    words: str
    is_notified: bool
    is_firing: bool
    tone: Tone

    def __new__(
        cls, key: str, words: str = "", is_notified: bool = True, is_firing: bool = False, tone: Tone = "info"
    ) -> Self:
        """Create a kind; a lookup such as `EventKind("firing")` does not call this."""
        self = str.__new__(cls, key)
        self._value_, self.words, self.is_notified, self.is_firing, self.tone = key, words, is_notified, is_firing, tone
        return self

    @classmethod
    def stored(cls, key: str) -> Self:
        """Return the kind of a stored key; an unknown key, of a later version, becomes a kind with the key as words."""
        try:
            return cls(key)
        except ValueError:
            unknown = str.__new__(cls, key)
            unknown._name_, unknown._value_ = key, key
            unknown.words, unknown.is_notified, unknown.is_firing, unknown.tone = key, False, False, "info"
            return unknown

    @property
    def is_known(self) -> bool:
        """Return whether the kind is on the list."""
        return any(self is kind for kind in type(self))

    PENDING = "pending", "Pending", False
    FIRING = "firing", "Firing", True, True
    STILL_FIRING = "still firing", "Still firing", True, True  # of a message that repeats; no event is stored as one
    FOUND_LATE = "found late", "Found late", True, True
    FOUND_AT_START = "found at the start", "Found at the start", True, True
    NO_DATA = "no data", "No data"
    CHECK_FAILED = "check failed", "Check failed"
    REJUDGED = "rejudged", "Judged again"
    ACCEPTED = "accepted", "Accepted as the new normal"
    RESOLVED = "resolved", "Resolved", True, False, "success"
    CALMED = "calmed", "No longer pending", False  # it was pending, and never fired


@dataclass(frozen=True, slots=True)
class Event:
    """A change of an alert's state, with the figures at that time."""

    id: str  # the alert's id, #, the event's number; unique for ever
    alert: str
    at: datetime
    rule: str
    title: str
    severity: Severity
    label: int | None  # a class; None: of all classes
    class_name: str | None
    kind: EventKind
    before: str | None  # states of the alert; None: it is new
    state: str
    day: date
    sentence: str
    period: Period  # the documents it is about
    link: str  # path and query of a page of the app
    value: float | None = None
    low: float | None = None  # of its 95% interval
    high: float | None = None
    threshold: float | None = None
    samples: int = 0
    statistic: float | None = None  # of a drift verdict
    notified: bool | None = None  # False: people are still to be notified; None: nobody is

    def __post_init__(self) -> None:
        if self.severity not in get_args(Severity):
            raise ValueError(f"an event is a warning or critical, not {self.severity}")
        if not isinstance(self.kind, EventKind):
            raise ValueError(f"the kind of an event is an EventKind, not {self.kind!r}")
        if not self.link.startswith("/"):
            raise ValueError(f"a link is a path that begins with /, not {self.link}")

    @property
    def number(self) -> int:
        """The position among the events of the alert, from 1."""
        return int(self.id.rpartition("#")[2])


def evidence_link(rule: Rule, period: Period) -> str:
    """Return the path and query of the page that shows a rule's data in a period."""
    page = PAGES.get(rule.conditions[0].measure.kind, "/")
    return f"{page}?{urlencode({'period': wording.written(period), 'basis': BASES[rule.basis].title})}"
