"""The view of the five tabs."""

from dataclasses import replace
from datetime import date

import pytest

from monitor_core.app.performance.view import EVERY, View
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.granularity import GRANULARITIES
from monitor_core.reports.performance import read_performance

DAYS = Period(date(2026, 10, 1), date(2026, 10, 3))


@pytest.fixture
def view(filled: Store) -> View:
    return View(read_performance(filled, Selection(DAYS, "predicted")), filled.settings, "macro")


def test_alone_it_has_no_word_of_a_comparison(view: View) -> None:
    assert (view.other_name, view.of_other()) == ("", None)
    assert view.described("Accuracy") == "Accuracy"
    assert view.about == "1 Oct to 3 Oct 2026 by prediction day"


def test_compared_it_names_what_it_is_compared_with(view: View) -> None:
    other = replace(view.now, selection=replace(view.now.selection, where=(("camera", "left"),)))
    compared = replace(view, other=other, over_time=view.now, other_over_time=other)
    assert compared.other_name == "camera left"
    assert compared.described("Accuracy") == "Accuracy, compared with camera left"
    assert compared.about.endswith(", compared with camera left")
    alone = compared.of_other()
    assert alone
    assert (alone.now, alone.over_time, alone.other, alone.other_over_time) == (other, other, None, None)


def test_the_classes_of_both_have_one_colour_each_in_the_order_of_their_numbers(view: View) -> None:
    other = replace(view.now, names={7: "7", 1: "1"})
    names = {"0", "1", "7"}
    drawn = replace(view, other=other).colours(names)
    assert [name for name, _ in drawn] == ["0", "1", "7"]
    assert len({colour for _, colour in drawn}) == 3
    assert dict(view.colours({"0", "1"})).items() <= dict(drawn).items()


def test_every_granularity_has_its_word() -> None:
    assert set(EVERY) == set(GRANULARITIES)
    assert EVERY["week"] == "ISO week"
