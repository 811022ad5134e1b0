"""An HTTP server shaped like WhyLabs: it speaks the two calls of an upload, and can be as unreliable as a network."""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "abcdefghij.0123456789"  # of the right shape, and nobody's


class WhyLabsShaped(ThreadingHTTPServer):
    """Keeps what arrives, once for each upload address, as the platform does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.announced: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.received: dict[str, bytes] = {}
        self.statuses: list[int] = []  # of the next requests; then 200
        self.chance = random.Random(0)
        self.fault_rate = 0.0  # how many requests go wrong in one of the ways of `_Answers._misbehave`
        self.valid_seconds = 900.0  # how long an upload address may be used
        self.issued: dict[str, float] = {}
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    server: WhyLabsShaped

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._fails() or self._misbehave(before=True):
            return
        assert self.path == "/v1/log/async"
        with self.server.lock:
            self.server.announced.append((dict(self.headers), body))
            path = f"/upload/{len(self.server.announced)}?signature=s3cr3t"
            self.server.issued[path] = time.monotonic()
        if not self._misbehave(before=False):
            self._answer(200, json.dumps({"id": path, "uploadUrl": f"{self.server.address}{path}"}).encode())

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        assert "X-API-Key" not in self.headers  # the upload address belongs to a bucket, not to the platform
        if self._fails() or self._misbehave(before=True):
            return
        if time.monotonic() - self.server.issued[self.path] > self.server.valid_seconds:
            self._answer(403, b"Request has expired")
            return
        self.server.received[self.path] = data
        if not self._misbehave(before=False):
            self._answer(200, b"")

    def do_GET(self) -> None:
        self._answer(403, b"")  # a key that may write may not read

    def _fails(self) -> bool:
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        if status != 200:
            self._answer(status, b"")
        return status != 200

    def _misbehave(self, before: bool) -> bool:
        """Fail before the request is obeyed, or after it: busy, a fault, a lost answer, or silence."""
        with self.server.lock:
            if self.server.chance.random() >= self.server.fault_rate:
                return False
            kind = self.server.chance.choice([429, 500, 503, "lost", "lost", "silent"])
        if before and kind == 429:
            self._answer(429, b"")
        elif kind in (500, 503):
            self._answer(int(kind), b"")
        elif kind == "silent":
            time.sleep(0.6)
        self.close_connection = True
        return True

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def whylabs_shaped() -> Iterator[WhyLabsShaped]:
    server = WhyLabsShaped()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
