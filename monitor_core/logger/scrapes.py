"""The HTTP server of /metrics, which slow clients cannot block or exhaust."""

import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any, cast
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from monitor_core.contract.errors import MonitorError
from monitor_core.settings import access
from monitor_core.settings.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication

MOST_CONNECTIONS = 32  # at a time; further ones are closed
IDLE_SECONDS = 5.0  # that a client may be silent while it asks, or take nothing of the answer
LONGEST_SECONDS = 30.0  # of a connection, however it drips


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, address: str, port: int, handler: type[WSGIRequestHandler]) -> None:
        self.address_family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][0]
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__((address, port), handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors, which come from clients that disconnected or were too slow."""


class _Handler(WSGIRequestHandler):
    timeout = IDLE_SECONDS

    def setup(self) -> None:
        self._end = threading.Timer(LONGEST_SECONDS, self._hang_up)
        self._end.daemon = True
        self._end.start()
        super().setup()

    def finish(self) -> None:
        try:
            super().finish()
        finally:
            self._end.cancel()

    def _hang_up(self) -> None:
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended

    def log_message(self, format: str, *args: Any) -> None:
        """Suppress the log of requests."""


def _for_own_hosts(app: "WSGIApplication", settings: Settings) -> "WSGIApplication":
    """Wrap the application so that it accepts only requests whose Host is the monitor's."""

    def answer(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        if access.is_own_host(environ.get("HTTP_HOST", "localhost"), settings):
            return app(environ, start_response)
        start_response("421 Misdirected Request", [("Content-Type", "text/plain; charset=utf-8")])
        return [access.OTHER_HOST.encode()]

    return answer


def serve_scrapes(port: int, address: str, registry: CollectorRegistry, settings: Settings) -> WSGIServer:
    """Start answering scrapes in the background; raise OSError if the port is not available."""
    server = _Server(address, port, _Handler)
    server.set_app(_for_own_hosts(cast("WSGIApplication", make_wsgi_app(registry)), settings))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class OfEachModel(Collector):
    """The series of several registries, each with the label of its model."""

    def __init__(self, registries: Mapping[str, CollectorRegistry]) -> None:
        self.registries = registries

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        with ThreadPoolExecutor(len(self.registries)) as threads:  # or a slow database makes a scrape wait for each
            collected = threads.map(lambda registry: list(registry.collect()), self.registries.values())
            of_models = dict(zip(self.registries, collected, strict=True))
        for model, of_model in of_models.items():
            for family in of_model:
                labels = {} if family.name.startswith("process_") else {"model": model}  # all are in one process
                of_all = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                of_all.samples += [sample._replace(labels=labels | sample.labels) for sample in family.samples]
                if not labels:
                    of_all.samples = of_all.samples[-len(family.samples) :]
        yield from families.values()


def serve(registries: Mapping[str, CollectorRegistry], port: int, address: str, settings: Settings) -> None:
    """Answer scrapes of one model's registry from now on, or of several with the label of each model."""
    first, *others = registries.values()
    if others:
        first = CollectorRegistry()
        first.register(OfEachModel(registries))
    try:
        serve_scrapes(port, address, first, settings)
    except OSError as wrong:
        raise MonitorError(
            f"The metrics cannot be served at {address}, port {port}: {wrong.strerror}. Set MONITOR_METRICS_PORT "
            "to a free port and MONITOR_METRICS_ADDRESS to an address of this machine."
        ) from None
