"""The report on calibration equals scikit-learn's curve on the raw rows, and its errors what chance does."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from monitor_core.contract.documents import CONFIDENCE_BINS, confidence_bin
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports import calibration
from monitor_core.reports.calibration import calibration_report
from monitor_core.scores.calibration import BINS, LEAST_ROWS, bin_edges, calibration_error
from monitor_core.scores.shares import wilson
from tests.documents import FIELDS, fields
from tests.reports.raw import JUNE, as_documents, documents, kind_of, raw_rows, told
from tests.scores.days import binned

BY_REVIEW = Selection(JUNE, "validated")


COARSE = 0.5 / CONFIDENCE_BINS + 1e-9  # a confidence is known this well


WIDTHS = np.arange(11) * 20


def plain_error(confidence: Any, right: Any) -> float:
    """The definition, row by row."""
    off = 0.0
    for low in range(10):
        inside = [i for i, c in enumerate(confidence) if min(9, int(c * 10)) == low]
        off += abs(sum(confidence[i] - right[i] for i in inside))
    return off / len(confidence)


def test_the_curve_equals_scikit_learns_on_the_raw_rows(store: Store) -> None:
    confidence, right = raw_rows(800, seed=1, shift=0.1)
    store.collection.insert_many(as_documents(confidence, right))
    report = calibration_report(store, BY_REVIEW)
    share, mean = calibration_curve(right, confidence, n_bins=10)
    curve = report.curve
    enough = (curve["samples"] >= 5).to_numpy()
    assert enough.sum() >= 7
    assert curve["value"][enough].to_numpy() == pytest.approx(share[enough], abs=1e-12)
    assert curve["confidence"].to_numpy() == pytest.approx(mean, abs=COARSE)
    assert curve["value"][~enough].isna().all()
    hits = (curve["value"] * curve["samples"])[enough].round()
    assert curve[["low", "high"]][enough].to_numpy() == pytest.approx(wilson(hits, curve["samples"][enough]))
    assert ((curve["from"] <= curve["confidence"]) & (curve["confidence"] <= curve["to"])).all()

    assert report.error.measured == pytest.approx(plain_error(confidence, right), abs=COARSE)
    middles = (np.array([confidence_bin(c) for c in confidence]) + 0.5) / CONFIDENCE_BINS
    assert report.error.measured == pytest.approx(plain_error(middles, right), abs=1e-12)
    assert report.confidence == pytest.approx(confidence.mean(), abs=COARSE)
    assert report.accuracy.value == right.mean()
    assert report.gap.value == pytest.approx(confidence.mean() - right.mean(), abs=COARSE)
    assert report.gap.low <= 0.1 <= report.gap.high
    assert calibration.gap_sentence(report).startswith("Overconfident by ")


def test_bins_of_equal_count_hold_as_many_rows_and_all_of_them(store: Store) -> None:
    confidence, right = raw_rows(3000, seed=2)
    store.collection.insert_many(as_documents(confidence, right))
    curve = calibration_report(store, BY_REVIEW, bins="equal count").curve
    assert len(curve) == 10
    assert curve["samples"].sum() == 3000
    largest = binned(confidence, right).sum(axis=0).max()
    assert (abs(curve["samples"] - 300) <= largest).all()
    assert (curve["from"].to_numpy()[1:] == curve["to"].to_numpy()[:-1]).all()
    for row in curve.to_dict("records"):
        inside = (confidence >= row["from"]) & ((confidence < row["to"]) | (row["to"] == 1))
        assert inside.sum() == row["samples"]
        assert right[inside].mean() == pytest.approx(row["value"])
    one = np.zeros(CONFIDENCE_BINS, np.int64)
    one[150] = 70
    assert bin_edges(one, "equal count").tolist() == [0, 151, 200]
    one[150], one[199] = 0, 70
    assert bin_edges(one, "equal count").tolist() == [0, 200]


@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_it_equals_a_recount_of_documents_of_every_form(make_store: Callable[..., Store], basis: Any) -> None:
    store = make_store(time_zone="Europe/Madrid")
    raw = documents(2500, seed=8)
    store.collection.insert_many(raw)
    rows = [row | {"kind": kind_of(row)} for row in (told(one, store.settings.zone) for one in raw) if row]
    rows = [r for r in rows if r[basis] in JUNE.days and r["kind"] in ("confirmed", "corrected", "rejected")]
    for label in (None, 0, 1, 2, 3, 77):
        mine = [row for row in rows if label in (None, row["prediction"])]
        with_confidence = [row for row in mine if row["confidence"] is not None]
        right = sum(row["kind"] == "confirmed" for row in with_confidence)
        report = calibration_report(store, Selection(JUNE, basis), label)
        assert (report.reviewed, report.missing) == (len(mine), len(mine) - len(with_confidence))
        assert report.accuracy.samples == len(with_confidence)
        assert report.curve["samples"].sum() == len(with_confidence)
        counts = report.histogram.groupby("outcome")["count"].sum()
        assert (counts["right"], counts["wrong"]) == (right, len(with_confidence) - right)
        if with_confidence:
            assert report.accuracy.value == right / len(with_confidence)
            assert report.confidence == pytest.approx(
                np.mean([row["confidence"] for row in with_confidence]), abs=COARSE
            )
        for row in report.by_class.to_dict("records"):
            of_class = [r for r in rows if r["prediction"] == row["label"]]
            assert row["samples"] + row["missing"] == len(of_class)
            assert row["samples"] == sum(r["confidence"] is not None for r in of_class)


def test_the_numbers_of_a_class_are_those_of_its_row(store: Store) -> None:
    for label in (1, 2):
        confidence, right = raw_rows(150, seed=label, shift=0.15 * (label - 1))
        store.collection.insert_many(as_documents(confidence, right, prediction=label))
    table = calibration_report(store, BY_REVIEW).by_class.set_index("label")
    for label in (1, 2):
        report = calibration_report(store, BY_REVIEW, label)
        row = table.loc[label]
        numbers = (row["samples"], row["accuracy"], row["confidence"], row["gap"], row["low"], row["high"])
        gap, accuracy = report.gap, report.accuracy
        assert numbers == pytest.approx(
            (accuracy.samples, accuracy.value, report.confidence, gap.value, gap.low, gap.high)
        )


def test_rejected_ones_are_wrong_and_without_any_confidence_there_is_no_curve(store: Store) -> None:
    confidence, right = raw_rows(200, seed=5)
    rejected = as_documents(confidence, right)
    for one in rejected:
        one[FIELDS.validated] = False
    store.collection.insert_many(rejected)
    report = calibration_report(store, BY_REVIEW)
    assert (report.accuracy.value, report.accuracy.samples) == (0.0, 200)
    assert report.error.value == pytest.approx(confidence.mean(), abs=COARSE)

    store.collection.delete_many({})
    store.collection.insert_many(as_documents(confidence, right))
    store.collection.update_many({}, {"$unset": fields(confidence=1)})
    report = calibration_report(store, BY_REVIEW)
    assert (report.reviewed, report.missing, report.accuracy.samples, len(report.curve)) == (200, 200, 0, 0)
    assert np.isnan([report.accuracy.value, report.confidence, report.gap.value, report.error.value]).all()
    assert calibration.gap_sentence(report).startswith("Not enough data: 0 reviewed samples")
    for bins in BINS:
        assert calibration.as_json(calibration_report(store, BY_REVIEW, bins=bins), "UTC")["curve"] == []


def test_below_the_least_number_of_rows_there_is_no_calibration_error(store: Store) -> None:
    assert np.isnan(calibration_error(binned(*raw_rows(LEAST_ROWS - 1, seed=1)), WIDTHS).value)
    error = calibration_error(binned(*raw_rows(LEAST_ROWS, seed=1)), WIDTHS)
    assert 0 <= error.low <= error.value
    assert calibration.error_sentence(error).startswith("With what chance adds to the error, ")
