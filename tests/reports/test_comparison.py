"""Differences of two sides against a direct computation on the raw rows."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports import comparison as compare
from monitor_core.reports.comparison import BEYOND, FEW, NOISE
from monitor_core.reports.comparison_json import as_json
from monitor_core.scores.differences import p_value
from monitor_core.scores.metrics import METRIC
from tests.reports.two_cameras import OCTOBER, newcombe, random_rows
from tests.reports.two_cameras import sides as sides  # the fixture

SEPTEMBER = Period(date(2026, 9, 1), date(2026, 9, 30))
NOW = Selection(OCTOBER, "validated")
ENOUGH = 5


@pytest.mark.parametrize("seed", range(4))
def test_class_scores_differ_as_newcombe_says(sides: Any, seed: int) -> None:
    left, right = random_rows(seed, 180, 0.9), random_rows(seed + 10, 70, 0.6)
    table = compare.compared_class_scores(*sides(left, right))
    for row in table[table["metric"].isin(["precision", "recall"])].to_dict("records"):  # shares of their own samples
        side = 1 if row["metric"] == "precision" else 0  # of the pair (target, prediction)
        n, m = (sum(pair[side] == row["label"] for pair in rows) for rows in (left, right))
        hits, other = (sum(pair == (row["label"],) * 2 for pair in rows) for rows in (left, right))
        assert (row["samples"], row["other_samples"]) == (n, m)
        assert row["difference"] == pytest.approx(hits / n - other / m)
        assert (row["difference_low"], row["difference_high"]) == pytest.approx(newcombe(hits, n, other, m))
    f1 = table[table["metric"] == "f1"].iloc[0]
    assert f1["difference_low"] < f1["difference"] < f1["difference_high"]


def test_shares_of_classes_differ_as_newcombe_says(sides: Any) -> None:
    left, right = random_rows(1, 200, 0.9), [pair for pair in random_rows(2, 90, 0.5) if pair[0] != 2]
    now, other = sides(left, right)
    for row in compare.class_shares(now, other).to_dict("records"):
        n, m = (sum(target == row["label"] for target, _ in rows) for rows in (left, right))
        expected = newcombe(n, len(left), m, len(right))
        assert (row["difference_low"], row["difference_high"]) == pytest.approx(expected)


def test_a_class_that_one_side_lacks_is_shown_and_its_share_there_is_zero(sides: Any) -> None:
    now, other = sides([(0, 0)] * 30, [(0, 0)] * 20 + [(1, 1)] * 20)
    shares = compare.class_shares(now, other).set_index("name")
    assert shares.loc["dog", "difference"] == -0.5
    assert shares.loc["dog", "verdict"] == BEYOND
    scores = compare.compared_class_scores(now, other)
    assert set(scores.loc[scores["name"] == "dog", "verdict"]) == {FEW}


def test_a_side_without_reviews_compares_nothing_and_raises_nothing(sides: Any) -> None:
    now, other = sides(random_rows(1, 50, 0.9), [])
    for one, two in ((now, other), (other, now), (other, other)):
        assert set(compare.compared_class_scores(one, two)["verdict"]) <= {FEW}
        assert set(compare.class_shares(one, two)["verdict"]) <= {FEW}
        assert as_json(one, two)["accuracy"]["verdict"] == FEW


# ---- noise


def test_words_tell_noise_from_change_and_name_the_classes(sides: Any) -> None:
    same = random_rows(1, 300, 0.9)
    now, other = sides(same, [*same, (0, 0)])
    text = compare.many_in_words("Recall", compare.compared_class_scores(now, other).query("metric == 'recall'"))
    assert text == "Recall: within noise in all 3 classes."
    worse = [(0, 0)] * 100 + [(1, 1)] * 50 + [(1, 2)] * 50
    now, other = sides(worse, [(0, 0)] * 100 + [(1, 1)] * 100)
    text = compare.many_in_words("Recall", compare.compared_class_scores(now, other).query("metric == 'recall'"))
    assert text.startswith(
        "Recall: 1 of 2 classes changed significantly: class dog fell by 50.0 percentage points (95% interval −"
    )
    assert text.endswith("; not enough data for 1 class.")
    assert compare.change_in_words("F1", None) == "F1: not enough data to compare."


def test_bounds_differ_by_at_least_what_every_assignment_of_true_classes_leaves(sides: Any) -> None:
    worse = [(0, 0)] * 60 + [(0, 1)] * 40 + [(1, 1)] * 100 + [(2, 2)] * 50 + [(False, 1)] * 2 + [(False, 2)] * 2
    now, other = sides(worse, [(0, 0)] * 100 + [(1, 1)] * 100 + [(2, 2)] * 50)
    table = compare.compared_class_scores(now, other).query("metric == 'recall'").set_index("label")
    assert table.loc[0, "difference"] == pytest.approx(-0.4)  # none of the four is of class 0
    assert table.loc[0, "difference_low"] < 60 / 104 - 1
    assert table.loc[0, "verdict"] == BEYOND
    assert table.loc[1, "difference"] == 0  # perhaps none is of class 1
    assert table.loc[1, "verdict"] == NOISE
    said = compare.class_scores_in_words(now, other, METRIC["recall"], table.reset_index())
    assert said.startswith("Recall: 1 of 3 classes changed significantly: class ")
    assert " fell by at least 40.0 percentage points (95% interval −" in said
    recall, correlation = compare.scores_in_words(
        now, other, "macro", [METRIC["recall"], METRIC["matthews_correlation"]]
    )
    assert recall.startswith("Macro recall fell by at least ")
    reason = "cannot be compared where samples were rejected, whose true classes are unknown."
    assert correlation == f"Matthews correlation {reason}"


def test_fewer_than_five_samples_are_never_a_difference(sides: Any) -> None:
    now, other = sides([(0, 0)] * 4, [(0, 1)] * 100)
    assert set(compare.compared_class_scores(now, other)["verdict"]) == {FEW}


def test_days_are_joined_by_their_order(make_store: Callable[..., Store]) -> None:
    import pandas as pd

    def table(days: list[str], values: list[float], reviewed: int) -> Any:
        low, high = (np.array(values) - 0.05).clip(0), (np.array(values) + 0.05).clip(max=1)
        made = {"day": pd.to_datetime(days), "value": values, "low": low, "high": high}
        return pd.DataFrame(made | {"reviewed": reviewed, "label": days})

    now = table(["2026-10-03", "2026-10-04", "2026-10-05"], [0.9, 0.9, 0.9], 50)
    joined = compare.over_time(now, table(["2026-09-01", "2026-09-02"], [0.5, 0.88], 40))
    assert joined["other_label"].tolist()[:2] == ["2026-09-01", "2026-09-02"]
    assert joined["difference"].round(2).tolist()[:2] == [0.4, 0.02]
    assert joined["verdict"].tolist() == [BEYOND, NOISE, FEW]
    assert joined["other_reviewed"].tolist() == [40, 40, 0]


# ---- the other side


@pytest.fixture
def two_cameras(make_store: Callable[..., Store]) -> Any:
    return make_store(segments={"camera": "camera", "model": "m"}).settings


def test_the_other_side_is_the_days_before_a_range_or_a_segment(two_cameras: Any) -> None:
    here = Selection(OCTOBER, "predicted", (("camera", "left"), ("model", "2")))
    assert compare.comparison_of(here, "previous", two_cameras).period == Period(date(2026, 8, 27), date(2026, 9, 26))
    assert compare.comparison_of(here, "2026-09-01..2026-09-30", two_cameras) == Selection(
        SEPTEMBER, "predicted", here.where
    )
    other = compare.comparison_of(here, "camera=right", two_cameras)
    assert dict(other.where) == {"camera": "right", "model": "2"}
    assert compare.comparison_name(other, here) == "model 2, camera right"
    assert not compare.share_documents(here, other)
    assert compare.share_documents(NOW, Selection(OCTOBER, "validated", (("camera", "right"),)))
    assert compare.share_documents(NOW, Selection(Period(date(2026, 10, 31), date(2026, 11, 1)), "validated"))
    assert not compare.share_documents(NOW, Selection(SEPTEMBER, "validated"))


@pytest.mark.parametrize("text", ["yesterday", "2026-09-30..2026-09-01", "2026-09-01..", "colour=red", "camera="])
def test_what_is_no_other_side_is_said_with_the_remedy(two_cameras: Any, text: str) -> None:
    with pytest.raises(MonitorError, match=r"write it like|write previous|name one of these"):
        compare.comparison_of(NOW, text, two_cameras)


def test_before_the_first_day_there_is_no_previous_period(two_cameras: Any) -> None:
    with pytest.raises(MonitorError, match="choose a reference period"):
        compare.comparison_of(
            Selection(Period(date(2000, 1, 5), date(2020, 1, 1)), "validated"), "previous", two_cameras
        )


def test_three_classes_looked_at_together_are_judged_more_strictly_than_one(sides: Any) -> None:
    """95 of 100 against 85 of 100 is p = 0.02 alone, and 0.06 as the smallest of three."""
    same = [(target, target) for target in (1, 2) for _ in range(100)]
    now, other = sides([(0, 0)] * 95 + [(0, 1)] * 5 + same, [(0, 0)] * 85 + [(0, 1)] * 15 + same)
    row = compare.compared_class_scores(now, other).query("metric == 'recall' and label == 0").iloc[0]
    assert row["difference_low"] > 0
    assert row["verdict"] == NOISE
    assert row["p"] == pytest.approx(3 * p_value(0.1, row["difference_low"], row["difference_high"]).item())
