"""The circles: their order, their total, and the list beside them."""

from dataclasses import replace
from datetime import date

import pytest

from monitor_core.app.frame.drawing import picture
from monitor_core.app.performance import pie_charts
from monitor_core.app.performance.view import View
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import MOST_SHOWN, OTHERS, read_performance
from monitor_core.reports.training import TrainingCounts, TrainingMix, training_mix
from tests.documents import prediction

DAYS = Period(date(2026, 10, 1), date(2026, 10, 3))
CLASSES = 40


@pytest.fixture
def view(store: Store) -> View:
    """Forty classes, of which each has as many samples as its number says."""
    store.collection.insert_many(
        [prediction(day=DAYS.first, predicted=n, target=n) for n in range(1, CLASSES + 1) for _ in range(n)]
    )
    return View(read_performance(store, Selection(DAYS, "predicted")), store.settings, "macro")


@pytest.fixture
def mix(view: View) -> TrainingMix:
    """A training set whose largest classes are the smallest of production, but for 39."""
    counts = {n: 100 - n for n in range(1, CLASSES + 1)} | {39: 500}
    return training_mix(TrainingCounts(counts, "a test"), view.now, view.settings)


def test_a_pie_has_twelve_classes_each_in_its_own_colour_and_the_rest_as_one(view: View) -> None:
    figure = pie_charts.donut(view)
    slices = pie_charts.slices(figure)
    assert [name for _, name, _, _ in slices] == [*(str(n) for n in range(40, 28, -1)), OTHERS]
    assert len({colour for colour, *_ in slices}) == len(slices) == MOST_SHOWN + 1
    assert sum(count for _, _, count, _ in slices) == 820
    assert sum(share for *_, share in slices) == pytest.approx(1)
    assert slices[0][2:] == (40, pytest.approx(40 / 820))


def test_its_middle_says_how_many_samples_there_are(view: View) -> None:
    figure = pie_charts.donut(view)
    assert ">820<" in picture(figure.spec, figure.tables, "svg").decode("utf-8")


def test_both_pies_of_the_training_data_have_one_order_and_one_colour_for_a_class(view: View, mix: TrainingMix) -> None:
    training, production = (
        pie_charts.slices(draw(view, mix)) for draw in (pie_charts.training_donut, pie_charts.production_donut)
    )
    assert [each[:2] for each in training] == [each[:2] for each in production]
    assert training[0][1] == "39"
    assert training[-1][1] == OTHERS
    assert sum(count for _, _, count, _ in training) == mix.training_total
    assert sum(count for _, _, count, _ in production) == mix.production_total


def test_with_a_comparison_too(view: View, mix: TrainingMix) -> None:
    compared = replace(view, other=view.now)
    ranks = {name: i for i, (_, name, _, _) in enumerate(pie_charts.slices(pie_charts.training_donut(compared, mix)))}
    both = [
        ranks[name] for _, name, _, _ in pie_charts.slices(pie_charts.production_donut(compared, mix)) if name in ranks
    ]
    assert both == sorted(both)
