"""A collection that does not exist: each command says so, and the doctor where documents are that look right."""

import pytest

from monitor_core.cli.doctor.checks import checks
from monitor_core.mongo.store import Store
from tests.command import run
from tests.documents import prediction


@pytest.mark.parametrize("command", [["report"], ["quality"], ["reviews"], ["samples", "--output", "nowhere.csv"]])
def test_a_command_says_that_the_collection_does_not_exist(
    store: Store, command: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.chdir(str(tmp_path))
    store.database["others"].insert_one(prediction())
    ended = run(*command)
    assert f"{store.collection.full_name} at" in ended.stderr
    assert "does not exist. Documents with the fields" in ended.stderr
    assert "are in others." in ended.stderr
    assert "keep to the contract" not in ended.stdout


def test_the_doctor_names_other_databases_and_no_index_of_what_does_not_exist(store: Store) -> None:
    other = store.database.client[f"{store.settings.database[:20]}_elsewhere"]
    monitored = store.predictions
    try:
        other["image_logs"].insert_one(prediction())
        sentences = [text for _, text in checks(store.settings)]
        assert not any("index" in text for text in sentences)
        assert any("does not exist." in text for text in sentences)
        assert "are also in" in str(monitored.elsewhere())
        assert any("are also in" in text for text in sentences)
    finally:
        store.database.client.drop_database(other.name)
