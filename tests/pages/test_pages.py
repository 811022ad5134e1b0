"""The five pages over a real MongoDB, through Streamlit's own AppTest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from monitor_core.contract.calendar import preset
from monitor_core.mongo.store import Store
from tests.app.performance.shown import (
    CHARTS,
    assert_shown,
    every_page,
    figures,
    noon,
    open_page,
    reviewed,
    tiles,
    today,
)
from tests.app_pages import alts, said, visit
from tests.documents import fields

EVIL_IMAGE, EVIL_BOLD = "![x](http://example.invalid/a.png)", "<b>bold</b>"


# ---- with the demo


@every_page
def test_a_page_shows_the_demo_with_every_chart_described(with_demo: Store, page: str) -> None:
    app = open_page(page)
    assert_shown(app, page)
    assert len(alts(app)) == CHARTS[page] + (page == "metrics")  # of the demo, whose reviewers choose
    assert all(len(alt) > 10 for alt in alts(app))
    assert len(set(alts(app))) == len(alts(app))


@every_page
def test_every_chart_has_rows_and_only_columns_its_template_knows(with_demo: Store, page: str) -> None:
    for chart in open_page(page).get("vega_lite_chart"):
        datasets = {dataset.name: dataset.data.data for dataset in chart.proto.datasets}
        assert datasets.keys() - {"bands", "annotations"} == {"table"}
        assert all(datasets.values())


def test_the_tiles_are_the_report_of_the_same_selection(with_demo: Store) -> None:
    app = open_page()
    assert app.session_state["selection"].period == preset("30d", today())
    assert tiles(app) == figures(with_demo, app)


# ---- little or nothing to show


# ---- twenty documents by hand


def handwritten() -> list[dict[str, Any]]:
    """What the contract accepts, and what it sets aside; 12 of them are reviewed within the last 30 days."""
    text = noon(2).isoformat()
    naive, offset = noon(3).strftime("%Y-%m-%d %H:%M:%S"), noon(4).isoformat().replace("+00:00", "+02:00")
    return [
        reviewed(0, 0, 1),
        reviewed("1", "1", 1),
        reviewed(2.0, 2.0, 2),
        reviewed(True, 1, 2),
        reviewed(False, 1, 3),  # rejected
        reviewed(0, 1, 3, validated_at=text),
        reviewed(1, 1, 4, validated_at=naive),
        reviewed(2, 0, 4, validated_at=offset, predicted_at=text),
        reviewed(0, 0, 5, confidence=7),  # counted, the confidence is odd
        reviewed(0, 0, 5, confidence="high"),  # likewise
        fields(prediction=1, validated=1, validated_at=noon(6)),
        reviewed("2.0", 2, 6, extra={"camera": "left"}),
        reviewed(None, 1, 1),  # open
        reviewed(False, 1, 1, validated_at=None),  # open: no date, no rejection
        reviewed(1, "cat", 1),  # unreadable prediction
        fields(validated=1, validated_at=noon(1)),  # without a prediction
        reviewed([1, 2], 1, 1),  # unreadable review
        reviewed("cat", 1, 1),  # unreadable review
        reviewed(1, 1, 1, validated_at="soon"),  # undated review
        {},
    ]


@every_page
def test_documents_in_every_form_of_the_contract_are_shown_and_the_rest_is_counted(
    write: Callable[..., None], page: str
) -> None:
    write(handwritten())
    app = open_page(page)
    assert_shown(app, page)
    for sentence in (
        "2 unreadable predictions",
        "2 unreadable reviews",
        "1 review without a usable date in the whole collection",
    ):
        assert sentence in said(app)
    assert ("1 sample was rejected" in said(app)) == (page not in ("samples_by_class", "training_data"))
    if page == "overview":
        assert tiles(app)[:2] == ["12", f"{9 / 12:.1%}"]


def test_the_same_documents_by_prediction_day_are_no_error(write: Callable[..., None], store: Store) -> None:
    write(handwritten())
    app = open_page(basis="prediction day")
    assert_shown(app, "overview")
    assert tiles(app) == figures(store, app)
    assert tiles(app)[0] == "12"  # the one without `timestamp` is out, the one reviewed "soon" is in


# ---- names are text


@every_page
def test_a_class_name_that_is_markup_stays_text(
    write: Callable[..., None], page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", f'{{"0": "{EVIL_IMAGE}", "1": "{EVIL_BOLD}"}}')
    write([reviewed(0, 0, 1) for _ in range(6)])
    app = open_page(page)
    assert_shown(app, page)
    assert EVIL_IMAGE in said(app)  # "only one class": the sentence with a name in it
    assert_no_markup(app)


def test_a_class_that_is_called_like_another_ones_number_is_not_added_to_it(
    write: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"0": "2", "1": "Cat", "3": "cat "}')
    write([reviewed(label, label, 1) for label in (0, 1, 2, 3) for _ in range(6 + label)])
    for page in ("overview", "samples_by_class", "metrics_by_class"):
        app = open_page(page)
        assert_shown(app, page)
        for chart in app.get("vega_lite_chart"):
            (table,) = [dataset.data.data for dataset in chart.proto.datasets if dataset.name == "table"]
            rows = pa.ipc.open_stream(table).read_pandas()
            if "name" in rows and "count" in rows:
                counts = dict(zip(rows["name"], rows["count"], strict=True))
                assert counts == {"2 (0)": 6, "Cat (1)": 7, "2": 8, "cat (3)": 9}
    samples = visit("investigate/samples", target="2")
    assert samples.multiselect(key="target").value == ["2"]
    assert "8 samples; page 1 of 1." in said(samples)
    assert "6 samples; page 1 of 1." in said(visit("investigate/samples", target="2 (0)"))


def test_a_training_folder_whose_name_is_markup_stays_text(
    write: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "<b>![x](..)"
    (folder / "0").mkdir(parents=True)
    (folder / "0" / "a.png").touch()
    monkeypatch.setenv("MONITOR_TRAINING_FOLDER", str(folder))
    write([reviewed(0, 0, 1) for _ in range(6)])
    app = open_page("training_data")
    assert_shown(app, "training_data")
    assert_no_markup(app)


def assert_no_markup(app: AppTest) -> None:
    """Streamlit reads Markdown in all these; a backslash takes the meaning from each sign."""
    elements = [*app.info, *app.warning, *app.error, *app.caption, *app.markdown, *app.subheader, *app.header]
    assert [element.value for element in elements if "![" in element.value or "<b>" in element.value] == []
    assert not any(getattr(element, "allow_html", False) for element in elements)


# ---- what went wrong is said in a sentence


def assert_one_sentence(app: AppTest, *words: str) -> None:
    assert [element.value for element in app.exception] == []
    (error,) = [element.value.replace("\\", "") for element in app.error]
    assert all(word in error for word in words), error
    assert "Traceback" not in error
    assert "\n" not in error


def test_a_database_that_is_down_is_one_sentence_with_the_remedy(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = str(tmp_path / "dead.sock").replace("/", "%2F")
    monkeypatch.setenv("MONITOR_MONGODB_URI", f"mongodb://reader:hush-hush@{dead}")
    app = open_page()
    assert_one_sentence(app, "No MongoDB", "MONITOR_MONGODB_URI")
    assert "hush-hush" not in app.error[0].value


@pytest.mark.parametrize(
    ("name", "value"),
    [("MONITOR_TIME_ZONE", "Europe/Atlantis"), ("MONITOR_MONGODB_URI", "sqlite://x"), ("MONITOR_TIMEZONE", "UTC")],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert_one_sentence(open_page(), name)


def test_a_training_source_that_is_missing_is_one_sentence(with_demo: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_TRAINING_FOLDER", "/nowhere/at/all")
    app = open_page("training_data")
    assert_one_sentence(app, "MONITOR_TRAINING_FOLDER", "/nowhere/at/all")
    assert_shown(app.switch_page("pages/performance/overview.py").run(), "overview")


@every_page
def test_a_document_that_arrives_later_is_shown_once_the_cached_report_is_stale(
    write: Callable[..., None], store: Store, page: str
) -> None:
    app = open_page(page)
    write([reviewed(n % 3, n % 3, 1 + n % 2) for n in range(60)])  # fewer of a class or day are not drawn
    st.cache_data.clear()  # what time does after FRESH_SECONDS
    assert_shown(app.run(), page)
    assert len(alts(app)) == CHARTS[page]
