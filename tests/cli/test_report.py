"""The command `report`, run as a user runs it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from monitor_core.contract.wording import day
from monitor_core.logger import history
from monitor_core.mongo.store import Store
from tests.cli.conftest import HAND_WRITTEN
from tests.command import run
from tests.documents import FIELDS, at, fields, prediction


def report(*arguments: str) -> Any:
    ended = run("report", "--format", "json", *arguments)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_report_of_twenty_hand_written_documents(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_TIME_ZONE", "Europe/Madrid")
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"1": "SIGRE", "2": "blue"}')
    store.collection.insert_many(HAND_WRITTEN)

    scores = report("--period", "2026-10-01..2026-10-31")

    assert scores["period"] == {
        "first": "2026-10-01",
        "last": "2026-10-31",
        "time_zone": "Europe/Madrid",
        "basis": "validated",
    }
    assert (scores["validated"], scores["rejected"], scores["not_reviewed"], scores["documents"]) == (11, 1, 1, 15)
    assert scores["accuracy"] == pytest.approx(9 / 11)
    assert scores["excluded"] == {
        "unreadable_prediction": 2,
        "unreadable_review": 1,
        "undated_review": 2,
        "undated_prediction": 0,
    }
    assert scores["noticed"] == {"bad_confidence": 1, "unknown_class": 2}
    assert scores["confusion"]["labels"] == [1, 2, 3]
    assert scores["confusion"]["counts"] == [[4, 0, 0], [1, 3, 0], [0, 0, 2]]
    assert scores["confusion"]["rejected"] == [0, 1, 0]
    assert [(c["name"], c["support"], c["predicted"]) for c in scores["by_class"].values()] == [
        ("SIGRE", 4, 5),
        ("blue", 4, 4),
        ("3", 2, 2),
    ]
    assert {day: row["validated"] for day, row in scores["by_day"].items()} == {
        "2026-10-01": 2,
        "2026-10-02": 4,
        "2026-10-03": 2,
        "2026-10-04": 1,
        "2026-10-06": 1,
        "2026-10-31": 1,
    }
    # One of the two samples of that day was rejected; over the period, it may be of each other class.
    assert scores["by_day"]["2026-10-03"]["weighted"]["recall"] is None
    assert (scores["macro"]["recall"], scores["macro"]["recall_interval"]) == (None, [None, None])
    assert scores["weighted"]["recall_bounds"] == pytest.approx([9 / 11, 9 / 11])
    assert scores["by_class"]["1"]["recall_bounds"] == pytest.approx([4 / 5, 1])
    assert scores["by_class"]["2"]["recall"] == 3 / 4  # as which it was predicted
    assert scores["balanced_accuracy_bounds"] == scores["macro"]["recall_bounds"]


def test_very_many_classes_add_up_to_all_samples(store: Store) -> None:
    right = [prediction(predicted=n, target=n) for n in range(2_100)]
    wrong = [prediction(predicted=(n + 1) % 2_100, target=n) for n in range(2_100)]
    store.collection.insert_many([*right, *wrong, prediction(predicted=5, target=False)])
    scores = report("--period", "2026-10-01..2026-10-31")
    confusion = scores["confusion"]
    assert (scores["validated"], scores["rejected"]) == (4_201, 1)
    assert sum(map(sum, confusion["counts"])) == 4_200
    assert sum(confusion["rejected"]) == 1
    assert sum(row[n] for n, row in enumerate(confusion["counts"])) == 2_100
    assert confusion["labels"][-2:] == ["other classes", "other classes, mistaken for each other"]
    assert len(confusion["labels"]) == len(confusion["counts"]) == len(confusion["rejected"])
    assert [str(label) for label in confusion["labels"][:-2]] == list(scores["by_class"])


def test_an_empty_database_gives_nulls_and_no_error(store: Store) -> None:
    scores = report()
    assert (scores["validated"], scores["accuracy"], scores["macro"]["f1"]) == (0, None, None)
    assert scores["by_class"] == scores["by_day"] == {}
    assert scores["confusion"] == {"labels": [], "counts": [], "rejected": []}
    assert run("report").returncode == 0


def test_a_collection_that_does_not_exist_is_named_with_those_that_look_right(store: Store) -> None:
    store.database["predictions"].insert_one(prediction())
    ended = run("report", "--format", "json")
    assert json.loads(ended.stdout)["documents"] == 0
    assert f"The collection {store.collection.full_name} at" in ended.stderr
    assert "does not exist" in ended.stderr
    assert "are in predictions." in ended.stderr


def test_the_table_says_the_same_as_the_json(store: Store) -> None:
    store.collection.insert_many(HAND_WRITTEN)
    said = run("report", "--period", "2026-10-01..2026-10-31").stdout
    scores = report("--period", "2026-10-01..2026-10-31")
    low, high = scores["accuracy_interval"]
    interval = f"95% interval {100 * low:.1f}–{100 * high:.1f}, {scores['validated']} samples"
    assert f"Accuracy: {scores['accuracy']:.1%} ({interval})" in said
    assert "2 reviews without a usable date in the whole collection" in said
    assert "nan" not in said
    assert "1 rejected" in said


def test_names_are_not_taken_for_markup(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"1": "[/b] bold", "2": "[red]"}')
    monkeypatch.setenv("COLUMNS", "200")
    store.collection.insert_many(HAND_WRITTEN)
    said = run("report", "--period", "2026-10-01..2026-10-31")
    assert said.returncode == 0, said.stderr
    assert "[/b] bold" in said.stdout
    assert "[red]" in said.stdout
    assert "[/b] bold" in run("settings").stdout


def test_the_report_of_a_segment_and_its_difference_from_another(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_SEGMENTS", '{"camera": "camera"}')
    rows = [("left", n % 4 > 0) for n in range(80)] + [("right", n % 2 > 0) for n in range(60)]
    store.collection.insert_many(
        [
            fields(
                prediction=1,
                validated=int(right),
                validated_at=at(2026, 10, 5),
                camera=c,
            )
            for c, right in rows
        ]
    )
    days = ("--period", "2026-10-01..2026-10-31")
    scores = report(*days, "--where", "camera=left", "--against", "camera=right")
    assert (scores["validated"], scores["where"]) == (80, {"camera": "left"})
    against = scores["against"]
    assert (against["validated"], against["where"]) == (60, {"camera": "right"})
    assert against["accuracy"]["difference"] == pytest.approx(0.25)
    low, high = against["accuracy"]["interval"]
    assert 0 < low < 0.25 < high
    assert against["accuracy"]["verdict"] == "significant"
    assert against["by_class"]["1"]["precision"]["other"] == 0.5

    said = run("report", *days, "--where", "camera=left", "--against", "camera=right")
    assert "Accuracy rose by 25.0 percentage points (95% interval +" in said.stdout.replace("\n", " ")
    assert "Only camera left" in said.stdout
    for mistake in (("--where", "colour=red"), ("--against", "yesterday")):
        ended = run("report", *days, *mistake)
        assert ended.returncode == 2
        assert ended.stderr.count("\n") == 1
        assert ended.stderr.count("Traceback") == 0


def test_a_new_class_has_the_figures_of_its_own_days(store: Store) -> None:
    now = store.now().replace(hour=0, minute=10)
    days = [(now - timedelta(days=ago), n) for ago in range(60, 0, -1) for n in range(20)]
    old = [prediction(at, predicted=n % 2, target=0 if n == 1 else n % 2) for at, n in days]
    new = [
        prediction(now - timedelta(days=ago), predicted=5 if ago == 2 else 0, target=5)
        for ago in (4, 3, 2)
        for _ in "abc"
    ]
    store.collection.insert_many(
        [document | fields(validated_at=document[FIELDS.predicted_at]) for document in old + new]
    )
    history.refresh(store)
    history.note_changes(store)

    (kiwi,) = report("--period", "30d")["new_classes"]

    since = (now - timedelta(days=4)).date()
    assert (kiwi["class"], kiwi["since"], kiwi["samples"], kiwi["recognised"]) == (5, str(since), 9, 3)
    scores = report("--period", f"{since}..{kiwi['through']}")["by_class"]["5"]
    assert [kiwi["recall"], *kiwi["recall_interval"]] == pytest.approx([scores["recall"], *scores["recall_interval"]])
    assert scores["support"] == 9
    text = run("report", "--period", "30d").stdout
    assert f"Class 5 is new since {day(since)}: 9 samples" in text
    assert "3 recognised (recall 33.3%, 95% interval 12.1–64.6)." in text
    assert "new_classes" not in report("--period", str(since))  # of three samples nothing is said
