"""The sums by scene, against pandas on the raw rows."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.logger import history as stored_history
from monitor_core.mongo.counting.scenes import scene_sums
from monitor_core.mongo.store import Store
from monitor_core.scores.counts import OVERALL
from tests.documents import at, prediction

FIRST = date(2026, 10, 1)
PERIOD = Period(FIRST, FIRST + timedelta(2))


@pytest.fixture
def store(make_store: Callable[..., Store]) -> Store:
    return make_store(fields={"scene": "meta.sequence"})


def rows_of(seed: int, rows: int = 400) -> pd.DataFrame:
    """Samples of which some have a scene, some none; some are rejected, some not reviewed."""
    rng = np.random.default_rng(seed)
    scene = [f"s{n}" if n < 30 else None for n in rng.integers(0, 40, rows)]
    target, predicted = rng.integers(0, 4, rows), rng.integers(0, 4, rows)
    kind = rng.choice(["class", "rejected", "waiting"], rows, p=[0.8, 0.1, 0.1])
    return pd.DataFrame(
        {"day": rng.integers(0, 3, rows), "scene": scene, "target": target, "predicted": predicted, "kind": kind}
    )


def insert(store: Store, table: pd.DataFrame) -> None:
    answers = {"rejected": False, "waiting": None}
    documents = [
        prediction(
            at(2026, 10, 1 + row.day, 9),
            predicted=row.predicted,
            target=answers.get(row.kind, row.target),
            reviewed=None if row.kind == "waiting" else timedelta(hours=1),
            meta={"sequence": row.scene} if isinstance(row.scene, str) else {},
        )
        for row in table.itertuples()
    ]
    store.collection.insert_many(documents)


def sums_of(rows: pd.DataFrame) -> list[float]:
    wrong = (rows["kind"] == "rejected") | (rows["target"] != rows["predicted"])
    scene = rows["scene"].where(rows["scene"].notna(), rows.index.astype(str))
    by_scene = wrong.astype(float).groupby(scene).agg(["size", "sum"])
    n, x = by_scene["size"].to_numpy(float), by_scene["sum"].to_numpy()
    return [len(n), n.sum(), x.sum(), (n * n).sum(), (n * x).sum(), (x * x).sum(), (x / n).sum()]


@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_the_sums_are_those_of_the_raw_rows(store: Store, basis: Any) -> None:
    table = rows_of(1)
    insert(store, table)
    reviewed = table[table["kind"] != "waiting"]
    for day, counts in enumerate(store.live.days(Selection(PERIOD, basis))):
        of_day = reviewed[reviewed["day"] == day]
        of_classes = of_day[of_day["kind"] == "class"]
        expected = {OVERALL: sums_of(of_day)} | {t: sums_of(rows) for t, rows in of_classes.groupby("target")}
        assert {int(row[0]): pytest.approx(row[1:]) for row in counts.scenes.tolist()} == expected


def test_a_stored_day_has_its_scenes_and_another_field_counts_it_again(
    store: Store, make_store: Callable[..., Store]
) -> None:
    insert(store, rows_of(2))
    now = at(2026, 10, 4, 12)
    stored_history.refresh(store, now=now)
    live = store.live.days(Selection(PERIOD, "predicted"))
    stored = store.history.read("predicted", PERIOD)
    assert [stored[day].scenes.tolist() for day in PERIOD.days] == [day.scenes.tolist() for day in live]
    assert make_store().history.read("predicted", PERIOD) == {}


def test_sums_are_the_same_in_whatever_order_the_database_adds() -> None:
    """Otherwise a day that nobody touched would seem to have changed, and be counted and written again."""
    shares = [1 / 3, 1 / 7, 1 / 9, 2 / 3, 5 / 7, 1 / 11, 3 / 13] * 3
    orders = [sum(np.random.default_rng(seed).permutation(shares)) for seed in range(50)]
    assert len(set(orders)) > 1
    of = {"scenes": 21, "n": 99, "x": 20, "nn": 1.0, "nx": 1.0, "xx": 1.0}
    assert len(set(scene_sums({"_id": {"d": 0, "t": 1}, **of, "share": share} for share in orders))) == 1


def test_without_a_field_nothing_is_summed(make_store: Callable[..., Store]) -> None:
    store = make_store()
    insert(store, rows_of(3))
    assert [len(day.scenes) for day in store.live.days(Selection(PERIOD, "predicted"))] == [0, 0, 0]
