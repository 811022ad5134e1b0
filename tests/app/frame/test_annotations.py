"""The menu of annotations."""

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.frame import annotations
from monitor_core.contract.calendar import Period
from monitor_core.mongo.annotations import Annotation, Annotations
from monitor_core.mongo.store import Store
from tests.documents import at

DAY = date(2026, 10, 2)


def page() -> None:
    from datetime import date

    from monitor_core.app.frame import annotations, state
    from monitor_core.contract.calendar import Period
    from monitor_core.contract.selection import Selection

    state.select(Selection(Period(date(2026, 10, 1), date(2026, 10, 31)), "validated"))
    annotations.menu()


def show() -> AppTest:
    app = AppTest.from_function(page).run()
    assert not app.exception
    return app


def annotate(app: AppTest, by: str, day: date | None = DAY, text: str = "") -> AppTest:
    app.date_input(key="annotated day").set_value(day)
    app.text_input(key="annotated text").set_value(text)
    app.text_input(key="who annotates").set_value(by)
    (button,) = (element for element in app.button if element.label == "Annotate")
    return button.click().run()


def test_what_lies_in_the_period_is_listed_as_text_and_counted(store: Store) -> None:
    assert "None in this period" in show().caption[0].value
    annotations.read.clear()
    stored = Annotations(store)
    stored.add("deployment", DAY, "![x](a://b)", "Ada", at(2026, 10, 2))
    stored.add("note", date(2026, 11, 2), "later", "Ada", at(2026, 11, 2))
    app = show()
    (row,) = (element.value for element in app.markdown)
    assert row == r"**2 Oct 2026** deployment: \!\[x\]\(a\:\/\/b\)"
    assert [element.label for element in app.button if element.label == "Remove"] == ["Remove"]


def test_an_annotation_is_added_and_removed(store: Store) -> None:
    app = annotate(show(), " Ada ", text=" A new lens ")
    assert not app.error
    (added,) = Annotations(store).read()
    assert (added.day, added.kind, added.text, added.by) == (DAY, "deployment", "A new lens", "Ada")
    (remove,) = (element for element in show().button if element.label == "Remove")
    remove.click().run()
    assert Annotations(store).read() == []


@pytest.mark.parametrize(("by", "day", "sentence"), [(" ", DAY, "Enter your name"), ("Ada", None, "Choose the day")])
def test_what_lacks_a_name_or_a_day_is_refused(store: Store, by: str, day: date | None, sentence: str) -> None:
    app = annotate(show(), by, day)
    assert sentence in app.error[0].value
    assert Annotations(store).read() == []


def test_those_of_a_period_include_both_of_its_ends(store: Store) -> None:
    stored = Annotations(store)
    for day in (1, 2, 3, 4):
        stored.add("note", date(2026, 10, day), str(day), "Ada", at(2026, 10, 9))
    period = Period(date(2026, 10, 2), date(2026, 10, 3))
    assert [element.text for element in annotations.of_period(period)] == ["2", "3"]


def test_a_list_of_them_is_one_line() -> None:
    made = [Annotation(str(day), date(2026, 10, day), "note", f"text {day}", "Ada", at(2026, 10, 9)) for day in (1, 2)]
    assert annotations.annotations_in_words(made) == f"{made[0]}; {made[1]}"
    assert annotations.annotations_in_words([]) == ""
