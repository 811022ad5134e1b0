"""The commands notify: a test message, and the list of those that were sent."""

from collections.abc import Iterator

import pytest

from monitor_core.alerting.events import EventKind
from monitor_core.alerting.messages import Note
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.store import Store
from tests.command import run
from tests.documents import at
from tests.receivers import PASSWORD, Webhook, mailbox, webhook


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as server:
        yield server


def configure(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    monkeypatch.setenv("MONITOR_NOTIFY", " ".join(addresses))
    monkeypatch.setenv("MONITOR_NOTIFY_ALLOW_PRIVATE", "true")


def test_the_test_command_says_how_it_went_for_each_target(
    store: Store, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mailbox() as (box, place):
        letter = f"mailto://monitor:{PASSWORD}@{place}?from=monitor@example.org&to=anna@example.org"
        configure(monkeypatch, hook.address(), letter)
        hook.answers = [404]
        ended = run("notify", "test")
        assert ended.returncode == 1
        assert ended.stdout.splitlines() == ["1: json: the service did not accept it (status 404)", "2: mailto: ok"]
        assert len(box.letters) == 1
        assert run("notify", "test").returncode == 0
    monkeypatch.delenv("MONITOR_NOTIFY")
    assert "MONITOR_NOTIFY" in run("notify", "test").stderr


def test_messages_are_listed_with_their_state_and_the_reason(store: Store) -> None:
    assert run("notify", "list").stdout == "There is no message.\n"
    messages, now = Notifications(store), at(2026, 10, 15, 12)
    for target in ("1: json", "2: mailto"):
        note = Note("a", "warning", EventKind.FIRING, "Warning: [red]3[/red]", "Warning")
        messages.queue(target, {"a": note}, now)
    taken, refused = (messages.claim(now, now, [target]) for target in ("1: json", "2: mailto"))
    assert taken
    assert refused
    messages.arrived(taken, now)
    messages.refused(refused, "nobody answers", doubtful=False, next_try_at=None, now=now)
    assert sorted(run("notify", "list").stdout.splitlines()) == [
        "2026-10-15 12:00  1: json  Warning: [red]3[/red]  (sent, attempts: 1)",
        "2026-10-15 12:00  2: mailto  Warning: [red]3[/red]  (not delivered, attempts: 1: nobody answers)",
    ]
