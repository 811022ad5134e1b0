"""What every page shows while no prediction can be read, through Streamlit's own AppTest."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.app_pages import OVERVIEW, said, visit
from tests.documents import prediction
from tests.planted import OF_A_LOGIN

AT = datetime(2026, 10, 1, tzinfo=UTC)
SECRET = "hunter2key"  # noqa: S105 - nobody's
PAGES = [OVERVIEW, "operate/alerts", "investigate/samples", "operate/about"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_a_document_and_settings_to_paste(store: Store, page: str) -> None:
    store.database["image_log"].insert_one({"prediction": 3, "label": 5, "created_at": AT, "token": SECRET})
    app = visit(page)
    assert not app.exception
    assert f"{store.settings.database}.image_logs at" in said(app)
    assert "image_log (1 document)" in said(app)
    document, toml, variables = (block.value for block in app.main.code)
    assert '"label": 5' in document
    assert toml.splitlines()[0] == 'collection = "image_log"'
    assert "export MONITOR_FIELDS__VALIDATED=label" in variables
    assert SECRET not in document + said(app)


def test_it_is_gone_once_a_prediction_can_be_read(store: Store) -> None:
    assert "does not exist" in said(visit())
    store.collection.insert_one(prediction())
    st.cache_data.clear()  # ten seconds later
    app = visit("operate/alerts")
    assert not app.main.code
    store.collection.drop()  # what could be read once is not looked for again
    assert not visit("operate/alerts").main.code


def test_markup_in_a_name_stays_text(store: Store) -> None:
    store.database["![x](http://a.example)"].insert_one({"age": 36})
    app = visit("operate/alerts")
    assert "![x](http://a.example) (1 document)" in said(app)
    assert not any("](http" in box.value for box in app.warning)


@pytest.fixture
def cats_alone(three_models: dict[str, Store], monkeypatch: pytest.MonkeyPatch) -> dict[str, Store]:
    """Cats have nothing yet, dogs have a prediction, and whoever does not edit may only see cats."""
    for name, value in OF_A_LOGIN.items():
        monkeypatch.setenv(name, value)
    for model in ("birds", "dogs"):
        monkeypatch.setenv(f"MONITOR_MODELS__{model.upper()}__LOGIN_VIEWERS", "dog-people")
    three_models["dogs"].collection.insert_one(prediction(AT, camera="of dogs"))
    three_models["dogs"].database["cats_2025"].insert_one(prediction(AT, camera="of last year"))
    return three_models


def come(email: str, page: str) -> AppTest:
    claims: dict[str, Any] = {"is_logged_in": True, "iat": time.time() - 60, "email": email, "email_verified": True}
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.user = claims
    app.query_params["model"] = "cats"
    return app.run().switch_page(f"pages/{page}.py").run()


@pytest.mark.usefixtures("cats_alone")
def test_who_may_not_edit_sees_nothing_of_what_else_is_there() -> None:
    app = come("bob@example.org", "operate/about")
    app = app.button(key="check now").click().run()
    assert not app.exception
    assert "cats at" in said(app)
    assert "does not exist" in said(app)
    assert not app.main.code
    assert not any(words in said(app) for words in ("dogs", "cats_2025", "can be read"))


@pytest.mark.usefixtures("cats_alone")
def test_who_may_edit_sees_what_else_is_there_but_no_other_model_s() -> None:
    app = come("ada@example.org", "operate/about")
    assert not app.exception
    assert "These collections can be read: cats_2025 (1 document)" in said(app)
    assert "dogs (1 document)" not in said(app)
    document, toml, _variables = (block.value for block in app.main.code)
    assert "of last year" in document
    assert 'collection = "cats_2025"' in toml
