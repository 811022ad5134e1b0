"""A MongoDB that can be made slow: a way to the real one that waits before it passes an answer on."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote


class SlowWay:
    """Listens on loopback for a client, and speaks with the real one through its unix socket."""

    def __init__(self, uri: str) -> None:
        self.seconds = 0.0  # that each answer waits
        self.socket_file = unquote(uri.removeprefix("mongodb://").split("/")[0])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"mongodb://127.0.0.1:{self.listener.getsockname()[1]}/?directConnection=true"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            real = socket.socket(socket.AF_UNIX)
            real.connect(self.socket_file)
            threading.Thread(target=self._pass_on, args=(client, real, False), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(real, client, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, waits: bool) -> None:
        try:
            while data := source.recv(65536):
                time.sleep(self.seconds if waits else 0)
                target.sendall(data)
        except OSError:
            pass
        finally:
            target.close()


@contextmanager
def slow_way(uri: str) -> Iterator[SlowWay]:
    way = SlowWay(uri)
    yield way
    way.listener.close()
