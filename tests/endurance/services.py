"""A database, settings and an HTTP server shaped like WhyLabs, for the services that are tried."""

from pathlib import Path
from typing import Any

from pymongo import MongoClient, WriteConcern

from monitor_core.mongo import embedded
from tests.whylabs_shaped import KEY, WhyLabsShaped

DATABASE = "endurance"


def variables(uri: str, state: Path, whylabs: WhyLabsShaped) -> dict[str, str]:
    """Return the environment of a logger that sends to WhyLabs and keeps local profiles."""
    return {
        "MONITOR_MONGODB_URI": uri,
        "MONITOR_DATABASE": DATABASE,
        "MONITOR_STATE_FOLDER": str(state),
        "MONITOR_LOG_BATCH": "40",
        "WHYLABS_API_KEY": KEY,
        "WHYLABS_DEFAULT_ORG_ID": "org-1",
        "WHYLABS_DEFAULT_DATASET_ID": "model-1",
        "WHYLABS_API_ENDPOINT": whylabs.address,
    }


def predictions(uri: str) -> Any:
    """Return the collection as the model and the reviewers write it: what is acknowledged is on the disk."""
    safe = WriteConcern("majority", j=True)
    return MongoClient[dict[str, Any]](uri, tz_aware=True)[DATABASE].get_collection("image_logs", write_concern=safe)


class Mongod:
    """A mongod that can be killed and started again on the same data."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.sockets = folder, embedded.run_folder(folder)
        self.process = embedded.start(folder / "data", self.sockets)
        self.uri = "mongodb://" + str(self.sockets / embedded.SOCKET).replace("/", "%2F")

    def kill(self) -> None:
        """End it as a power cut does, and start it again."""
        self.process.kill()
        self.process.wait()
        self.process = embedded.start(self.folder / "data", self.sockets)

    def stop(self) -> None:
        embedded.stop(self.process)
