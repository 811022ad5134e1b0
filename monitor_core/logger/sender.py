"""Sending of notifications through apprise, each in its own process.

Unlike a thread, a process can be ended when it hangs, have all its connections guarded, and keep a library that logs
addresses out of the logger. The address is passed through standard input, and the only output is a word of `Kind` and a
status.
"""

import json
import logging
import os
import re
import signal
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal, get_args

SECONDS = 20.0  # the longest a message may take, the start of the process included
FILE_SECONDS = 30.0  # the same, of a message with a file: shorter than the logger's lease, which it does not renew
MOST_BYTES = 64 * 1024  # that are read of an answer
LONGEST_RETRY_AFTER = 1800.0  # seconds
Kind = Literal["sent", "refused", "unreachable", "private", "timeout", "lost", "broken", "unstarted"]
Severity = Literal["info", "success", "warning", "failure"]  # apprise's: a colour, or what a pager does with it
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
NEVER_CONNECTED = {"ConnectTimeout", "NewConnectionError", "ConnectionRefusedError", "gaierror", "SSLError"}
NO_ANSWER = {"ReadTimeout", "TimeoutError"}
LOST = {"ConnectionError", "ChunkedEncodingError", "SMTPServerDisconnected"}  # Python's and requests' have one name
WORDS: dict[str, str] = {
    "sent": "the service accepted it",
    "refused": "the service did not accept it",
    "unreachable": "the service cannot be reached",
    "private": "its address is private, which only MONITOR_NOTIFY_ALLOW_PRIVATE=true allows",
    "timeout": "the service did not answer in time, so it may have arrived",
    "lost": "the connection broke, so it may have arrived",
    "broken": "the sending process was interrupted, so it may have arrived",
    "unstarted": "no process could be started to send it",
}


@dataclass(frozen=True)
class Sending:
    """The result of sending one notification."""

    kind: Kind
    status: int | None = None  # of HTTP or SMTP
    retry_after: float | None = None  # seconds, if the service says when to come again

    def __str__(self) -> str:
        return WORDS[self.kind] + (f" (status {self.status})" if self.status else "")

    @property
    def doubtful(self) -> bool:
        """Return whether the notification may have arrived although the send failed."""
        return self.kind in ("timeout", "lost", "broken")


@dataclass(frozen=True)
class Text:
    """The title and body of a notification."""

    title: str  # one line
    body: str
    severity: Severity = "info"


@dataclass(frozen=True)
class File:
    """An HTML file that is sent with a notification."""

    name: str
    content: bytes


def send(
    address: str, text: Text, allow_private: bool = False, seconds: float = SECONDS, file: File | None = None
) -> Sending:
    """Send a text and return the result; never raise for the service, nor take much longer than `seconds`."""
    request = {"address": address, "text": asdict(text), "allow_private": allow_private, "seconds": seconds}
    if file:
        request["file"] = {"name": file.name, "content": b64encode(file.content).decode("ascii")}
    try:
        ended = subprocess.run(
            [sys.executable, "-I", __file__],
            input=json.dumps(request),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(allow_private),
            encoding="utf-8",
            timeout=seconds + 1,  # it ends itself before
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Sending("timeout")
    except OSError:
        return Sending("unstarted")
    return Sending("timeout") if ended.returncode == -signal.SIGALRM else _read(ended.stdout)


def _environment(allow_private: bool) -> dict[str, str]:
    """Return the environment without the monitor's settings and, under the guard, without proxies, which bypass it."""
    names = PASSED_ON + (PROXIES + tuple(name.upper() for name in PROXIES) if allow_private else ())
    return {name: os.environ[name] for name in names if name in os.environ}


def _read(answer: str) -> Sending:
    try:
        fields = json.loads(answer)
        kind, status, later = fields["kind"], fields["status"], fields.get("retry_after")
    except (ValueError, KeyError, TypeError):
        return Sending("broken")
    if kind not in get_args(Kind) or not isinstance(status, int | None) or not isinstance(later, float | None):
        return Sending("broken")
    return Sending(kind, status, later)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, a number or a date by the server's clock; at most half an hour."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_RETRY_AFTER)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):  # none, no date, or one of them without its zone
        return None
    return min(max(wait.total_seconds(), 0.0), LONGEST_RETRY_AFTER)


# ---- inside the process: nothing of ours may be imported, for `-I` takes our folder from the path


class _Guard:
    """An audit hook that refuses connections to addresses that are not public.

    It checks the connection rather than the name, which could resolve to another address later.
    """

    def __init__(self, is_public: Callable[[str], bool]) -> None:
        self.is_public = is_public
        self.refused = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Check one audit event: Python calls this before a socket connects, or sends without a connection."""
        if event not in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            return
        place = arguments[1]
        if place is None and event != "socket.connect":  # the socket is connected, and was judged then
            return
        host = place[0] if isinstance(place, tuple) and place else ""  # a unix socket has no host, and is not public
        if not (isinstance(host, str) and self.is_public(host.partition("%")[0])):
            self.refused = True
            raise PermissionError("not a public address")


class _Listener(logging.Handler):
    """A log handler that reads why a send failed: apprise reports that only in its log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.exceptions: list[str] = []  # names of the types
        self.status: int | None = None

    def emit(self, entry: logging.LogRecord) -> None:
        for wrong in _causes(sys.exc_info()[1]):
            self.exceptions += [kind.__name__ for kind in type(wrong).__mro__]
            code = getattr(wrong, "smtp_code", None)
            self.status = code if isinstance(code, int) and code > 0 else self.status
        match = re.search(r"\berror=(\d{3})\b", entry.getMessage())
        self.status = int(match[1]) if match else self.status


def _causes(wrong: BaseException | None) -> Iterator[BaseException]:
    while wrong is not None:
        yield wrong
        wrong = wrong.__cause__ or wrong.__context__


def _bound_answers(answers: list[float]) -> None:
    """Limit how much of an answer requests reads for apprise, and add the server's Retry-After to `answers`."""
    import requests

    send = requests.Session.send

    def bounded(self: Any, request: Any, **options: Any) -> Any:
        answer = send(self, request, **options | {"stream": True})
        answer._content = b""
        with suppress(Exception):  # the status has arrived, and says all
            answer._content = answer.raw.read(MOST_BYTES, decode_content=True)
        answer._content_consumed = True
        answer.close()
        if (seconds := retry_after(answer.headers)) is not None:
            answers.append(seconds)
        return answer

    requests.Session.send = bounded  # type: ignore[method-assign]


def _kind(taken: bool, refused: bool, listener: _Listener) -> Kind:
    names = set(listener.exceptions)
    if taken:
        return "sent"
    if refused:
        return "private"
    if names & NEVER_CONNECTED:
        return "unreachable"
    if names & NO_ANSWER:
        return "timeout"
    return "lost" if names & LOST else "refused"


def _attached(file: Mapping[str, str] | None) -> Any:
    if file is None:
        return None
    from apprise import AppriseAttachment
    from apprise.attachment.memory import AttachMemory

    memory: Any = AttachMemory  # which has no types
    return AppriseAttachment(memory(b64decode(file["content"]), name=file["name"], mimetype="text/html"))


def _child() -> None:
    request = json.load(sys.stdin)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # whoever started us may have blocked or ignored it
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, request["seconds"])  # then SIGALRM ends the process, whatever hangs
    from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType, PersistentStoreMode
    from apprise.utils.http import is_public_ip_address

    listener, guard = _Listener(), _Guard(is_public_ip_address)
    logging.getLogger("apprise").addHandler(listener)
    asset = AppriseAsset(
        app_id="Prediction monitor", async_mode=False, service_timeout=0, storage_mode=PersistentStoreMode.MEMORY
    )
    asset.http_redirects = False  # a redirected POST becomes a GET, and what arrived nowhere would count as sent
    service = Apprise.instantiate(request["address"], asset=asset)
    waits = list[float]()
    _bound_answers(waits)
    if not request["allow_private"]:
        sys.addaudithook(guard)
    text = Text(**request["text"])
    taken = bool(service) and Apprise(service, asset=asset).notify(
        text.body,
        title=text.title,
        notify_type=NotifyType(text.severity),
        body_format=NotifyFormat.TEXT,
        attach=_attached(request.get("file")),
    )
    kind = _kind(bool(taken), guard.refused, listener)
    print(json.dumps({"kind": kind, "status": listener.status, "retry_after": waits[-1] if waits else None}))


if __name__ == "__main__":
    _child()
