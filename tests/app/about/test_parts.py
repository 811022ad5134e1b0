"""The page About, with secrets in every setting that may have one: none is on the page."""

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from monitor_core.settings.version import version
from tests.app_pages import said, visit
from tests.documents import prediction
from tests.planted import PLANTED, SECRET


def whole(app: AppTest) -> str:
    """Everything that the server sends for the page."""
    tables = "\n".join(table.value.to_csv() for table in app.dataframe)
    return "\n".join([said(app), tables, *(block.value for block in app.code), str(app.main)])


def test_the_page_says_which_versions_run_and_where_the_predictions_are(store: Store) -> None:
    text = said(visit("operate/about"))
    assert f"Prediction monitor {version()}" in text
    assert f"{store.settings.database}.image_logs" in text


def test_no_secret_is_on_the_page(store: Store, mongodb_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store.collection.insert_one(prediction())
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
    app = visit("operate/about")
    assert not app.exception
    app = app.button(key="check now").click().run()
    assert not app.exception
    (table,) = (frame.value for frame in app.dataframe)
    rows = table.set_index("Setting")["Value"]
    assert rows["MONITOR_MONGODB_URI"].startswith("(hidden) at ")
    assert rows["WHYLABS_API_KEY"] == "(hidden)"
    assert rows["MONITOR_IMAGE_PREFIX"] == "s3://(hidden)@bucket/"
    assert rows["MONITOR_NOTIFY"].startswith("(hidden) 1: json")
    assert len(rows) == len(Settings.model_fields)
    assert "WhyLabs at" in whole(app)  # the checks were made
    assert SECRET not in whole(app)


def test_what_needs_attention_comes_first(store: Store) -> None:
    app = visit("operate/about")
    assert not app.success
    app = app.button(key="check now").click().run()
    assert any("The logger has never run" in box.value.replace("\\", "") for box in app.warning)
    assert any("MongoDB" in box.value for box in app.success)


def test_settings_that_somebody_has_set_come_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_TIME_ZONE", "Europe/Madrid")
    (table,) = (frame.value for frame in visit("operate/about").dataframe)
    origins = list(table["From"])
    assert origins == sorted(origins, key=lambda origin: origin == "default")
    assert table.set_index("Setting").loc["MONITOR_TIME_ZONE", "Value"] == "Europe/Madrid"


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Mars"])
def test_the_settings_are_those_of_the_running_app(store: Store, monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    """Whatever the files say by now, even if nobody could start with it."""
    app = visit("operate/about")
    (before,) = (frame.value for frame in app.dataframe)
    assert "have changed" not in said(app)
    monkeypatch.setenv("MONITOR_TIME_ZONE", zone)
    app = visit("operate/about")
    assert not app.exception
    assert not app.error
    (after,) = (frame.value for frame in app.dataframe)
    assert after.equals(before)
    assert "The settings have changed since the app started" in said(app)


def test_the_page_stands_while_the_database_is_away(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", f"mongodb://root:{SECRET}@127.0.0.1:9")
    app = visit("operate/about")
    assert not app.exception
    assert "No MongoDB answered at 127.0.0.1:9." in said(app)
    app = app.button(key="check now").click().run()
    assert "No MongoDB answered at 127.0.0.1:9." in "".join(box.value for box in app.warning).replace("\\", "")
    (table,) = (frame.value for frame in app.dataframe)
    assert table.set_index("Setting").loc["MONITOR_MONGODB_URI", "Value"] == "(hidden) at 127.0.0.1:9"
    assert SECRET not in whole(app)
