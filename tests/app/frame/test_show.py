"""Showing a figure on a page."""

from streamlit.testing.v1 import AppTest

from monitor_core.app.frame.figure import NOTHING_TO_DRAW


def page(value: float | None, title: str) -> None:
    import altair as alt
    import pandas as pd

    from monitor_core.app.frame import show
    from monitor_core.app.frame.figure import Figure
    from monitor_core.app.frame.marks import DATA, compiled

    spec = compiled(alt.Chart(DATA).mark_bar().encode(alt.X("name:N"), alt.Y("value:Q")), height=100)
    table = pd.DataFrame({"name": ["a"], "value": [value]}, dtype=object).astype({"value": float})
    show.card(Figure(title, "The value of a", spec, {"table": table}, "October", opens={"name": "target"}))


def test_a_figure_is_drawn_under_its_title_with_its_description_and_downloads() -> None:
    app = AppTest.from_function(page, args=(0.5, "*Accuracy*")).run()
    assert not app.exception
    assert [element.value for element in app.subheader] == [r"\*Accuracy\*"]
    (chart,) = app.get("vega_lite_chart")
    assert chart.proto.alt == "The value of a"
    assert [dataset.name for dataset in chart.proto.datasets] == ["table"]
    assert len(app.get("download_button")) == 3


def test_without_a_value_a_sentence_stands_in_its_place() -> None:
    app = AppTest.from_function(page, args=(None, "Accuracy")).run()
    assert [element.value for element in app.info] == [NOTHING_TO_DRAW]
    assert not app.get("vega_lite_chart")
    assert not app.get("download_button")
    assert [element.value for element in app.subheader] == ["Accuracy"]
