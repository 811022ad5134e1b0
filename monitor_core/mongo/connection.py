"""The connection to MongoDB, and the translation of the driver's errors."""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import bson
from bson import ObjectId
from pymongo import MongoClient, ReadPreference, WriteConcern
from pymongo.collection import Collection
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

from monitor_core.contract.errors import DatabaseRefused, DatabaseUnavailable, SettingsError
from monitor_core.mongo import embedded
from monitor_core.mongo.failures import (
    NO_RIGHT,
    message_of,
    no_answer,
    remedy_of,
    unusable_address,
    without_right,
    words_of,
)
from monitor_core.settings.settings import DEFAULT_MODEL, Reads, Settings

Document = dict[str, Any]
Answer = TypeVar("Answer")
_answers: ContextVar[dict[Hashable, Any] | None] = ContextVar("answers", default=None)  # of the moment; None: in none
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
WRONG_PASSWORD = (18, 8000)  # MongoDB's codes for "authentication failed"; the latter is Atlas'


def connect(settings: Settings) -> Database[Document]:
    """Return the database of the monitor's own collections; it connects with the first query, not here."""
    uri = settings.mongodb_uri.get_secret_value() if settings.mongodb_uri else embedded.uri(settings)
    try:
        client: MongoClient[Document] = MongoClient(
            uri,
            tz_aware=True,
            datetime_conversion="DATETIME_AUTO",  # a date beyond the year 9999 must not spoil the whole answer
            unicode_decode_error_handler="replace",  # nor may a text that is no UTF-8
            serverSelectionTimeoutMS=3000,
            appname="prediction-monitor",
        )
    except (InvalidURI, ConfigurationError, ValueError, OSError) as failure:
        raise SettingsError(unusable_address(failure)) from None
    # The primary whatever the address says: what a member that lags behind tells of our own state would be acted upon.
    return client.get_database(
        settings.state_database or settings.database,
        read_preference=ReadPreference.PRIMARY,
        write_concern=WriteConcern(w="majority", j=True),
    )


class Ours:
    """The collections of our own that belong to one model: those of every model but the default one bear its name."""

    def __init__(self, settings: Settings, database: Database[Document]) -> None:
        self.database = database
        self.suffix = suffix_of(settings.model)

    def __getitem__(self, name: str) -> Collection[Document]:
        return self.database[name + self.suffix]


def suffix_of(model: str) -> str:
    """Return how the names of a model's collections end.

    >>> suffix_of("default"), suffix_of("cats")
    ('', '.cats')
    """
    return "" if model == DEFAULT_MODEL else f".{model}"


def of_model(settings: Settings) -> Document:
    """Return what every document of our own collections holds."""
    return {"model": settings.model}


def predictions_in(settings: Settings, database: Database[Document]) -> Collection[Document]:
    """Return the collection of the predictions, connected like the database of the monitor's own collections."""
    theirs = database.client.get_database(
        settings.database, database.codec_options, database.read_preference, database.write_concern
    )
    return theirs[settings.collection]


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
    except PyMongoError as failure:
        raise DatabaseRefused(
            f"MongoDB at {where} failed with {type(failure).__name__}. The next run tries it again."
        ) from None


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


def within_a_moment(collection: Collection[Document], stages: list[Document], index: str) -> list[Document] | None:
    """Return the result of an aggregation through this index; None if it exceeds the time that a page may wait."""
    try:
        return list(collection.aggregate(stages, hint=index, maxTimeMS=MOMENT_MS))
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
    for document in collection.aggregate([*first, *unions], batchSize=AT_ONCE):
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


# ---- one moment: what is asked twice within it is answered once, so that the figures of a page rest on the same state


@contextmanager
def one_moment() -> Iterator[None]:
    """Let all that is asked within the block be of one moment.

    >>> with one_moment():
    ...     [asked_once("what", asked.pop) for asked in ([1, 2], [3, 4])]
    [2, 2]
    >>> [asked_once("what", asked.pop) for asked in ([1, 2], [3, 4])]
    [2, 4]
    """
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def asked_once(question: Hashable, ask: Callable[[], Answer]) -> Answer:
    """Return the answer that this moment has for the question, or ask; outside of any moment, always ask."""
    answers = _answers.get()
    if answers is None:
        return ask()
    if question not in answers:
        answers[question] = ask()
    answer: Answer = answers[question]
    return answer
