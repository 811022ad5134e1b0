"""The store: one connection, and the objects that read and write through it."""

import time
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime

import pymongo
from pymongo.collection import Collection
from pymongo.database import Database

from monitor_core.contract.bases import Basis
from monitor_core.mongo.connection import Document, answered, connect, predictions_in
from monitor_core.mongo.counts import PredictionCounts, TrainedPredictions
from monitor_core.mongo.failures import Part, lacks
from monitor_core.mongo.history.archive import Archive
from monitor_core.mongo.history.changes import Changes
from monitor_core.mongo.history.days import History
from monitor_core.mongo.history.profiles import Profiles
from monitor_core.mongo.history.trusted import TrustedDays
from monitor_core.mongo.indexes import Indexes
from monitor_core.mongo.live import Live
from monitor_core.mongo.models import Ours
from monitor_core.mongo.predictions import Predictions
from monitor_core.mongo.state import State
from monitor_core.mongo.superseded import CountedPredictions, Superseded
from monitor_core.mongo.unmarked import Unmarked
from monitor_core.settings.settings import Reads, Settings


class Store:
    """The predictions, read-only but for `logged` and the app's reviews, and the monitor's own `monitor_*` ones.

    `database`: the database of the monitor's own collections, if not the one of the settings.
    """

    def __init__(
        self, settings: Settings, reads: Reads = "primary", database: Database[Document] | None = None
    ) -> None:
        self.settings = settings
        self.fields = settings.fields
        self.database = connect(settings) if database is None else database  # of our own collections
        self.ours = Ours(settings, self.database)
        self.collection = predictions_in(settings, self.database)  # raw
        self.superseded = Superseded(settings, self.ours)
        self.counted = CountedPredictions(self.collection, self.superseded)
        self.live = Live(settings, self.collection, self.counted.of_members(reads))
        self.state = State(settings, self.ours)
        self.changes = Changes(settings, self.ours)
        self.history = History(settings, self.ours, self.state, self.changes)
        self.profiles = Profiles(settings, self.ours, self.history)
        self.archive = Archive(self.history, self.profiles, self.state, self.changes)
        self.trusted = TrustedDays(self.history, self.state, self.changes, self.live)
        self.counts = PredictionCounts(settings, self.counted, self.live, self.trusted)
        self.unmarked = Unmarked(settings, self.ours)
        self.predictions = Predictions(settings, self.collection, self.live, self.unmarked, self.counted)
        self.training = TrainedPredictions(settings, self.counted)
        self.indexes = Indexes(settings, self.collection)
        self._version: str | None = None  # of the server, once asked

    def of_another(self, settings: Settings, reads: Reads = "primary") -> "Store":
        """Return the store of another model, on the same connection: each has threads and sockets of its own."""
        return Store(settings, reads, connect(settings, self.database.client))

    @answered
    def now(self) -> datetime:
        """Return the time of the database's clock, because the clocks of loggers may differ and jump."""
        instant: datetime = self.database.client.admin.command("hello")["localTime"]
        return instant.astimezone(UTC)

    def first_day(self, basis: Basis) -> date | None:
        """Return the earliest local day with a prediction by this basis, or of a sealed day."""
        preserved = (lossy.day for lossy in self.history.preserved(basis))
        return min((day for day in (self.predictions.first_day(basis), next(preserved, None)) if day), default=None)

    @answered
    def round_trip(self, seconds: float) -> tuple[float, datetime]:
        """Return the seconds that the database takes to say its time, and that; raise if it takes longer than this."""
        began = time.monotonic()
        with pymongo.timeout(seconds):
            now = self.now()
        return time.monotonic() - began, now

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """Return a context in which all queries together may take `seconds`; then they raise."""
        return pymongo.timeout(seconds)

    @answered
    def server(self) -> str:
        """Return the server's version; raise when it does not answer."""
        return str(self.database.client.server_info()["version"])

    def lacks(self, part: Part) -> str | None:
        """Return why a part of the monitor does not work with this server, and what still does; None if it works.

        The version is requested once, and again only if something does not work: the server may have been upgraded.
        """
        if self._version is None or lacks(self._version, part):
            self._version = self.server()
        return lacks(self._version, part)

    @answered
    def may(self, action: str, collection: Collection[Document]) -> bool:
        """Return whether the user has this right on a collection; without access control every user has."""
        who = self.database.client.admin.command("connectionStatus", showPrivileges=True)["authInfo"]
        granted = (right["resource"] for right in who["authenticatedUserPrivileges"] if action in right["actions"])
        return not who["authenticatedUsers"] or any(_covers(resource, collection) for resource in granted)


def open_store(settings: Settings, reads: Reads = "primary") -> Store:
    """Return the store; raise StateTooNew if a later version of the monitor has written its state."""
    return checked(Store(settings, reads))


def checked(store: Store) -> Store:
    """Return the store; raise StateTooNew if a later version of the monitor has written its state."""
    store.state.check_format()
    return store


def _covers(resource: Document, collection: Collection[Document]) -> bool:
    """Return whether a resource of MongoDB's access control covers the collection; "" stands for all."""
    of_database = resource.get("db") in ("", collection.database.name)
    return bool(resource.get("anyResource")) or (of_database and resource.get("collection") in ("", collection.name))
