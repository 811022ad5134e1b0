"""The way to everything that the database holds: one connection, and the owners of what is read, by name."""

from datetime import UTC, datetime

from pymongo.database import Database

from monitor_core.mongo.connection import Document, answered, connect
from monitor_core.mongo.counts import PredictionCounts, TrainedPredictions
from monitor_core.mongo.history.changes import Changes
from monitor_core.mongo.history.days import History
from monitor_core.mongo.history.profiles import Profiles
from monitor_core.mongo.history.trusted import TrustedDays
from monitor_core.mongo.indexes import Indexes
from monitor_core.mongo.live import Live
from monitor_core.mongo.predictions import Predictions
from monitor_core.settings.settings import Reads, Settings


class Store:
    """The predictions, which we only read (but for `logged`), and our own `monitor_*` collections.

    `database`: how it is reached, if not as the settings say.
    """

    def __init__(
        self, settings: Settings, reads: Reads = "primary", database: Database[Document] | None = None
    ) -> None:
        self.settings = settings
        self.fields = settings.fields
        self.database = connect(settings) if database is None else database
        self.collection = self.database[settings.collection]  # the predictions, raw
        self.live = Live(settings, self.collection, reads)
        self.changes = Changes(settings, self.database)
        self.history = History(settings, self.database, self.changes)
        self.profiles = Profiles(settings, self.database, self.history)
        self.trusted = TrustedDays(self.history, self.changes, self.live)
        self.counts = PredictionCounts(settings, self.collection, self.live, self.trusted)
        self.predictions = Predictions(settings, self.collection, self.live)
        self.training = TrainedPredictions(settings, self.collection)
        self.indexes = Indexes(settings, self.collection)

    @answered
    def now(self) -> datetime:
        """Return the database's clock: the loggers' own may differ and jump."""
        instant: datetime = self.database.client.admin.command("hello")["localTime"]
        return instant.astimezone(UTC)

    @answered
    def server(self) -> str:
        """Return the server's version; raise when it does not answer."""
        return str(self.database.client.server_info()["version"])
