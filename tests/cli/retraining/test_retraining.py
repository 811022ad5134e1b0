"""The command `retraining`, run as a user runs it."""

from datetime import date
from pathlib import Path

from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.store import Store
from tests.command import run, run_json
from tests.documents import at, prediction

DAYS = ("--period", "2026-10-01..2026-10-31", "--basis", "predicted")


def test_the_command_says_what_is_new_and_what_each_model_changed(store: Store, tmp_path: Path) -> None:
    changed = date(2026, 10, 10)
    store.collection.insert_many(
        prediction(date(2026, 10, 8 + n % 4), 1, 1 if n % 5 else 2, trained=n < 40, filename=f"{n}.png")
        for n in range(100)
    )
    Annotations(store).add("deployment", changed, "[v2]", "ada", at(2026, 10, 10))
    answer = run_json("retraining", *DAYS)
    assert (answer["new"], answer["corrections"], answer["trained"]) == (60, 12, 40)
    (change,) = answer["changes"]
    assert change["day"] == "2026-10-10"
    assert change["before"]["validated"] == change["after"]["validated"] == 50
    ended = run("retraining", *DAYS)
    assert ended.returncode == 0, ended.stderr
    for words in (
        "60 reviewed samples of a known class from 1 Oct to 31 Oct 2026 are not in the training set, 12 corrections",
        "deployment, 10 Oct 2026: [v2]",
        "percentage points, 95% interval",
        "samples --output new.txt --format txt --not-trained",
    ):
        assert words in ended.stdout
    file = tmp_path / "of_samples"
    run("samples", "--output", str(file), "--format", "txt", "--not-trained", *DAYS)
    assert sorted(file.read_text().splitlines()) == sorted(f"{1 if n % 5 else 2}/{n}.png" for n in range(40, 100))
    run("samples", "--output", str(file), "--trained", *DAYS)
    assert len(file.read_text().splitlines()) == 1 + 40


def test_an_empty_database_is_no_error(store: Store) -> None:
    ended = run("retraining", *DAYS)
    assert ended.returncode == 0
    assert "does not exist" in ended.stderr
    assert run_json("retraining", *DAYS)["by_class"] == {}
