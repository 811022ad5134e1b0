"""A single HTTP request to a foreign server: bounded in time and size, and to public addresses only."""

import ipaddress
import socket
import time
import urllib.request
from dataclasses import dataclass

import httpx2

from monitor_core.logger.deadline import Overdue, call_within
from monitor_core.logger.sender import MOST_BYTES, retry_after


class NotPublic(Exception):
    """The address that a server handed out leads into a private network."""


@dataclass(frozen=True)
class Answer:
    """The answer to a request: its status, and the beginning of its body."""

    status: int
    body: bytes  # at most MOST_BYTES of it
    retry_after: float | None  # seconds, if the server says when to come again


def exchange(request: httpx2.Request, timeout: httpx2.Timeout, seconds: float, name: str) -> Answer:
    """Return the answer to a request; raise httpx2.TimeoutException after `seconds` in total, even while data arrives.

    `name`: the server's name; while a request to it hangs, no other begins.
    """
    client = httpx2.Client(timeout=timeout)
    try:
        return call_within(seconds, name, lambda: _send(client, request, time.monotonic() + seconds))
    except Overdue:
        raise httpx2.ReadTimeout("the whole exchange took too long", request=request) from None
    finally:
        client.close()  # also of an exchange that hangs: with its next byte it ends


def _send(client: httpx2.Client, request: httpx2.Request, until: float) -> Answer:
    request.headers["Accept-Encoding"] = "identity"  # or few bytes may become very many
    answer = client.send(request, stream=True)
    try:
        body = b""
        if request.method != "PUT":  # of an upload, the status says all
            for piece in answer.iter_raw():
                body += piece[: MOST_BYTES - len(body)]
                if len(body) >= MOST_BYTES or time.monotonic() > until:
                    break
        return Answer(answer.status_code, body, retry_after(answer.headers))
    finally:
        answer.close()


# ---- where an address leads


def is_private(host: str) -> bool:
    """Return whether a host is in a private network: any of its addresses is not public."""
    return not all(map(_is_global, addresses_of(host)))


def addresses_of(host: str) -> list[str]:
    """Return the IP addresses of a host."""
    try:
        places = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(place[4][0]) for place in places))


def _is_global(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not parsed.is_multicast


def pinned(request: httpx2.Request) -> httpx2.Request:
    """Return the request with the looked-up public address in place of the host name, so that it cannot change later.

    Raise NotPublic unless it is https to a host whose addresses are public. Behind a proxy, which looks up names
    itself, only numeric addresses can be checked.
    """
    url = request.url
    if url.scheme != "https":
        raise NotPublic
    if "https" in urllib.request.getproxies():
        try:
            ipaddress.ip_address(url.host)
        except ValueError:
            return request
    addresses = addresses_of(url.host)
    if not addresses or not all(map(_is_global, addresses)):
        raise NotPublic
    request.extensions = dict(request.extensions) | {"sni_hostname": url.host}  # whose certificate is asked for
    request.headers["Host"] = url.netloc.decode("ascii")
    request.url = url.copy_with(host=addresses[0])
    return request
