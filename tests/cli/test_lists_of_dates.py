"""A date inside a list is no date: the report, the logger, the doctor and the check of quality agree on that."""

import json

import pytest

from monitor_core.cli.doctor.checks import checks
from monitor_core.logger.tick import tick
from monitor_core.mongo.store import Store
from tests.command import run
from tests.documents import at, prediction


@pytest.mark.parametrize("logged_before", [False, True])
def test_all_agree_on_a_date_inside_a_list(store: Store, logged_before: bool) -> None:
    instant = at(2026, 10, 3, 12)
    store.collection.insert_one(prediction(_id="listed", predicted_at=[instant], reviewed=at(2026, 10, 4)))
    store.collection.insert_one(prediction(_id="plain"))
    if logged_before:
        result = tick(store)
        assert result is not None
        assert result.set_aside == {"undated_prediction": 1}
    days = ("--period", "2026-10-01..2026-10-31")
    report = json.loads(run("report", *days, "--basis", "predicted", "--format", "json").stdout)
    assert report["excluded"]["undated_prediction"] == 1
    quality = run("quality", *days).stdout
    assert "1 have no usable date" in quality
    found = json.loads(run("quality", *days, "--format", "json").stdout)
    (finding,) = (one for one in found["findings"] if one["kind"] == "undated_prediction")
    assert (finding["documents"], [example["id"] for example in finding["examples"]]) == (1, ["listed"])
    assert (False, "1 prediction without a usable date.") in checks(store.settings)
