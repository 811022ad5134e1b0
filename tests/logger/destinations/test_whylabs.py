"""WhyLabs, spoken to as the platform's shape, keeps what every destination has to."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from monitor_core.contract.errors import DestinationFailed
from monitor_core.logger.destinations import whylabs as platform
from monitor_core.logger.destinations.contract import DestinationContract, profile
from monitor_core.logger.destinations.exchange import pinned
from monitor_core.logger.destinations.whylabs import WhyLabs
from monitor_core.settings.settings import Settings
from tests.whylabs_shaped import WhyLabsShaped


class TestWhyLabs(DestinationContract):
    @pytest.fixture(autouse=True)
    def _server(self, whylabs: WhyLabsShaped, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(platform, "wait_exponential_jitter", lambda **_: lambda _state: 0.01)
        self.server = whylabs

    def make(self, folder: Path, address: str | None = None) -> WhyLabs:
        credentials = {"WHYLABS_API_KEY": "abcdefghij.0123456789", "WHYLABS_DEFAULT_ORG_ID": "org-1"}
        endpoint = {"WHYLABS_DEFAULT_DATASET_ID": "model-1", "WHYLABS_API_ENDPOINT": address or self.server.address}
        return WhyLabs(Settings(state_folder=folder, **credentials, **endpoint))

    def make_unreachable(self, folder: Path) -> WhyLabs:
        return self.make(folder, "http://127.0.0.1:9")

    def received(self, destination: WhyLabs) -> list[str]:
        return [data.decode() for data in self.server.received.values()]


def destination(endpoint: str, folder: Path) -> WhyLabs:
    return TestWhyLabs().make(folder, endpoint)


@contextmanager
def answering(act: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads one request on each connection, and then does what it likes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            act(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def drip_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for n in range(1000):
        connection.sendall(f"X-{n}: x\r\n".encode())
        time.sleep(0.05)


def drip_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b" ")
        time.sleep(0.05)


def never_end(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"[" * 65536)


def test_the_whole_exchange_has_one_deadline_and_little_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "EXCHANGE_SECONDS", 1.0)
    for act in (drip_head, drip_body, never_end):
        began = time.monotonic()
        with answering(act) as endpoint, pytest.raises(DestinationFailed):
            destination(endpoint, tmp_path).announce(profile("a", b"data"))
        assert time.monotonic() - began < 20, act
    with answering(never_end) as endpoint:
        destination(endpoint, tmp_path).deliver(profile("a", b"data"), f"{endpoint}/upload")  # its status is enough


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("120", 120),
        ("99999999999999999999", 1800),
        ("Sun, 29 Nov 2026 12:02:00 GMT", 120),
        ("Sun, 29 Nov 2126 12:02:00 GMT", 1800),
        ("in a while", 30),
        ("-5", 30),
    ],
)
def test_a_busy_platform_says_when_to_come_again(tmp_path: Path, header: str, pause: float) -> None:
    requests: list[int] = []

    def busy(connection: socket.socket) -> None:
        requests.append(1)
        date = "Date: Sun, 29 Nov 2026 12:00:00 GMT"
        lines = ["HTTP/1.1 503 Busy", date, f"Retry-After: {header}", "Content-Length: 0", "", ""]
        connection.sendall("\r\n".join(lines).encode())

    with answering(busy) as endpoint, pytest.raises(DestinationFailed) as failure:
        destination(endpoint, tmp_path).announce(profile("a", b"data"))
    assert failure.value.pause_seconds == pause
    assert len(requests) == (1 if pause > 30 else 3)  # it is not pressed


@pytest.mark.parametrize(
    "place",
    [
        "http://8.8.8.8/upload",
        "https://127.0.0.1/upload",
        "https://169.254.169.254/latest",
        "https://10.1.2.3/upload",
        "https://[::1]/upload",
        "https://[::ffff:127.0.0.1]/upload",
        "https://localhost/upload",
        "https://2130706433/upload",
        "https://no-such-host.invalid/upload",
        "ftp://8.8.8.8/upload",
        "/upload",
    ],
)
def test_a_public_platform_leads_us_nowhere_in_our_own_network(tmp_path: Path, place: str) -> None:
    with pytest.raises(DestinationFailed) as failure:
        destination("https://8.8.4.4", tmp_path).deliver(profile("a", b"data"), place)
    assert failure.value.nothing_taken
    assert "upload address" in str(failure.value)


def test_an_upload_goes_to_the_very_address_that_was_judged() -> None:
    request = pinned(httpx2.Request("PUT", "https://8.8.8.8:8443/upload?signature=x", content=b"data"))
    assert str(request.url) == "https://8.8.8.8:8443/upload?signature=x"
    assert request.headers["Host"] == "8.8.8.8:8443"
    assert request.extensions["sni_hostname"] == "8.8.8.8"
