"""Showing a figure, or a table of numbers, on a page."""

from io import BytesIO

import pandas as pd
import pyarrow as pa
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
    assert [found.value for found in app.subheader] == [r"\*Accuracy\*"]
    (chart,) = app.get("vega_lite_chart")
    assert chart.proto.alt == "The value of a"
    assert [dataset.name for dataset in chart.proto.datasets] == ["table"]
    assert len(app.get("download_button")) == 3


def test_without_a_value_a_sentence_stands_in_its_place() -> None:
    app = AppTest.from_function(page, args=(None, "Accuracy")).run()
    assert [found.value for found in app.info] == [NOTHING_TO_DRAW]
    assert not app.get("vega_lite_chart")
    assert not app.get("download_button")
    assert [found.value for found in app.subheader] == ["Accuracy"]


def test_numbers_are_written_as_sentences_write_them_and_stay_numbers() -> None:
    def page() -> None:
        import pandas as pd

        from monitor_core.app.frame.show import number_table
        from monitor_core.contract import wording

        rows = pd.DataFrame(
            {"class": ["a", "b", None], "share": [0.1091, 0.0, float("nan")], "gap": [-0.126, 0.0, 0.1]}
        )
        number_table(rows, "A table", {"share": wording.percent, "gap": wording.signed_points, "absent": str})

    app = AppTest.from_function(page).run()
    (table,) = app.dataframe
    assert table.value["gap"].tolist() == [-0.126, 0.0, 0.1]
    displayed = _read(table.proto.arrow_data.styler.display_values)
    assert displayed["share"].tolist() == ["10.9%", "0.0%", "–"]
    assert displayed["gap"].tolist() == ["−12.6", "0.0", "+10.0"]
    assert displayed["class"].tolist() == ["a", "b", "–"]


def _read(arrow: bytes) -> pd.DataFrame:
    return pa.ipc.open_stream(BytesIO(arrow)).read_pandas()
