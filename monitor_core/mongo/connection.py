"""The connection to MongoDB, and the translation of the driver's errors."""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import wraps
from itertools import chain
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import bson
from bson import ObjectId
from pymongo import DeleteOne, MongoClient, ReadPreference, UpdateOne, WriteConcern
from pymongo.collation import Collation
from pymongo.collection import Collection
from pymongo.command_cursor import CommandCursor
from pymongo.cursor import Cursor
from pymongo.database import Database
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    ConnectionFailure,
    ExecutionTimeout,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)
from pymongo.results import BulkWriteResult, DeleteResult, UpdateResult

from monitor_core.contract.errors import DatabaseRefused, DatabaseUnavailable, SettingsError
from monitor_core.mongo import embedded
from monitor_core.mongo.failures import (
    NO_RIGHT,
    ignored_option,
    message_of,
    no_answer,
    remedy_of,
    unusable_address,
    without_right,
    words_of,
)
from monitor_core.settings.settings import Reads, Settings

Document = dict[str, Any]
DUPLICATE = 11000  # MongoDB's code: there is one of this key
MOMENT_MS = 300
AT_ONCE = 10_000  # documents in one answer, if they are short; MongoDB's own number is 101
PIECE_BYTES = 4 * 2**20  # of ids at a time: far from MongoDB's 16 MB
READ_PREFERENCES: dict[Reads, Any] = {
    "primary": ReadPreference.PRIMARY,
    "primaryPreferred": ReadPreference.PRIMARY_PREFERRED,
    "secondary": ReadPreference.SECONDARY,
    "secondaryPreferred": ReadPreference.SECONDARY_PREFERRED,
    "nearest": ReadPreference.NEAREST,
}
SIMPLE = Collation(locale="simple")
OTHER_COLLATION = 167  # MongoDB's code: a view has only its own
WRONG_PASSWORD = (18, 8000)  # MongoDB's codes for "authentication failed"; the latter is Atlas'


T = TypeVar("T")


class PlainlyCompared(Collection[Document]):
    """A collection whose texts are compared as Python compares them, whatever collation its owner has given it.

    A collection with a collation of its own takes "Left" and "left" for one text in each group, query and index. So
    each operation names the simple collation. Only a view refuses another collation than its own.
    """

    def __init__(self, database: Database[Document], name: str, **options: Any) -> None:
        super().__init__(database, name, **options)
        self._view_refuses: bool | None = None  # not known before the first answer

    def with_options(self, *args: Any, **kwargs: Any) -> "PlainlyCompared":  # type: ignore[override]
        """Return the same collection with other options."""
        other = super().with_options(*args, **kwargs)
        return PlainlyCompared(
            self.database,
            self.name,
            codec_options=other.codec_options,
            read_preference=other.read_preference,
            write_concern=other.write_concern,
            read_concern=other.read_concern,
        )

    def kind(self) -> str | None:
        """Return "collection", "view" or "timeseries"; None if it does not exist, or if the user may not ask."""
        query: Document = {"filter": {"name": self.name}, "nameOnly": True, "authorizedCollections": True}
        try:
            listed: list[Document] = self.database.command("listCollections", **query)["cursor"]["firstBatch"]
        except OperationFailure as failure:
            if failure.code != NO_RIGHT:
                raise
            return None
        return str(listed[0]["type"]) if listed else None

    def may_repeat_ids(self) -> bool:
        """Return whether documents may share an id: only an ordinary collection has a unique index of them."""
        return self.kind() in ("view", "timeseries")

    def compares_otherwise(self) -> bool:
        """Return whether it is a view with a collation of its own, which allows no other."""
        if self._view_refuses is None:
            try:
                list(super().find({}, {"_id": 1}, limit=1, collation=SIMPLE))
                self._view_refuses = False
            except OperationFailure as failure:
                if failure.code != OTHER_COLLATION:
                    raise
                self._view_refuses = True
        return self._view_refuses

    def _with_collation(self, ask: Callable[[Document], T]) -> T:
        """Ask with the simple collation; without it if a view refuses it.

        A time-series collection refuses only a union; that error is left to the caller.
        """
        if self._view_refuses:
            return ask({})
        try:
            answer = ask({"collation": SIMPLE})
        except OperationFailure as failure:
            if failure.code == OTHER_COLLATION and self.compares_otherwise():
                return ask({})
            raise
        self._view_refuses = False
        return answer

    def _collation_for(self, query: Any) -> Document:
        return {} if _is_by_id(query) or self.compares_otherwise() else {"collation": SIMPLE}

    def aggregate(self, *args: Any, **kwargs: Any) -> CommandCursor[Document]:
        """Aggregate in the simple collation."""
        return self._with_collation(lambda options: Collection.aggregate(self, *args, **options | kwargs))

    def count_documents(self, *args: Any, **kwargs: Any) -> int:
        """Count in the simple collation."""
        return self._with_collation(lambda options: Collection.count_documents(self, *args, **options | kwargs))

    def distinct(self, *args: Any, **kwargs: Any) -> list[Any]:
        """List a field's values that differ in the simple collation."""
        return self._with_collation(lambda options: Collection.distinct(self, *args, **options | kwargs))

    def find(self, *args: Any, **kwargs: Any) -> Cursor[Document]:
        """Find in the simple collation."""
        query = args[0] if args else kwargs.get("filter")
        return super().find(*args, **self._collation_for(query) | kwargs)

    def update_one(self, *args: Any, **kwargs: Any) -> UpdateResult:
        """Update what is found in the simple collation."""
        return super().update_one(*args, **self._collation_for(args[0]) | kwargs)

    def update_many(self, *args: Any, **kwargs: Any) -> UpdateResult:
        """Update all that is found in the simple collation."""
        return super().update_many(*args, **self._collation_for(args[0]) | kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> DeleteResult:
        """Delete all that is found in the simple collation."""
        return super().delete_many(*args, **self._collation_for(args[0]) | kwargs)

    def bulk_write(self, requests: Sequence[Any], *args: Any, **kwargs: Any) -> BulkWriteResult:
        """Write as pymongo does; a request that is not by the id alone names its own collation."""
        for request in requests:
            if isinstance(request, UpdateOne | DeleteOne) and not _is_by_id(request._filter):
                raise ValueError("a bulk write of predictions finds them by their ids")
        return super().bulk_write(requests, *args, **kwargs)

    def create_index(self, *args: Any, **kwargs: Any) -> str:
        """Create an index with the simple collation, because our queries could not use another."""
        return super().create_index(*args, **{"collation": SIMPLE} | kwargs)


def _is_by_id(query: Any) -> bool:
    """Return whether the query is by id, in which case it uses the index of the ids in the collection's own collation.

    It finds the same documents, because the collection cannot have two ids that are equal in that collation.
    """
    return isinstance(query, Mapping) and "_id" in query and not any(name.startswith("$") for name in query)


def connect(settings: Settings, client: MongoClient[Document] | None = None) -> Database[Document]:
    """Return the database of the monitor's own collections, by a client or a new one, which connects at first use."""
    # The primary whatever the address says: what a member that lags behind tells of our own state would be acted upon.
    return (client or _client(settings)).get_database(
        settings.state_database or settings.database,
        read_preference=ReadPreference.PRIMARY,
        write_concern=WriteConcern(w="majority", j=True),
    )


def _client(settings: Settings) -> MongoClient[Document]:
    uri = settings.mongodb_uri.get_secret_value() if settings.mongodb_uri else embedded.uri(settings)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always", UserWarning)
            client: MongoClient[Document] = MongoClient(
                uri,
                tz_aware=True,
                datetime_conversion="DATETIME_AUTO",  # a date beyond the year 9999 must not spoil the whole answer
                unicode_decode_error_handler="replace",  # nor may a text that is no UTF-8
                serverSelectionTimeoutMS=3000,
                appname="prediction-monitor",
            )
    except (InvalidURI, ConfigurationError, ValueError, OSError) as failure:
        raise SettingsError(unusable_address(failure, uri)) from None
    for text in (str(warning.message) for warning in warned if warning.category is UserWarning):
        if sentence := ignored_option(text, uri):
            raise SettingsError(sentence)
    return client


def predictions_in(settings: Settings, database: Database[Document]) -> PlainlyCompared:
    """Return the collection of the predictions, connected like the database of the monitor's own collections."""
    theirs = database.client.get_database(
        settings.database, database.codec_options, database.read_preference, database.write_concern
    )
    return PlainlyCompared(theirs, settings.collection)


def reading_from(collection: Collection[Document], members: Reads) -> Collection[Document]:
    """Return the collection with reads directed to these members of a replica set."""
    return collection.with_options(read_preference=READ_PREFERENCES[members])


def is_embedded(settings: Settings) -> bool:
    return settings.mongodb_uri is None


def place(settings: Settings) -> str:
    """Return the address of the database without credentials."""
    if not settings.mongodb_uri:
        return "the bundled MongoDB"
    hosts = settings.mongodb_uri.get_secret_value().rsplit("@")[-1].split("://")[-1].split("/")[0].split("?")[0]
    return hosts if re.fullmatch(r"[\w.\-:,%\[\]]+", hosts) else "the configured address"


@contextmanager
def answering(settings: Settings) -> Iterator[None]:
    """Translate the driver's errors into MonitorErrors with a remedy."""
    where = place(settings)
    try:
        yield
    except (ConnectionFailure, AutoReconnect) as failure:
        raise DatabaseUnavailable(no_answer(str(failure), where, is_embedded(settings))) from None
    except OperationFailure as failure:
        if failure.code == NO_RIGHT:
            ours = settings.state_database or settings.database
            raise DatabaseRefused(without_right(str(failure), where, ours)) from None
        if failure.code in WRONG_PASSWORD:
            raise DatabaseRefused(
                f"MongoDB at {where} refused us: {words_of(failure.code)}. {remedy_of(failure.code)}."
            ) from None
        sentence = f"MongoDB at {where} could not do it: {words_of(failure.code, message_of(failure))}."
        raise DatabaseRefused(f"{sentence} {remedy_of(failure.code)}.") from None
    except ConfigurationError as failure:
        uri = settings.mongodb_uri.get_secret_value() if settings.mongodb_uri else ""
        raise DatabaseRefused(unusable_address(failure, uri)) from None
    except PyMongoError as failure:
        raise DatabaseRefused(f"MongoDB at {where} failed with {type(failure).__name__}. {remedy_of(None)}.") from None


class Asks(Protocol):
    @property
    def settings(self) -> Settings: ...


P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound=Asks)


def answered(method: Callable[Concatenate[A, P], R]) -> Callable[Concatenate[A, P], R]:
    """Decorate a method that queries the database, so that the driver's errors are translated."""

    @wraps(method)
    def ask(self: A, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with answering(self.settings):
            return method(self, *args, **kwargs)

    return ask


def within_a_moment(
    collection: Collection[Document], stages: list[Document], index: str, most_ms: int = MOMENT_MS
) -> list[Document] | None:
    """Return the result of an aggregation through this index; None if it exceeds the time that a page may wait."""
    try:
        return list(collection.aggregate(stages, hint=index, maxTimeMS=most_ms))
    except ExecutionTimeout:
        return None


def united(collection: Collection[Document], pipelines: list[list[Document]]) -> Iterator[tuple[int, Document]]:
    """Yield the documents of several aggregations, each with the index of its pipeline, in a single round trip.

    Over a slow network the round trip takes as long as a short query. No stage may set the field `__of`.
    """
    if not pipelines:
        return
    first, *others = ([*stages, {"$set": {"__of": index}}] for index, stages in enumerate(pipelines))
    unions = [{"$unionWith": {"coll": collection.name, "pipeline": stages}} for stages in others]
    try:
        answers = [collection.aggregate([*first, *unions], batchSize=AT_ONCE)]
    except OperationFailure as failure:
        if failure.code != OTHER_COLLATION:
            raise
        answers = [collection.aggregate(stages, batchSize=AT_ONCE) for stages in (first, *others)]
    for document in chain.from_iterable(answers):
        yield int(document.pop("__of")), document


def id_key(document_id: Any) -> bytes:
    """Return a hashable key that is equal only for equal ids: ids may be unhashable, and in Python 1 equals True.

    >>> id_key({"a": 1}) == id_key({"a": 1}), id_key(True) == id_key(1)
    (True, False)
    """
    if isinstance(document_id, ObjectId):  # nearly all are, and this is several times as fast
        return b"\x07" + document_id.binary
    return bson.encode({"": document_id})


def id_keys(ids: Iterable[Any]) -> set[bytes]:
    return set(map(id_key, ids))


def in_pieces(ids: list[Any], most: int) -> list[list[Any]]:
    """Split ids into lists of at most `most`, each small enough for one document and one command."""
    if len(ids) <= 1 or (len(ids) <= most and len(bson.encode({"ids": ids})) <= PIECE_BYTES):
        return [ids] if ids else []
    half = len(ids) // 2
    return in_pieces(ids[:half], most) + in_pieces(ids[half:], most)


def storable(value: Any) -> Any:
    """Convert a value for MongoDB: dates to text, dataclasses to documents; instants stay as they are."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: storable(getattr(value, f.name)) for f in fields(value)}
    return [storable(item) for item in value] if isinstance(value, tuple | list) else value
