"""The command `calibration`, run as a user runs it."""

import json

from monitor_core.contract.selection import Selection
from monitor_core.contract.wording import written
from monitor_core.mongo.store import Store
from monitor_core.reports import calibration
from tests.command import run, run_json
from tests.reports.raw import JUNE, as_documents, raw_rows

JUNE_DAYS = ("--period", written(JUNE))


def test_calibration_as_json_holds_the_reports_numbers_of_a_class_and_of_other_bins(store: Store) -> None:
    for label in (1, 2):
        store.collection.insert_many(as_documents(*raw_rows(150, seed=label), prediction=label))
    for more, label, bins in (
        ((), None, "equal width"),
        (("--class", "2"), 2, "equal width"),
        (("--class", "2", "--bins", "count"), 2, "equal count"),
    ):
        figures = run_json("calibration", *JUNE_DAYS, *more)
        report = calibration.calibration_report(store, Selection(JUNE, "validated"), label, bins)
        assert figures == json.loads(json.dumps(calibration.as_json(report, "UTC"), allow_nan=False))
        assert figures["samples"] == (300 if label is None else 150)
        assert sum(row["samples"] for row in figures["curve"]) == figures["samples"]
    ended = run("calibration", *JUNE_DAYS)
    assert ended.returncode == 0
    assert "A perfectly calibrated model would show" in ended.stdout
