"""The training set's class counts, as the predictions tell them."""

from pymongo.collection import Collection

from monitor_core.contract.documents import Review, class_of, review_of
from monitor_core.mongo.connection import Document, answered
from monitor_core.settings.settings import Settings


class TrainedPredictions:
    """The predictions that the model was trained on since: those with `trained: true`."""

    def __init__(self, settings: Settings, collection: Collection[Document]) -> None:
        self.settings = settings
        self.collection = collection

    @answered
    def by_class(self) -> dict[int, int]:
        """Class -> predictions with a known true class."""
        f = self.settings.fields
        key = {"v": f"${f.validated}", "p": f"${f.prediction}"}
        counts: dict[int, int] = {}
        stages: list[Document] = [{"$match": {f.trained: True}}, {"$group": {"_id": key, "n": {"$sum": 1}}}]
        for group in self.collection.aggregate(stages):
            target = review_of(group["_id"].get("v"), class_of(group["_id"].get("p")), dated=True)
            if not isinstance(target, Review):
                counts[target] = counts.get(target, 0) + group["n"]
        return counts
