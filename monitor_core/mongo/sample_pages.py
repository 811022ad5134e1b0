"""Positions of pages of samples, as tokens for web addresses."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import bson
from bson import ObjectId
from bson.codec_options import CodecOptions

from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Sample
from monitor_core.mongo.connection import Document

PAGE = 24  # samples; divides into 2, 3, 4 and 6 columns
LONGEST_TOKEN = 1000
OPTIONS: CodecOptions[Document] = CodecOptions(tz_aware=True)


@dataclass(frozen=True)
class Place:
    """The position of a page: after a sample or, backwards, before it; without a sample, the first or last page."""

    key: datetime | float | None = None  # what the order compares
    id: Any = None
    backwards: bool = False
    number: int = 1  # of the page, as far as it was counted on the way

    def token(self) -> str:
        """Return the token for the address; "" is the first page."""
        if self == Place():
            return ""
        fields = {"k": self.key, "i": self.id, "b": self.backwards, "n": self.number}
        return base64.urlsafe_b64encode(bson.encode(fields)).decode().rstrip("=")


@dataclass(frozen=True)
class Page:
    samples: tuple[Sample, ...]
    place: Place
    before: Place | None  # None: this is the first
    after: Place | None


def place_of(token: str) -> Place:
    """Parse a token; raise MonitorError if it is not valid."""
    if not token:
        return Place()
    try:
        if len(token) > LONGEST_TOKEN:
            raise ValueError(f"{len(token)} characters")
        fields = bson.decode(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)), OPTIONS)
        place = Place(fields["k"], fields["i"], bool(fields["b"]), int(fields["n"]))
        if not isinstance(place.key, datetime | float | int | None):
            raise TypeError(type(place.key).__name__)
    except (bson.errors.BSONError, binascii.Error, KeyError, ValueError, TypeError):
        raise MonitorError(
            "The page in the address cannot be read, so this is the first page. Turn the pages from here."
        ) from None
    return place


def sample_token(sample_id: Any) -> str:
    """Return the token of a sample's id for the address; that of an ObjectId is its own notation."""
    if isinstance(sample_id, ObjectId):
        return str(sample_id)
    return base64.urlsafe_b64encode(bson.encode({"i": sample_id})).decode().rstrip("=")


def sample_id_of(token: str) -> Any:
    """Return the id that a token stands for; None if it is not valid."""
    if ObjectId.is_valid(token):
        return ObjectId(token)
    try:
        return bson.decode(base64.urlsafe_b64decode(token[:LONGEST_TOKEN] + "=" * (-len(token) % 4)), OPTIONS)["i"]
    except (bson.errors.BSONError, binascii.Error, KeyError, ValueError):
        return None


def next_to(keys: Sequence[Document], place: Place, step: int) -> Place:
    """Return the position after the page with these keys (step 1), or before it (step -1)."""
    if not keys or (step < 0 and place.number == 2):
        return Place()
    edge = keys[0] if step < 0 else keys[-1]
    return Place(edge["_key"], edge.get("_id"), step < 0, max(1, place.number + step))


def last_page(count: int) -> Place:
    """Return the position of the last page, counted backwards from the end."""
    return Place(backwards=True, number=max(1, -(-count // PAGE)))
