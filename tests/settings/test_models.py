"""Settings of several models: what is their own, what they share, and what is refused."""

from pathlib import Path

import pytest

from monitor_core.contract.errors import SettingsError
from monitor_core.settings.models import LONGEST_NAME
from monitor_core.settings.sources import load, load_all, load_shared
from tests.documents import FIELDS

TWO = """
reads = "nearest"
time_zone = "Europe/Madrid"
class_names = {0 = "none"}
[models.cats]
collection = "cats"
class_names = {0 = "tabby"}
[models.dogs]
collection = "dogs"
time_zone = "UTC"
fields = {prediction = "guess"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "monitor.toml").write_text(TWO, "utf-8")
    return tmp_path


def test_without_models_there_is_one_and_nothing_of_it_is_renamed(tmp_path: Path) -> None:
    every = load_all(tmp_path)
    assert list(every) == ["default"]
    settings = every["default"].settings
    assert settings == load(tmp_path).settings == load(tmp_path, "default").settings == load_shared(tmp_path)
    assert settings.model_folder == settings.state_folder
    assert settings.title == "Prediction monitor"
    with pytest.raises(SettingsError, match="no models are configured"):
        load(tmp_path, "cats")


def test_a_model_has_its_own_settings_and_the_common_ones(folder: Path) -> None:
    every = {model: loaded.settings for model, loaded in load_all(folder).items()}
    cats, dogs = every["cats"], every["dogs"]
    assert (cats.model, cats.collection, cats.time_zone, cats.reads) == ("cats", "cats", "Europe/Madrid", "nearest")
    assert (dogs.model, dogs.collection, dogs.time_zone, dogs.reads) == ("dogs", "dogs", "UTC", "nearest")
    assert (cats.class_names, dogs.class_names) == ({0: "tabby"}, {0: "none"})
    assert (cats.fields.prediction, dogs.fields.prediction) == (FIELDS.prediction, "guess")
    assert cats.model_folder == cats.state_folder / "models" / "cats"
    assert load(folder, "dogs").origins["time_zone"] == "monitor.toml, model dogs"
    assert load(folder, "cats").origins["time_zone"] == "monitor.toml"
    assert load_shared(folder).reads == "nearest"


def test_the_environment_is_stronger_and_adds_models(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("MONITOR_MODELS__DOGS__COLLECTION=hounds\nMONITOR_MODELS__DOGS__PERIOD=7d\n", "utf-8")
    monkeypatch.setenv("MONITOR_MODELS__DOGS__PERIOD", "90d")
    monkeypatch.setenv("MONITOR_MODELS__BIRDS__COLLECTION", "birds")
    monkeypatch.setenv("MONITOR_MODELS__BIRDS__FIELDS__PREDICTION", "call")
    monkeypatch.setenv("MONITOR_MODELS__BIRDS__CLASS_NAMES", '{"1": "wren"}')
    monkeypatch.setenv("MONITOR_MODELS__BIRDS__WHYLABS_DATASET_ID", "model-7")
    every = {model: loaded.settings for model, loaded in load_all(folder).items()}
    assert sorted(every) == ["birds", "cats", "dogs"]
    birds, dogs = every["birds"], every["dogs"]
    assert (birds.collection, birds.fields.prediction, birds.class_names) == ("birds", "call", {1: "wren"})
    assert birds.whylabs_dataset_id == "model-7"
    assert (dogs.collection, dogs.period, dogs.fields.prediction) == ("hounds", "90d", "guess")


def test_which_model_is_meant(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"Several models are configured \(cats, dogs\): name one with --model"):
        load(folder)
    assert load(folder, "dogs").settings.model == "dogs"
    monkeypatch.setenv("MONITOR_MODEL", "cats")
    assert load(folder).settings.model == "cats"
    with pytest.raises(SettingsError, match='There is no model "fish": configured are cats, dogs'):
        load(folder, "fish")


def test_an_only_model_need_not_be_named(tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text('[models.cats]\ncollection = "cats"\n', "utf-8")
    assert load(tmp_path).settings.collection == "cats"


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("MONITOR_MODELS__CATS__MONGODB_URI", "mongodb://secret@a", "is a setting of the whole installation"),
        ("MONITOR_MODELS__CATS__LOGIN_DOMAINS", "example.org", "is a setting of the whole installation"),
        ("MONITOR_MODELS__CATS__COLECTION", "x", "did you mean COLLECTION?"),
        ("MONITOR_MODELS__CATS__TIME_ZONE", "Mars", r"\(environment, model cats\) cannot be used"),
        ("MONITOR_MODELS__CATS__CLASS_NAMES", "{", "is not valid JSON"),
        ("MONITOR_MODELS__A.B__COLLECTION", "x", "cannot be the name of a model"),
        (f"MONITOR_MODELS__{'A' * (LONGEST_NAME + 1)}__COLLECTION", "x", "cannot be the name of a model"),
        ("MONITOR_MODELS__CATS__COLLECTION", "dogs", "both have the collection dogs"),
        ("MONITOR_MODELS", "x", "write MONITOR_MODELS__<MODEL>__<SETTING>"),
        ("MONITOR_MODEL", "fish", "There is no model"),
    ],
)
def test_a_mistake_is_a_sentence_without_a_secret(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=sentence) as caught:
        load(folder) if variable == "MONITOR_MODEL" else load_all(folder)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ['models = "x"', '[models]\ncats = "x"'])
def test_models_are_tables(tmp_path: Path, text: str) -> None:
    (tmp_path / "monitor.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=r"write \[models.NAME\]"):
        load_all(tmp_path)
