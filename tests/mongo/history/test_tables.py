"""The tables of a stored day."""

import numpy as np

from monitor_core.mongo.history.tables import FORMAT, STORED_SUMS, TABLES, as_stored, packed, unpacked
from monitor_core.scores.counts import DayCounts


def test_a_table_is_unpacked_as_it_was_packed() -> None:
    rng = np.random.default_rng(1)
    rows = rng.integers(-(2**31), 2**31 - 1, (50, 4))
    assert unpacked(packed(rows), 4).tolist() == rows.tolist()
    sums = rng.random((7, 8)) * 1e12
    assert as_stored(packed(sums, STORED_SUMS), 8, STORED_SUMS).tolist() == sums.tolist()
    assert unpacked(packed(rows[:0]), 4).shape == (0, 4)


def test_every_table_is_one_of_the_counts() -> None:
    assert set(TABLES) <= set(DayCounts.__dataclass_fields__)
    assert FORMAT == 5  # one that an earlier version would misread also needs FORMAT of mongo/state.py
