"""Several models in one app: the page that lists them, the switch, and that no page mixes them up."""

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.documents import reviewed

MODELS = {"birds": 20, "cats": 30, "dogs": 40}


@pytest.fixture
def stores(three_models: dict[str, Store]) -> dict[str, Store]:
    """Three models with so many reviewed predictions; all of the dogs' are right."""
    for model, store in three_models.items():
        now = store.now()
        store.collection.insert_many(
            [reviewed(1, 1 if model == "dogs" else n % 2, now, validated_at=now) for n in range(MODELS[model])]
        )
    return three_models


def app(**query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def accuracy(at: AppTest) -> str:
    return next(str(tile.value) for tile in at.metric if tile.label == "Accuracy")


def texts(at: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*at.markdown, *at.caption, *at.header, *at.warning, *at.error])


def test_the_app_begins_with_a_row_for_each_model(stores: dict[str, Store]) -> None:
    at = app()
    assert not at.exception
    (table,) = at.dataframe
    rows = table.value.set_index("model")
    assert list(rows["reviewed"]) == [20, 30, 40]
    assert rows.loc["./?model=dogs", "accuracy"].startswith("100.0%")
    assert rows.loc["./?model=cats", "accuracy"].startswith("50.0%")
    assert "never been judged" in texts(at)


@pytest.mark.parametrize("model", MODELS)
def test_an_address_names_the_model_that_a_page_shows(stores: dict[str, Store], model: str) -> None:
    at = app(model=model)
    assert not at.exception
    assert accuracy(at) == ("100.0%" if model == "dogs" else "50.0%")
    assert at.metric[0].value == str(MODELS[model])
    assert at.selectbox(key="model").value == model


def test_the_switch_shows_another_model_and_its_own_numbers(stores: dict[str, Store]) -> None:
    at = app(model="cats")
    assert accuracy(at) == "50.0%"
    at.sidebar.selectbox(key="model shown").select("dogs").run()
    assert accuracy(at) == "100.0%"
    at.sidebar.selectbox(key="model shown").select("cats").run()
    assert accuracy(at) == "50.0%"


def test_a_model_that_there_is_not_is_said(stores: dict[str, Store]) -> None:
    at = app(model="fish")
    assert not at.exception
    assert "fish" in texts(at)


def test_one_model_has_neither_switch_nor_page(store: Store) -> None:
    store.collection.insert_one(reviewed(1, 1, store.now(), validated_at=store.now()))
    at = app()
    assert not at.exception
    assert not [box for box in at.sidebar.selectbox if box.key == "model"]
    assert at.metric


@pytest.mark.parametrize("model", ["birds", "dogs"])  # the first one, whose pages are shown unless another is named
def test_a_model_whose_state_is_too_new_is_said_and_leaves_the_others_be(stores: dict[str, Store], model: str) -> None:
    stores[model].ours["monitor_worker"].insert_one({"_id": "format", "number": 99, "version": "9.9"})
    at = app()
    assert not at.exception
    (table,) = at.dataframe
    rows = table.value.set_index("model")
    assert rows.loc["./?model=cats", "reviewed"] == 30
    assert rows.loc[f"./?model={model}", "accuracy"] == "–"
    assert f"{model}: The monitor" in texts(at)
    at = app(model=model)
    assert "Start that version or a later one" in texts(at)
    at.sidebar.selectbox(key="model shown").select("cats").run()
    assert accuracy(at) == "50.0%"
