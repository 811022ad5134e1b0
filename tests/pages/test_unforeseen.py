"""What nobody foresaw is a sentence on the page, and a traceback in the server's log."""

import logging
import re

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.mongo.store import Store
from tests.app_pages import visit


def one_error(app: AppTest) -> str:
    assert [element.value for element in app.exception] == []
    (error,) = [element.value.replace("\\", "") for element in app.error]
    return str(error)


def test_an_error_that_nobody_foresaw_is_a_sentence_whose_reference_is_in_the_log(
    store: Store, environment: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """An alert as somebody else's program might have written it."""
    store.database["monitor_alerts"].insert_one({"open": True, "note": "hunter2"})
    error = one_error(visit("operate/alerts"))
    reference = re.search(r"under the reference ([0-9a-f]{8})\.$", error)
    assert reference, error
    (record,) = [record for record in caplog.records if reference[1] in record.getMessage()]
    assert record.levelno == logging.ERROR
    assert record.exc_info
    assert "hunter2" not in error
    assert "Traceback" not in error
