"""A figure is a value: what is said of it stands in it, wherever it is shown."""

import html
import re
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from monitor_core.app.frame import drawing
from monitor_core.app.frame.figure import FEW_REVIEWS, Figure, OverTime, about, with_what_happened
from monitor_core.app.performance import charts, pie_charts
from monitor_core.app.performance.view import View
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.annotations import Annotation
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.reports.alerts import ShadedDays
from monitor_core.scores.metrics import METRIC
from tests.documents import at

DAYS = Period(date(2026, 10, 1), date(2026, 10, 3))
FALLING = ShadedDays(date(2026, 9, 20), date(2026, 10, 1), "Accuracy is falling", "critical", "accuracy-falling")
MOVED = ShadedDays(date(2026, 10, 2), date(2026, 10, 2), "Confidence has moved", "warning", "confidence-moved")
LATER = ShadedDays(date(2026, 10, 9), date(2026, 10, 9), "Later", "warning", "accuracy-falling")
LENS = Annotation("1", date(2026, 10, 2), "deployment", "A new lens", "ada", at(2026, 10, 2))


@pytest.fixture
def view(filled: Store) -> View:
    """Three days, compared with none."""
    return View(reports.read_performance(filled, Selection(DAYS, "predicted")), filled.settings, "macro")


def words(figure: Figure) -> str:
    """What stands in the picture, line ends as spaces."""
    svg = drawing.picture(figure.captioned(), figure.tables, "svg").decode("utf-8")
    texts = re.findall(r"<text[^>]*>(.*?)</text>", svg, re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)) for text in texts)


def test_a_picture_holds_title_period_selection_and_legend(view: View) -> None:
    other = replace(view.now, selection=Selection(DAYS, "predicted", (("camera", "right"),)))
    view = replace(view, other=other, over_time=view.now, other_over_time=None)
    figure = charts.metric(view, METRIC["recall"]).marked([FALLING], [LENS], [])
    said = words(figure)
    assert "Macro recall" in said
    assert "1 Oct to 3 Oct 2026 by prediction day, compared with camera right" in said
    assert "Shaded area and vertical lines: 95% interval." in said
    assert "Grey: the comparison from its first day on." in said
    assert "Accuracy is falling" in said
    assert "A new lens" in said


def test_slices_have_a_legend_in_a_picture_and_none_on_the_page(view: View) -> None:
    figure = pie_charts.donut(view)
    assert figure.spec["layer"][0]["encoding"]["color"]["legend"] is None
    drawn = drawing.picture(figure.captioned(), figure.tables, "svg").decode("utf-8")
    assert re.findall(r">(\d: \d+ \([\d.]+%\))<", drawn) == ["0: 14 (77.8%)", "1: 4 (22.2%)"]


def test_the_segment_and_the_other_side_are_named() -> None:
    left, right = (Selection(DAYS, "validated", (("camera", side),)) for side in ("left", "right"))
    assert about(left) == "1 Oct to 3 Oct 2026 by review day, camera left"
    assert about(left, right).endswith(", camera left, compared with camera right")


# ---- what happened on its days

PLAIN = Figure("T", "A chart", {}, {"table": pd.DataFrame({"day": []})}, "three days")


def test_what_happened_is_behind_a_chart_over_time_and_in_its_words() -> None:
    figure = replace(PLAIN, marks=OverTime(DAYS)).marked([FALLING, MOVED, LATER], [LENS], [Period(*[DAYS.last] * 2)])
    assert figure.tables["bands"]["title"].tolist() == [
        "",
        "Accuracy is falling",
        "Confidence has moved",
        "few reviews yet",
    ]
    assert figure.tables["annotations"]["kind"].tolist() == ["", "deployment"]
    assert figure.described.startswith("A chart. Alerts: Accuracy is falling")
    assert figure.described.endswith("Incomplete: 3 Oct 2026")
    assert "Later" not in figure.described


def test_each_row_has_what_happened_on_its_days_and_no_column_says_nothing() -> None:
    days = pd.DataFrame({"day": pd.to_datetime(DAYS.days)})
    named = [
        FALLING,
        MOVED,
        replace(FALLING, first=date(2026, 10, 2), last=date(2026, 10, 3), title="Confidence has moved"),
    ]
    table = with_what_happened(days, named, [LENS], [])
    assert table["alert"].tolist() == ["Accuracy is falling", "Confidence has moved", "Confidence has moved"]
    assert table["annotation"].tolist() == ["", "deployment: A new lens", ""]
    assert list(table) == ["day", "alert", "annotation"]
    week = pd.DataFrame({"day": days["day"][:1], "first": days["day"][:1], "last": days["day"][2:].to_numpy()})
    assert with_what_happened(week, [FALLING, MOVED], [], [DAYS]).iloc[0].to_dict() | {} == {
        **{name: week[name].iloc[0] for name in week},
        "alert": "Accuracy is falling; Confidence has moved",
        "incomplete": FEW_REVIEWS,
    }
    assert list(days) == ["day"]


def test_a_chart_of_one_rule_shows_that_rule_s_alerts_alone() -> None:
    figure = replace(PLAIN, marks=OverTime(DAYS, ["confidence-moved"])).marked([FALLING, MOVED], [], [])
    assert figure.tables["bands"]["title"].tolist() == ["", "Confidence has moved"]


def test_a_chart_by_class_is_as_it_was() -> None:
    assert PLAIN.marked([FALLING], [LENS], [DAYS]) is PLAIN


# ---- one template, whatever is beside it


def test_a_column_of_nothing_is_nothing_to_draw(view: View) -> None:
    figure = charts.metric(view, METRIC["accuracy"])
    assert figure.has_values
    empty = figure.table.assign(**dict.fromkeys(("value", "low", "high"), float("nan")), reviewed=float("nan"))
    assert not replace(figure, tables={"table": empty}).has_values


def test_a_template_is_compiled_once_for_all_tables(view: View) -> None:
    first, second = (charts.metric(view, METRIC["f1"]) for _ in range(2))
    assert first.spec is second.spec
