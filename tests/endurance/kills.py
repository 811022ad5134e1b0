"""Kill loggers, the database, or both at random moments: every review arrives once."""

import random
import time
from pathlib import Path

from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from tests.documents import fields
from tests.endurance.services import DATABASE, Mongod, predictions, variables
from tests.whylabs_shaped import whylabs_shaped
from tests.workers import counted, everything, kill, local_files, rows, start

PATIENCE = 300  # seconds, of the last logger


def run(folder: Path, kills: int, seed: int) -> list[str]:
    """Return what is wrong after so many kills, a quarter of them with the database among the dead."""
    chance, written, dead = random.Random(seed), 0, 0
    mongod = Mongod(folder)
    try:
        with whylabs_shaped() as whylabs:
            whylabs.chance, whylabs.fault_rate = random.Random(seed), 0.25
            of_logger, collection = variables(mongod.uri, folder / "state", whylabs), predictions(mongod.uri)
            for _ in range(kills):
                more = chance.randrange(5, 40)
                collection.insert_many(rows(chance, written, more))
                written += more
                loggers = [start(of_logger, f"logger-{n}") for n in range(chance.choice([1, 2]))]
                time.sleep(chance.uniform(0.02, 1.2))
                if chance.random() < 0.25:
                    mongod.kill()
                    dead += 1
                    time.sleep(chance.uniform(0.02, 0.6))
                for logger in loggers:
                    kill(logger)
            whylabs.fault_rate = 0
            store = Store(Settings(mongodb_uri=mongod.uri, database=DATABASE, state_folder=folder / "state"))
            store.database["monitor_lease"].drop()
            last = start(of_logger, "last")
            last.join(PATIENCE)
            print(f"{kills} kills, {dead} of the database too; {written} reviews, {len(whylabs.received)} uploads")
            arrived = {
                "WhyLabs": counted(list(whylabs.received.values())),
                "local profiles": counted(local_files(store)),
            }
            wrong = [
                f"{name}: {c} instead of {everything(written)}"
                for name, c in arrived.items()
                if c != everything(written)
            ]
            wrong += [] if last.exitcode == 0 else ["The last logger did not end."]
            wrong += [f"uncertain: {Outbox(store).uncertain()}"] if Outbox(store).uncertain() else []
            marked = store.collection.count_documents(fields(logged=True))
            return wrong + ([] if marked == written else [f"{marked} of {written} are marked as logged"])
    finally:
        mongod.stop()
