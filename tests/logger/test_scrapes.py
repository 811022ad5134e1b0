"""The server of /metrics and clients that are slow, silent or many."""

import socket
import time
from collections.abc import Iterator

import httpx2
import pytest
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor_core.logger import scrapes
from monitor_core.logger.scrapes import OfEachModel, serve_scrapes
from monitor_core.settings.settings import Settings


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(scrapes, "MOST_CONNECTIONS", 4)
    monkeypatch.setattr(scrapes, "LONGEST_SECONDS", 2.0)
    monkeypatch.setattr(scrapes._Handler, "timeout", 1.0)
    registry = CollectorRegistry()
    Gauge("answer", "An answer.", registry=registry).set(42)
    server = serve_scrapes(0, "127.0.0.1", registry, Settings())
    yield "127.0.0.1", server.server_port
    server.shutdown()
    server.server_close()


def scraped(address: tuple[str, int]) -> bool:
    try:
        return "answer 42.0" in httpx2.get(f"http://{address[0]}:{address[1]}/metrics", timeout=10).text
    except httpx2.HTTPError:
        return False


def test_silent_clients_hold_up_nobody_and_are_hung_up_on(address: tuple[str, int]) -> None:
    silent = [socket.create_connection(address) for _ in range(3)]
    assert scraped(address)
    silent += [socket.create_connection(address) for _ in range(20)]
    end = time.monotonic() + 60
    while not scraped(address):
        assert time.monotonic() < end
        time.sleep(0.1)
    for connection in silent:
        connection.close()


def test_a_dripping_client_is_hung_up_on(address: tuple[str, int], capfd: pytest.CaptureFixture[str]) -> None:
    def drip(connection: socket.socket) -> None:
        for byte in b"GET /metrics HTTP/1.1\r\nX-Long: " + b"x" * 1000:
            connection.send(bytes([byte]))
            time.sleep(0.1)

    with socket.create_connection(address) as connection:
        began = time.monotonic()
        with pytest.raises(OSError):
            drip(connection)
        assert time.monotonic() - began < 30
    assert capfd.readouterr().err == ""


class Slow(Collector):
    def collect(self) -> Iterator[Metric]:
        time.sleep(1)
        yield GaugeMetricFamily("answer", "An answer.", value=42)


def test_a_scrape_of_several_models_waits_for_the_slowest_and_not_for_each_in_turn() -> None:
    registries = {f"model-{number}": CollectorRegistry() for number in range(5)}
    for registry in registries.values():
        registry.register(Slow())
    began = time.monotonic()
    (family,) = OfEachModel(registries).collect()
    assert [sample.labels["model"] for sample in family.samples] == list(registries)
    assert time.monotonic() - began < 4
