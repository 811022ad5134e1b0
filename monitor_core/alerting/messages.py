"""Notifications in words: a note for each event, and messages of several notes with title, text and tone."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitor_core.alerting.events import Event, EventKind, Severity, Tone
from monitor_core.contract import wording

MOST_NOTES = 20  # in the text of a message
REPORT = EventKind.stored("report")  # of a message that is no alert's; earlier versions read it as well
PLURALS = {"warning": "warnings"}  # the other kinds and severities are adjectives


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that is sent with a message."""

    name: str
    content: bytes  # HTML


@dataclass(frozen=True, slots=True)
class Note:
    """The part of a message about one event."""

    event: str  # its id
    severity: Severity
    kind: EventKind  # the event's, STILL_FIRING, or REPORT
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message to one target: about one run, about one day (a digest), or about the time when the target was down."""

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
    attachment: Attachment | None = None  # until the message is sent or given up

    @property
    def distinct_notes(self) -> list[Note]:
        """The notes without the reminders of an alert whose firing is in the message too."""
        first = {note.event: note for note in reversed(self.notes)}
        return [note for note in self.notes if first[note.event] is note]

    @property
    def title(self) -> str:
        """One line: the event, or the number of events by kind."""
        notes = self.distinct_notes
        if len(notes) == 1:
            return notes[0].heading
        counts = Counter(note.severity if note.kind.is_firing else note.kind.words.lower() for note in notes)
        digest = "Digest of " if self.is_digest else ""
        if {note.kind for note in notes} == {EventKind.FOUND_AT_START}:
            digest = "Found at the start: "
        kinds = [wording.count(n, kind, PLURALS.get(kind, kind)) for kind, n in counts.items()]
        return f"{digest}{len(notes)} alerts: {', '.join(kinds)}"

    def text(self, app_url: str) -> str:
        """Return the notes one below the other, with a link in place of those beyond the first MOST_NOTES."""
        notes = self.distinct_notes
        texts = [note.text for note in notes[:MOST_NOTES]]
        if len(notes) > MOST_NOTES:
            texts.append(f"… and {len(notes) - MOST_NOTES} more: {app_url}")
        return "\n\n".join(texts)

    @property
    def tone(self) -> Tone:
        """The tone of the worst severity that fires; otherwise the tone that all notes share."""
        firing = {note.severity for note in self.distinct_notes if note.kind.is_firing}
        if firing:
            return "failure" if "critical" in firing else "warning"
        tones = {note.kind.tone for note in self.distinct_notes}
        return tones.pop() if len(tones) == 1 else "info"


def note(event: Event, kind: EventKind, address_of: Callable[[str], str]) -> Note:
    """Put an event into words; `kind`: the event's own, or STILL_FIRING."""
    of_class = f" (class {event.class_name})" if event.class_name is not None else ""
    heading = " ".join(f"{_kind_in_words(kind, event.severity)}: {event.title}{of_class}".split())
    return Note(event.id, event.severity, kind, heading, "\n".join([heading, event.sentence, address_of(event.link)]))


def report_note(key: str, title: str, text: str) -> Note:
    """Return the note of a scheduled report, whose message has no other."""
    return Note(key, "warning", REPORT, title, text)


def _kind_in_words(kind: EventKind, severity: Severity) -> str:
    """Return the kind and the severity; a severity alone means that the rule fires."""
    return severity.capitalize() if kind is EventKind.FIRING else f"{kind.words}, {severity}"
