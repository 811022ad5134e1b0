"""One notification: what becomes of it at real servers, and that nothing else is reached."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from monitor_core.logger import sender
from monitor_core.logger.sender import Sending, Text
from monitor_core.settings.settings import ROOT
from tests.receivers import PASSWORD, Webhook, mailbox, wait

TEXT = Text("Accuracy is falling", "From 0.9 to 0.8 – in a week.\nhttp://localhost:5004/", "failure")


def send(address: str) -> Sending:
    return sender.send(address, TEXT, allow_private=True)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (200, Sending("sent")),
        (500, Sending("refused", 500)),
        (429, Sending("refused", 429)),
        ("drop", Sending("lost")),
        ("hang", Sending("timeout")),
        ("http://127.0.0.1:9/elsewhere", Sending("refused", 307)),
    ],
)
def test_what_the_service_does_is_what_is_told(hook: Webhook, answer: int | str, outcome: Sending) -> None:
    hook.always = answer
    assert send(hook.address("?rto=1")) == outcome
    (got,) = hook.received
    assert (got["title"], got["message"], got["type"]) == (TEXT.title, TEXT.body, "failure")


def test_a_moved_page_does_not_count_as_taken(hook: Webhook) -> None:
    """A 302 that is followed turns the POST into a GET, of a page that knows of nothing."""
    hook.always = 302
    assert send(hook.address()) == Sending("refused", 302)


@pytest.mark.parametrize(
    "address",
    ["json://127.0.0.1:9/", "json://nobody.invalid/", "mailto://a:b@127.0.0.1:9?from=a@d.example&to=c@d.example"],
)
def test_where_nobody_is_nothing_has_arrived(address: str) -> None:
    sending = send(address)
    assert sending == Sending("unreachable")
    assert not sending.doubtful


def test_a_letter_arrives_by_smtp_and_a_wrong_password_is_refused() -> None:
    with mailbox() as (box, place):
        to = "?from=monitor@example.org&to=anna@example.org"
        assert send(f"mailto://monitor:{PASSWORD}@{place}{to}") == Sending("sent")
        assert send(f"mailto://monitor:wrong@{place}{to}") == Sending("refused", 535)
        (letter,) = box.letters
    assert (letter["subject"], letter["to"]) == (TEXT.title, "anna@example.org")
    assert "From 0.9 to 0.8 – in a week." in letter.get_body(("plain",)).get_content()


def test_a_file_goes_with_a_letter() -> None:
    with mailbox() as (box, place):
        to = "?from=monitor@example.org&to=anna@example.org"
        file = sender.File("report.html", "<p>72.3 % – fine</p>".encode())
        assert sender.send(f"mailto://monitor:{PASSWORD}@{place}{to}", TEXT, True, file=file) == Sending("sent")
        (letter,) = box.letters
    (attached,) = letter.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("report.html", "text/html")
    assert attached.get_payload(decode=True) == file.content


def test_whatever_hangs_ends_in_time_and_leaves_no_process(hook: Webhook) -> None:
    hook.always = "hang"
    before = children(os.getpid())
    began = time.monotonic()
    assert sender.send(hook.address("?rto=60"), TEXT, allow_private=True, seconds=2) == Sending("timeout")
    assert time.monotonic() - began < 30
    assert children(os.getpid()) == before


def test_the_process_ends_by_itself_when_who_started_it_is_dead(hook: Webhook) -> None:
    hook.always = "hang"
    deaf = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])"
    started = start(f"{deaf}\nsender.send({hook.address('?rto=60')!r}, sender.Text('a', 'b'), True, 3)")
    wait(lambda: bool(hook.received))
    (orphan,) = children(started.pid)
    started.send_signal(signal.SIGKILL)
    started.wait()
    assert Path(f"/proc/{orphan}").exists()
    wait(lambda: not Path(f"/proc/{orphan}").exists())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "[::1]", "0.0.0.0"])  # noqa: S104
def test_a_private_address_is_refused_however_it_is_written(hook: Webhook, host: str) -> None:
    port = hook.server_address[1]
    assert sender.send(f"json://{host}:{port}/", TEXT) == Sending("private")
    assert hook.received == []


def test_mail_to_a_private_address_is_refused_too() -> None:
    with mailbox() as (box, place):
        assert sender.send(
            f"mailto://monitor:{PASSWORD}@{place}?from=a@example.org&to=anna@example.org", TEXT
        ) == Sending("private")
        assert box.letters == []


def test_a_proxy_is_no_way_around_the_guard(hook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://{hook.place}")
    assert sender.send("json://nobody.invalid/", TEXT) == Sending("unreachable")
    assert hook.received == []


REDIRECTED = """
from tests.receivers import webhook
from monitor_core.logger import sender
text = sender.Text("a", "b")
with webhook("8.8.8.8") as public, webhook("127.0.0.1") as private:
    print(sender.send(public.address(), text).kind, len(public.received))
    public.always = f"http://{private.place}/hook"
    print(sender.send(public.address(), text).kind, len(private.received))
    print(sender.send(public.address("?redirect=yes"), text).kind, len(private.received))
    print(sender.send(public.address("?redirect=yes"), text, True).kind, len(private.received))
"""


def test_a_redirect_to_a_private_address_is_followed_only_if_allowed() -> None:
    """In a network of its own, where a public address is this machine's."""
    shell = 'ip link set lo up && ip addr add 8.8.8.8/32 dev lo && exec "$0" -c "$1"'
    alone = ["unshare", "--map-root-user", "--net"]
    if not (shutil.which("ip") and subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0):
        pytest.skip("this machine gives no network of its own (unshare, ip)")
    path = str(ROOT)
    ended = subprocess.run(
        [*alone, "sh", "-c", shell, sys.executable, REDIRECTED],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ended.stdout.splitlines() == ["sent 1", "refused 0", "private 0", "sent 1"]


def test_the_process_gets_none_of_our_secrets_and_hands_out_none(
    hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its environment and arguments, as any user of the machine may list them, and all that it writes."""
    monkeypatch.setenv("MONITOR_MONGODB_URI", f"mongodb://a:{PASSWORD}@db")
    hook.always = "hang"
    started = start(f"sender.send({hook.address('?rto=60')!r}, sender.Text('a', 'b'), True, 3)")
    wait(lambda: bool(hook.received))
    (child,) = children(started.pid)
    for what in ("cmdline", "environ"):
        assert PASSWORD.encode() not in Path(f"/proc/{child}/{what}").read_bytes()
    started.kill()
    started.wait()
    hook.always = 500
    message = {
        "address": hook.address(),
        "text": {"title": "a", "body": "b", "severity": "info"},
        "allow_private": True,
    }
    command = [sys.executable, "-I", sender.__file__]
    said = subprocess.run(
        command, input=json.dumps(message | {"seconds": 9}), capture_output=True, text=True, check=True
    )
    assert said.stdout == '{"kind": "refused", "status": 500, "retry_after": null}\n'
    assert PASSWORD not in said.stderr


@pytest.mark.parametrize(
    "answer", ["", "nonsense", '{"kind": "hunter2", "status": 1}', '{"kind": "sent", "status": "x"}']
)
def test_a_process_that_says_anything_else_has_broken_off(answer: str) -> None:
    assert sender._read(answer) == Sending("broken")


def start(code: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", f"from monitor_core.logger import sender\n{code}"], cwd=ROOT)


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class _Endless(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):
            while True:
                self.wfile.write(b"x" * 65536)

    def log_message(self, *_: Any) -> None: ...


class _Busy(_Endless):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(429)
        self.send_header("Retry-After", "120")
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_address[1]}/hook"
    server.shutdown()
    server.server_close()


def test_an_endless_answer_is_read_a_little_only() -> None:
    with serving(_Endless) as address:
        assert sender.send(address, TEXT, allow_private=True) == Sending("sent")


def test_a_busy_service_says_when_to_come_again() -> None:
    with serving(_Busy) as address:
        ended = sender.send(address, TEXT, allow_private=True)
    assert (ended.kind, ended.status, ended.retry_after) == ("refused", 429, 120.0)
