"""The accuracy over all predictions: from documents, with its assumption, and only where it is news."""

import json
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest

from benchmarks.unreviewed import CHOICES, CLASSES, DAYS, draw
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import read_performance
from monitor_core.reports.unreviewed.accuracy import (
    ASSUMPTION,
    as_json,
    read_accuracy_over_all,
    read_shown_over_all,
)
from tests.documents import fields


def write(store: Store, choice: str) -> tuple[Selection, float]:
    """Write drawn predictions of which reviewers chose some; return their selection and accuracy."""
    random = np.random.default_rng(3)
    drawn = draw(3000, "sharp", random)
    reviewed = CHOICES[choice](drawn, random)
    last = store.now().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=1)
    documents = []
    for day, label, right, confidence, is_reviewed in zip(
        drawn.day, drawn.label, drawn.right, drawn.confidence, reviewed, strict=True
    ):
        at = last - timedelta(days=int(DAYS - 1 - day))
        document = fields(prediction=int(label), predicted_at=at, confidence=float(confidence))
        target = int(label) if right else (int(label) + 1) % CLASSES
        later = fields(validated=target, validated_at=at + timedelta(hours=1)) if is_reviewed else {}
        documents.append(document | later)
    store.collection.insert_many(documents)
    first = (last - timedelta(days=DAYS - 1)).date()
    return Selection(Period(first, last.date()), "predicted"), float(drawn.right.mean())


def test_it_covers_the_accuracy_of_all_where_reviewers_prefer_low_confidence(make_store: Callable[..., Store]) -> None:
    store = make_store()
    selection, truth = write(store, "prefers unsure")
    report = read_accuracy_over_all(store, selection, exact=True)
    of_reviewed = read_performance(store, selection, exact=True).scores["accuracy"]
    assert report.of_reviewed == of_reviewed
    assert of_reviewed.high < truth
    assert report.estimate.low <= truth <= report.estimate.high
    assert report.is_chosen
    assert read_shown_over_all(store, selection) == report
    assert ASSUMPTION in report.sentence
    figures = as_json(report)
    json.dumps(figures, allow_nan=False)
    assert (figures["accuracy"], figures["assumption"]) == (report.estimate.value, ASSUMPTION)
    history.refresh(store)
    assert read_accuracy_over_all(store, selection) == report  # the same from the history


def test_where_reviewing_is_fair_it_is_no_news(make_store: Callable[..., Store]) -> None:
    store = make_store()
    selection, truth = write(store, "random")
    report = read_accuracy_over_all(store, selection, exact=True)
    assert not report.is_chosen
    assert read_shown_over_all(store, selection) is None
    assert report.estimate.value == pytest.approx(truth, abs=0.03)


def test_without_predictions_it_is_no_news_and_null(make_store: Callable[..., Store]) -> None:
    store = make_store()
    today = store.now().date()
    selection = Selection(Period(today, today), "predicted")
    report = read_accuracy_over_all(store, selection)
    assert not report.is_chosen
    assert read_shown_over_all(store, selection) is None
    figures = as_json(report)
    json.dumps(figures, allow_nan=False)
    assert (figures["accuracy"], figures["no_estimate"]) == (None, "too few predictions are reviewed")
