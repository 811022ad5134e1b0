"""An exchange's bounds: what a server's headers say, and where its addresses lead; see also test_whylabs."""

import httpx2
import pytest

from monitor_core.logger.destinations.exchange import is_private
from monitor_core.logger.sender import retry_after


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "7.5"}, None),
        ({"Retry-After": "86400"}, 1800),
        ({"Retry-After": "Sun, 29 Nov 2026 12:00:30 GMT"}, None),  # by whose clock?
        ({"Retry-After": "Sun, 29 Nov 2026 12:00:30 GMT", "Date": "Sun, 29 Nov 2026 12:00:00 GMT"}, 30),
        ({"Retry-After": "Sun, 29 Nov 2026 11:00:00 GMT", "Date": "Sun, 29 Nov 2026 12:00:00 GMT"}, 0),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_server_s_clock(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(httpx2.Headers(headers)) == seconds


@pytest.mark.parametrize(
    ("host", "private"), [("127.0.0.1", True), ("localhost", True), ("192.168.1.1", True), ("8.8.8.8", False)]
)
def test_an_address_of_our_own_network_is_private(host: str, private: bool) -> None:
    assert is_private(host) is private
