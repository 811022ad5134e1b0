"""Notification addresses in apprise's notation: split, validated, and named without their secrets."""

import json
import logging
import re


def split(text: str) -> list[str]:
    """Split a text into addresses: JSON, or separated by commas or spaces; a comma within an address does not split it.

    >>> split("slack://a/b, mailto://c?to=d,e")
    ['slack://a/b', 'mailto://c?to=d,e']
    >>> split('["json://a"]')
    ['json://a']
    """
    if text.lstrip().startswith("["):
        return list(json.loads(text))
    return [
        address for address in re.split(r"[,\s]+(?=[A-Za-z][A-Za-z0-9+.-]*://)|\s+", text.strip(" ,\t\n")) if address
    ]


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
