"""MongoDB's package keeps to what every database's package has to."""

from typing import Any

from monitor_core.mongo.reading import as_contract
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
        return [{name: as_contract(value) for name, value in one.items()} for one in store.collection.find()]
