"""What a notification says of one event and of several."""

from dataclasses import replace

from monitor_core.alerting.events import EventKind
from monitor_core.alerting.messages import MOST_NOTES, Message, note
from tests.alerting import happened

EVENT = replace(happened.EVENT, label=3, class_name="SIGRE", link="/metrics?basis=review+day")
MESSAGE = Message("m", "1: json", (), False, "waiting", 0, 0, happened.NOW, None, happened.NOW, None, None)


def test_a_note_holds_the_sentence_and_a_link() -> None:
    assert note(EVENT, EVENT.kind, "http://monitor".__add__).text.splitlines() == [
        "Warning: Accuracy is low (class SIGRE)",
        "It fell.",
        "http://monitor/metrics?basis=review+day",
    ]


def test_only_that_an_alert_fires_needs_no_word() -> None:
    kinds = [kind for kind in EventKind if kind is not EventKind.FIRING]
    assert [note(EVENT, kind, str).heading for kind in kinds] == [
        f"{kind.words}, warning: Accuracy is low (class SIGRE)" for kind in kinds
    ]


def test_a_message_counts_what_it_is_about() -> None:
    kinds = (EventKind.FIRING, EventKind.FOUND_LATE, EventKind.REJUDGED, EventKind.RESOLVED)
    notes = tuple(note(replace(EVENT, id=f"a#{n}", kind=kind), kind, str) for n, kind in enumerate(kinds))
    message = replace(MESSAGE, notes=notes, is_digest=True)
    assert message.title == "Digest of 4 alerts: 2 warnings, 1 judged again, 1 resolved"
    assert message.tone == "warning"
    assert replace(MESSAGE, notes=notes[2:]).tone == "info"
    assert replace(MESSAGE, notes=notes[3:]).tone == "success"


def test_the_worst_that_fires_gives_the_tone() -> None:
    resolved = note(replace(EVENT, id="a#1", severity="critical"), EventKind.RESOLVED, str)
    firing = note(EVENT, EventKind.FIRING, str)
    assert replace(MESSAGE, notes=(resolved, firing)).tone == "warning"
    assert replace(MESSAGE, notes=(replace(resolved, kind=EventKind.STILL_FIRING), firing)).tone == "failure"


def test_an_alert_that_fires_and_fires_still_is_told_once() -> None:
    notes = tuple(note(EVENT, kind, str) for kind in (EventKind.FIRING, EventKind.STILL_FIRING))
    assert replace(MESSAGE, notes=notes).title == "Warning: Accuracy is low (class SIGRE)"


def test_the_text_ends_where_nobody_reads_on() -> None:
    notes = tuple(note(replace(EVENT, id=f"a#{n}"), EventKind.FIRING, str) for n in range(MOST_NOTES + 5))
    text = replace(MESSAGE, notes=notes).text("http://monitor")
    assert text.endswith("\n\n… and 5 more: http://monitor")
    assert text.count("Warning: ") == MOST_NOTES
