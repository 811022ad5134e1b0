"""What a notification says: a note of each event, and of all of them a title, a text and a tone."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from monitor_core.alerting.events import Event, EventKind, Severity, Tone

SHOWN = 20  # events in the text of a message


@dataclass(frozen=True, slots=True)
class Note:
    """What a message says of one event."""

    event: str  # its id
    severity: Severity
    kind: EventKind  # the event's, or that it is still firing
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """What one target is told of one tick, of one day if it is a digest, or of the time in which it was down."""

    id: str
    target: str  # a target's name
    notes: tuple[Note, ...]
    is_digest: bool
    state: str  # waiting | sent | failed
    attempts: int
    doubtful: int  # sends that may have arrived
    queued_at: datetime
    first_try_at: datetime | None  # None: not tried yet
    next_try_at: datetime | None  # None: no more
    sent_at: datetime | None
    error: str | None  # of the last try

    @property
    def shown(self) -> list[Note]:
        """The notes, but one alone of an alert that was told and is firing still."""
        first = {note.event: note for note in reversed(self.notes)}
        return [note for note in self.notes if first[note.event] is note]

    @property
    def title(self) -> str:
        """One line: the event, or how many there are of which kind."""
        notes = self.shown
        if len(notes) == 1:
            return notes[0].heading
        counts = Counter(note.severity if note.kind.is_firing else note.kind.words.lower() for note in notes)
        digest = "Digest of " if self.is_digest else ""
        return f"{digest}{len(notes)} alerts: " + ", ".join(f"{count} {kind}" for kind, count in counts.items())

    def text(self, app_url: str) -> str:
        """The notes below each other, as far as anybody reads."""
        notes = self.shown
        texts = [note.text for note in notes[:SHOWN]]
        if len(notes) > SHOWN:
            texts.append(f"… and {len(notes) - SHOWN} more: {app_url}")
        return "\n\n".join(texts)

    @property
    def tone(self) -> Tone:
        """The worst severity of what fires; else what all notes have in common."""
        firing = {note.severity for note in self.shown if note.kind.is_firing}
        if firing:
            return "failure" if "critical" in firing else "warning"
        tones = {note.kind.tone for note in self.shown}
        return tones.pop() if len(tones) == 1 else "info"


def note(event: Event, kind: EventKind, app_url: str) -> Note:
    """Put an event into words; `kind`: its own, or that it is still firing."""
    of_class = f" (class {event.class_name})" if event.class_name is not None else ""
    heading = " ".join(f"{_kind_in_words(kind, event.severity)}: {event.title}{of_class}".split())
    lines = [heading, event.sentence, _figures(event), _days(event), app_url + event.link]
    return Note(event.id, event.severity, kind, heading, "\n".join(line for line in lines if line))


def _kind_in_words(kind: EventKind, severity: Severity) -> str:
    """A severity alone says that it fires."""
    return severity.capitalize() if kind is EventKind.FIRING else f"{kind.words}, {severity}"


def _figures(event: Event) -> str:
    """The value with its interval, the threshold and the samples, as far as they are known."""
    parts = [f"value {_number(event.value)}"] if _is_number(event.value) else []
    if parts and _is_number(event.low) and _is_number(event.high):
        parts[0] += f" (95% interval {_number(event.low)} to {_number(event.high)})"
    if _is_number(event.threshold):
        parts.append(f"threshold {_number(event.threshold)}")
    parts.append(f"{event.samples} samples")
    return ", ".join(parts).capitalize()


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _number(value: float | None) -> str:
    return f"{value:.4g}"


def _days(event: Event) -> str:
    first, last = event.period.first, event.period.last
    return f"{first}" if first == last else f"{first} to {last}"
