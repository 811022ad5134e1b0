"""Servers that notifications are sent to in the tests: HTTP that can misbehave, and SMTP with a password."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = "hunter2sesame"  # noqa: S105 - nobody's


class Webhook(ThreadingHTTPServer):
    """Keeps what arrives. Answers as told: a status, "hang", "drop" after all was read, or an address to go to."""

    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), _Answers)
        self.received: list[dict[str, Any]] = []
        self.answers: list[int | str] = []  # of the next requests; then `always`
        self.always: int | str = 200

    @property
    def place(self) -> str:
        return f"{self.server_address[0]!s}:{self.server_address[1]}"

    def address(self, more: str = "") -> str:
        return f"json://monitor:{PASSWORD}@{self.place}/hook{more}"

    @property
    def titles(self) -> list[str]:
        return [one["title"].removeprefix("Prediction monitor: ") for one in self.received]


class _Answers(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        self.server.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        answer = self.server.answers.pop(0) if self.server.answers else self.server.always
        if answer == "hang":
            time.sleep(30)
        if isinstance(answer, str) and not answer.startswith("http"):
            self.close_connection = True
            return
        self.send_response(307 if isinstance(answer, str) else answer)
        if isinstance(answer, str) or answer == 302:
            self.send_header("Location", answer if isinstance(answer, str) else "/login")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        """A page for people, as login pages are."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def webhook(host: str = "127.0.0.1") -> Iterator[Webhook]:
    server = Webhook(host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Mailbox:
    """Takes mail from the user "monitor" with the password only."""

    def __init__(self) -> None:
        self.letters: list[Any] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        assert isinstance(envelope.content, bytes)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


def _knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
    right = isinstance(login, LoginPassword) and (login.login, login.password) == (b"monitor", PASSWORD.encode())
    return AuthResult(success=right, handled=False)  # the server says 535


@contextmanager
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    """The box, and where its server listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        host, port = free.getsockname()
    box = Mailbox()
    server = Controller(box, host, port, authenticator=_knows, auth_require_tls=False)
    server.start()
    yield box, f"{host}:{port}"
    server.stop()


def wait(until: "object", seconds: float = 60) -> None:
    assert callable(until)
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)
