"""A few raw documents of a collection, and the collections and databases around it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

import bson
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import OperationFailure

from monitor_core.mongo.connection import MOMENT_MS, Document, answered, id_key, id_keys
from monitor_core.mongo.store import Store
from monitor_core.settings.documents import OF_MONGODB

FEW = 10  # documents at each end of a collection
FEW_OF_OTHERS = 3
AT_A_TIME = 2  # documents in memory, before it is known how large they are
MOST_BYTES = 4 * 2**20  # of all documents of a collection that are read
MOST_COLLECTIONS = 30
SEARCH_SECONDS = 3.0  # for everything around the collection
TEXTS_OF = 10_000  # documents whose texts are listed
MOST_TEXTS = 200


@dataclass(frozen=True)
class Neighbour:
    """A collection other than the configured one."""

    database: str
    name: str
    documents: int | None  # about as many; None if the server does not say so at once
    few: tuple[Document, ...]  # raw


class Surroundings:
    """The collection of the predictions as it is, without the settings of its fields."""

    def __init__(self, store: Store, taken: frozenset[tuple[str, str]] = frozenset()) -> None:
        """`taken`: databases and collections of other models, which are no neighbours."""
        self.settings = store.settings
        self.collection = store.collection
        self.taken = {(self.collection.database.name, self.collection.name), *taken}

    @property
    def has_other_models(self) -> bool:
        return len(self.taken) > 1

    @answered
    def exists(self) -> bool:
        """Return whether the collection exists, as far as the user may see it."""
        return self.collection.name in _names(self.collection.database)

    @answered
    def number(self) -> int:
        """Return about how many documents the collection has."""
        return _number(self.collection) or 0

    @answered
    def few(self) -> list[Document]:
        """Return a few raw documents: the oldest, and the newest by their ids."""
        oldest = list(_read(self.collection, 1))
        seen = id_keys(document.get("_id") for document in oldest)
        newest = [document for document in _read(self.collection, -1) if id_key(document.get("_id")) not in seen]
        return oldest + newest

    @answered
    def texts(self, path: str, collection: Collection[Document] | None = None) -> list[str]:
        """Return the different texts of a field in the newest documents; empty if listing them takes long."""
        stages: list[Document] = [
            {"$sort": {"_id": -1}},
            {"$limit": TEXTS_OF},
            {"$group": {"_id": f"${path}"}},
            {"$limit": MOST_TEXTS},
        ]
        place = self.collection if collection is None else collection
        try:
            groups = [group["_id"] for group in place.aggregate(stages, maxTimeMS=10 * MOMENT_MS)]
        except OperationFailure:
            return []
        values = [value for group in groups for value in (group if isinstance(group, list) else [group])]
        return sorted({value for value in values if isinstance(value, str)})

    def texts_of(self, neighbour: Neighbour, path: str) -> list[str]:
        """Return the different texts of a field of another collection."""
        return self.texts(path, self.collection.database.client[neighbour.database][neighbour.name])

    @answered
    def neighbours(self) -> list[Neighbour]:
        """Return the other collections, the likeliest first: of this database, and by their names."""
        began = time.monotonic()
        near: list[Neighbour] = []
        for database in self._databases():
            names = [name for name in _names(database) if (database.name, name) not in self.taken]
            for name in sorted(names, key=lambda name: (-_likeness(name, self.collection.name), name)):
                if time.monotonic() - began > SEARCH_SECONDS or len(near) >= MOST_COLLECTIONS:
                    return near
                near += _neighbour(database, name)
        return near

    def _databases(self) -> Iterator[Database[Document]]:
        """Yield the configured database, and the others that the user may see."""
        yield self.collection.database
        client, own = self.collection.database.client, self.collection.database.name
        others = [name for name in client.list_database_names() if name not in (*OF_MONGODB, own)]
        yield from (client[name] for name in sorted(others, key=lambda name: (-_likeness(name, own), name)))


def _names(database: Database[Document]) -> list[str]:
    names = database.list_collection_names(authorizedCollections=True)
    return [name for name in names if not name.startswith(("monitor_", "system."))]


def _likeness(name: str, other: str) -> float:
    return SequenceMatcher(a=name.lower(), b=other.lower(), autojunk=False).ratio()


def _neighbour(database: Database[Document], name: str) -> list[Neighbour]:
    collection = database[name]
    try:
        few = tuple(_read(collection, -1, FEW_OF_OTHERS))
    except OperationFailure:  # it takes too long, or we may not look
        return []
    return [Neighbour(database.name, name, _number(collection), few)]


def _number(collection: Collection[Document]) -> int | None:
    try:
        return collection.estimated_document_count(maxTimeMS=MOMENT_MS)
    except OperationFailure:
        return None


def _read(collection: Collection[Document], order: int, most: int = FEW) -> Iterator[Document]:
    """Yield documents from one end, as many as fit into memory without harm: they may hold whole images."""
    read = 0
    documents = collection.find({}, sort=[("_id", order)], limit=most, batch_size=AT_A_TIME, max_time_ms=10 * MOMENT_MS)
    for document in documents:
        yield document
        read += len(bson.encode(document))
        if read > MOST_BYTES:
            return
