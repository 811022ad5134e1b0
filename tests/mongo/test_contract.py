"""MongoDB's package keeps to what every database's package has to."""

from typing import Any

from tests.contracts.database import DatabaseContract
from tests.documents import Document


class TestMongo(DatabaseContract):
    """The suite, over a real mongod."""

    package = "monitor_core.mongo"

    def insert(self, store: Any, documents: list[Document]) -> None:
        store.collection.insert_many(documents)

    def empty(self, store: Any) -> None:
        store.collection.drop()

    def stored(self, store: Any) -> list[Document]:
        return list(store.collection.find())
