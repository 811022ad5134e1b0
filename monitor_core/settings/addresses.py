"""Notification addresses in apprise's notation: split, validated, and named without their secrets."""

import json
import logging
import re

NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,29})=(?=[A-Za-z][A-Za-z0-9+.-]*://)")
START = r"(?:[A-Za-z0-9][A-Za-z0-9_-]*=)?[A-Za-z][A-Za-z0-9+.-]*://"  # of an address, with its name if it has one


def split(text: str) -> list[str]:
    """Split a text into addresses: JSON, or separated by commas or spaces; a comma within an address does not split it.

    >>> split("slack://a/b, mailto://c?to=d,e")
    ['slack://a/b', 'mailto://c?to=d,e']
    >>> split('["json://a"] '), split("team=slack://a/b ops=json://c")
    (['json://a'], ['team=slack://a/b', 'ops=json://c'])
    """
    if text.lstrip().startswith("["):
        return list(json.loads(text))
    return [address for address in re.split(rf"[,\s]+(?={START})|\s+", text.strip(" ,\t\n")) if address]


def parted(text: str) -> tuple[str | None, str]:
    """Return the name that somebody has given to an address, if any, and the address.

    >>> parted("team=slack://a/b"), parted("json://a?next=json://c")
    (('team', 'slack://a/b'), (None, 'json://a?next=json://c'))
    """
    name = NAMED.match(text)
    return (name[1], text[name.end() :]) if name else (None, text)


def understood(address: str) -> bool:
    """Return whether apprise supports the address; does not connect to anything."""
    from apprise import Apprise  # late: a third of a second and 30 MB, for who has notifications

    logging.getLogger("apprise").disabled = True  # its lines may hold pieces of the address
    return Apprise.instantiate(address) is not None


def scheme(address: str) -> str:
    """Return the scheme of an address that apprise supports: the only part of it that may be shown.

    >>> scheme("mailto://monitor:secret@example.org")
    'mailto'
    >>> scheme("secret")
    'address'
    """
    prefix = re.match(r"([a-z][a-z0-9+.-]*)://", address, re.IGNORECASE)
    return prefix[1].lower() if prefix else "address"
