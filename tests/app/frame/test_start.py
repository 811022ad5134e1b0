"""The server's start."""

import gc
import logging

import pytest

from monitor_core.app.frame import start


def test_a_bad_setting_stops_it_with_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_TIME_ZONE", "Mars")
    drawn: list[str] = []
    with pytest.raises(SystemExit, match="MONITOR_TIME_ZONE"):
        start.get_ready(lambda: drawn.append("chart"))
    assert drawn == []


def test_the_first_chart_is_drawn_and_what_is_imported_is_not_searched_for_garbage(
    environment: dict[str, str],
) -> None:
    drawn: list[str] = []
    before = gc.get_freeze_count()
    try:
        start.get_ready(lambda: drawn.append("chart"))
        assert drawn == ["chart"]
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_at_the_start_streamlit_warns_of_no_missing_session() -> None:
    logger = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    before = logger.disabled
    try:
        start.expect_no_session()
        assert logger.disabled
    finally:
        logger.disabled = before
