"""Documents whose counts a scrape is compared with."""

import random
import socket
from datetime import datetime, timedelta
from typing import Any

from monitor_core.mongo.store import Store
from tests.documents import at, fields

NOW = at(2026, 10, 31, 12)


ODD = 'a "quoted" \\ back\\nslash\nand a new line'


NAMES = {0: "SIGRE", 1: ODD, 2: "green_point"}


Row = tuple[int, int, int]  # target, prediction, days ago


def document(target: Any, prediction: int, days_ago: float, now: datetime = NOW, **more: Any) -> dict[str, Any]:
    reviewed_at = None if target is None else now - timedelta(days=days_ago)
    made = fields(
        filename="a.png",
        prediction=prediction,
        validated=target,
        predicted_at=now - timedelta(days=days_ago, hours=1),
        validated_at=reviewed_at,
        logged=True,
    )
    return made | fields(**more)


def some_rows(count: int, classes: int = 3, seed: int = 1) -> list[Row]:
    draw = random.Random(seed)
    targets = [draw.randrange(classes) for _ in range(count)]
    return [(t, t if draw.random() < 0.8 else draw.randrange(classes), draw.randrange(40)) for t in targets]


def write(store: Store, rows: list[Row], now: datetime = NOW) -> None:
    store.collection.insert_many([document(*row, now=now) for row in rows])


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
