"""A collection that does not exist: each command says so, and the doctor where documents are that look right."""

import pytest

from monitor_core.cli.doctor.checks import checks
from monitor_core.mongo.store import Store
from tests.cli.conftest import SECRET
from tests.command import run
from tests.documents import at, prediction


@pytest.mark.parametrize(
    "command", [["report"], ["quality"], ["reviews"], ["queue"], ["samples", "--output", "nowhere.csv"]]
)
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
    try:
        other["image_logs"].insert_one(prediction())
        sentences = [text for _, text in checks(store.settings)]
        assert not any("index" in text for text in sentences)
        assert any(
            f"does not exist. These collections can be read: {other.name}.image_logs (1 document)" in text
            for text in sentences
        )
    finally:
        store.database.client.drop_database(other.name)


def test_the_doctor_shows_a_document_and_the_settings_that_would_read_it(store: Store) -> None:
    document = {"prediction": 3, "label": 5, "created_at": at(2026, 10, 1), "password": SECRET, "image": bytes(10_000)}
    store.database["[bold]images"].insert_one(document)
    ended = run("doctor")
    assert ended.returncode == 1
    assert "does not exist. These collections can be read: [bold]images (1 document)" in ended.stdout
    assert '"password": "(hidden)"' in ended.stdout
    assert "(binary, 10,000 bytes)" in ended.stdout
    assert 'collection = "[bold]images"\n[fields]\nprediction = "prediction"\n' in ended.stdout
    assert "export MONITOR_COLLECTION='[bold]images'\nexport MONITOR_FIELDS__PREDICTION=prediction\n" in ended.stdout
    assert SECRET not in ended.stdout


def test_the_doctor_shows_no_document_of_a_collection_that_it_can_read(store: Store) -> None:
    store.collection.insert_one(prediction())
    assert "A document of" not in run("doctor").stdout
