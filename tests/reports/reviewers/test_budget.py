"""How many reviews it takes: both ways round alike, from the database as from its counts."""

import re
from collections.abc import Callable

from monitor_core.alerting.references import AlertDays
from monitor_core.drift.forecast import days_to_prove
from monitor_core.drift.reference import Reference
from monitor_core.mongo.store import Store
from monitor_core.reports.reviewers.budget import DROPS, WITHIN, forecast_reference, read_budget, review_budget
from tests.drift.simulated import NAMES, TRAILING, after, part, reviews_of


def test_each_fall_has_its_days_and_the_reviews_that_find_it_sooner() -> None:
    reviews = reviews_of(1, 0.1, n=50)
    budget = review_budget(reviews, TRAILING, NAMES)
    assert budget.reviews_a_day == 50
    assert budget.table["Fall by"].tolist() == [f"{drop} percentage points" for drop in DROPS]
    assert budget.table["Found after"].iloc[2] == f"{days_to_prove(10, reviews, TRAILING)} days"
    assert budget.table["In one class alone"].iloc[0].startswith("never")
    assert re.fullmatch(r"\d+ days \(blue\) to .+ \(green\)", budget.table["In one class alone"].iloc[2])
    needed = budget.table[[f"Within {days} days" for days in WITHIN]]
    numbers = needed.map(lambda words: int(words.replace(",", ""))).to_numpy()
    assert (numbers[:, :-1] > numbers[:, 1:]).all()
    assert (numbers[:-1] > numbers[1:]).all()
    assert re.fullmatch(
        r"The 95% interval .* over 30 days is about ±5 with \d+, ±2 with \d+ and ±1 with \d+ reviews a day\.",
        budget.of_intervals,
    )


def test_days_of_an_alert_are_in_no_reference() -> None:
    """In the reference, days of an incident look like days that differ, of which no number of reviews makes up."""
    reviews = reviews_of(2, after(80, [0.1] * 3, [0.4] * 3), n=50)
    opened = reviews.days[82]
    alert = AlertDays(opened, None)
    reference = forecast_reference({None: (alert,)}, reviews.days[-1])
    before = review_budget(part(reviews, 80), TRAILING, NAMES).table
    assert review_budget(reviews, reference, NAMES).table["Found after"].tolist() == before["Found after"].tolist()
    assert review_budget(reviews, TRAILING, NAMES).table["Found after"].tolist() != before["Found after"].tolist()
    assert forecast_reference({}, opened) == Reference()


def test_without_a_reference_there_is_no_budget() -> None:
    budget = review_budget(part(reviews_of(1, 0.1), 10), TRAILING, NAMES)
    assert budget.is_learning
    assert budget.of_intervals == ""


def test_an_empty_database_has_no_budget(make_store: Callable[..., Store]) -> None:
    store = make_store()
    assert read_budget(store, store.now().date()).is_learning
