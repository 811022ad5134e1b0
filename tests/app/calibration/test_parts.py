"""The page Calibration, through Streamlit's own AppTest."""

import json

import pytest
import streamlit as st

from monitor_core.app.frame.text import JOINER
from monitor_core.mongo.store import Store
from tests.app.shown import charts, document, open_page, tiles
from tests.app_pages import said

EVIL = "![x](http://example.invalid/a.png)"


def test_missing_and_bad_confidences_are_counted(store: Store) -> None:
    store.collection.insert_many([document(n % 9, confidence=None) for n in range(20)])
    store.collection.insert_many([document(n % 9, confidence=1.7) for n in range(5)])
    app = open_page("calibration")
    assert "25 of them (100.0%) have no usable confidence" in said(app)
    assert "5 documents of these days have a confidence that is not a number from 0 to 1" in said(app)
    assert "None of these samples has a usable confidence" in said(app)
    assert charts(app) == []
    st.cache_data.clear()
    store.collection.insert_many([document(n % 9) for n in range(3)])
    app = open_page("calibration")
    assert "25 of them (89.3%) have no usable confidence" in said(app)
    assert "Not enough data: 3 reviewed samples" in said(app)
    assert tiles(app) == {
        "Accuracy": "–",
        "Mean confidence": "90.2%",
        "Confidence − accuracy": "–",
        "Calibration error": "–",
    }
    by_group = [chart["spec"]["layer"][0]["encoding"]["y"] for chart in charts(open_page("reviews"))[-2:]]
    assert "no confidence" in by_group[-1]["sort"]


def test_class_names_are_text_and_the_class_stands_in_the_address(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", json.dumps({"1": EVIL, "2": "3", "4": "all classes"}))
    for label, right in ((1, 4), (2, 3), (3, 2), (4, 1)):
        rows = [document(n % 9, label if n % 5 < right else 9, label) for n in range(50)]
        store.collection.insert_many([*rows, *(document(1, None, label) for _ in range(10 * (label == 1)))])
    whole = open_page("calibration")
    options = whole.selectbox(key="class").options
    assert options == ["all classes", EVIL, "3 (2)", "3", "all classes (4)"]
    assert tiles(whole)["Accuracy"] == "50.0%"
    for label, share in ((EVIL, "80.0%"), ("3 (2)", "60.0%"), ("3", "40.0%")):
        assert tiles(open_page("calibration", **{"class": label}))["Accuracy"] == share
    assert tiles(open_page("calibration", **{"class": "nobody's"}))["Accuracy"] == "50.0%"
    warnings = "\n".join(element.value for element in open_page("reviews").warning)
    assert EVIL in warnings.replace("\\", "").replace(JOINER, "")
    assert EVIL not in warnings


def test_bins_of_equal_count_stand_in_the_address(store: Store) -> None:
    store.collection.insert_many([document(n % 9, confidence=0.5 + n / 400) for n in range(200)])
    assert open_page("calibration", bins="equal count").segmented_control(key="bins").value == "equal count"
    assert open_page("calibration", bins="banana").segmented_control(key="bins").value == "equal width"
