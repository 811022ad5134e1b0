"""The command line, run as a user runs it."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from monitor_core.cli import demo
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.demo import DemoDocuments
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.scores.metrics import METRICS
from monitor_core.settings.settings import ROOT
from tests.command import run, run_apart
from tests.conftest import at

NOW = datetime(2026, 10, 31, 15, tzinfo=UTC)
SECRET = "hunter2key.secret"  # noqa: S105 - nobody's


def report(*arguments: str) -> Any:
    ended = run("report", "--format", "json", *arguments)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


TWENTY = [  # as hands write them: dates and ISO strings, ints, floats, strings and bools, and fields that are missing
    *[{"output_prediction": 1, "output_validated": 1, "timestamp_validated": at(2026, 10, d)} for d in (1, 1, 2, 2)],
    {"output_prediction": 1, "output_validated": 2, "timestamp_validated": "2026-10-02T08:00:00"},
    {"output_prediction": "2", "output_validated": 2.0, "timestamp_validated": "2026-10-02T08:00:00Z"},
    {"output_prediction": 2, "output_validated": True, "timestamp_validated": "2026-10-03T23:30:00+02:00"},
    {"output_prediction": 2, "output_validated": True, "timestamp_validated": "2026-10-03T22:30:00Z"},  # the 4th
    {"output_prediction": 2, "output_validated": False, "timestamp_validated": "2026-10-03"},
    {"output_prediction": 2, "output_validated": False},
    {"output_prediction": 3, "output_validated": "3", "timestamp_validated": at(2026, 10, 31, 22, 59)},
    {"output_prediction": 3, "output_validated": "3", "timestamp_validated": at(2026, 10, 31, 23)},  # November
    {"output_prediction": 3, "output_validated": None, "timestamp_validated": at(2026, 10, 5)},
    {"output_prediction": 3, "timestamp": at(2026, 10, 5)},
    {"output_prediction": "cat", "output_validated": 3, "timestamp_validated": at(2026, 10, 5)},
    {"output_validated": 3, "timestamp_validated": at(2026, 10, 5)},
    {"output_prediction": 3, "output_validated": "cat", "timestamp_validated": at(2026, 10, 5)},
    {"output_prediction": 3, "output_validated": 3},
    {"output_prediction": 3, "output_validated": 3, "timestamp_validated": "one fine day"},
    {"output_prediction": 3, "output_validated": 3, "timestamp_validated": at(2026, 10, 6), "output_confidence": 7},
]


def test_the_report_of_twenty_hand_written_documents(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_TIME_ZONE", "Europe/Madrid")
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"1": "SIGRE", "2": "blue"}')
    store.collection.insert_many(TWENTY)

    found = report("--period", "2026-10-01..2026-10-31")

    assert found["period"] == {
        "first": "2026-10-01",
        "last": "2026-10-31",
        "time_zone": "Europe/Madrid",
        "basis": "validated",
    }
    assert (found["validated"], found["rejected"], found["not_reviewed"], found["documents"]) == (11, 1, 1, 15)
    assert found["accuracy"] == pytest.approx(9 / 11)
    assert found["excluded"] == {
        "unreadable_prediction": 2,
        "unreadable_review": 1,
        "undated_review": 2,
        "undated_prediction": 0,
    }
    assert found["noticed"] == {"bad_confidence": 1, "unknown_class": 2}
    assert found["confusion"]["labels"] == [1, 2, 3]
    assert found["confusion"]["counts"] == [[4, 0, 0], [1, 3, 0], [0, 0, 2]]
    assert found["confusion"]["rejected"] == [0, 1, 0]
    assert [(c["name"], c["support"], c["predicted"]) for c in found["by_class"].values()] == [
        ("SIGRE", 4, 5),
        ("blue", 4, 4),
        ("3", 2, 2),
    ]
    assert {day: row["validated"] for day, row in found["by_day"].items()} == {
        "2026-10-01": 2,
        "2026-10-02": 4,
        "2026-10-03": 2,
        "2026-10-04": 1,
        "2026-10-06": 1,
        "2026-10-31": 1,
    }
    assert found["by_day"]["2026-10-03"]["weighted"]["recall"] == 1


def test_an_empty_database_gives_nulls_and_no_error(store: Store) -> None:
    found = report()
    assert (found["validated"], found["accuracy"], found["macro"]["f1"]) == (0, None, None)
    assert found["by_class"] == found["by_day"] == {}
    assert found["confusion"] == {"labels": [], "counts": [], "rejected": []}
    assert run("report").returncode == 0


def test_the_keys_of_the_json_are_those_of_the_readme(store: Store) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    store.collection.insert_many(TWENTY)
    found = report("--period", "2026-10-01..2026-10-31")
    day, one_class = found["by_day"]["2026-10-01"], found["by_class"]["1"]
    listed = {f"{metric.key}{end}" for metric in METRICS for end in ("", "_interval") if metric.key != "accuracy"}
    names = {*found, *found["period"], *day, *one_class, *found["macro"], *found["confusion"], *found["excluded"]}
    for name in names - listed:  # of docs/metrics.md
        assert f'"{name}"' in readme, name


def test_the_table_says_the_same_as_the_json(store: Store) -> None:
    store.collection.insert_many(TWENTY)
    said = run("report", "--period", "2026-10-01..2026-10-31").stdout
    found = report("--period", "2026-10-01..2026-10-31")
    assert f"accuracy {found['accuracy']:.3f}" in said
    assert "2 undated_review" in said
    assert "1 rejected" in said


def test_names_are_not_taken_for_markup(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"1": "[/b] odd", "2": "[red]"}')
    monkeypatch.setenv("COLUMNS", "200")
    store.collection.insert_many(TWENTY)
    said = run("report", "--period", "2026-10-01..2026-10-31")
    assert said.returncode == 0, said.stderr
    assert "[/b] odd" in said.stdout
    assert "[red]" in said.stdout
    assert "[/b] odd" in run("settings").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--period", "2026-13-01"], "2026-13-01"),
        (["--period", "2026-10-02..2026-10-01"], "2026-10-01..2026-10-02"),
        (["--period", "1990-01-01..2026-10-01"], "2000-01-01"),
        (["--period", "2026-10-01", "--last", "2026-10-02"], "leave out"),
        (["--first", "2026-13-01"], "2026-13-01"),
        (["--first", "2026-10-02", "--last", "2026-10-01"], "after"),
        (["--first", "1990-01-01"], "2000-01-01"),
        (["--basis", "banana"], "banana"),
    ],
)
def test_bad_arguments_are_said_and_end_with_2(store: Store, arguments: list[str], said: str) -> None:
    ended = run("report", *arguments)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_dead_database_is_one_sentence_and_ends_with_2(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", f"mongodb://root:{SECRET}@127.0.0.1:9")
    ended = run_apart("report")
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "No MongoDB answered at 127.0.0.1:9" in ended.stderr
    assert SECRET not in ended.stderr


def test_settings_say_what_is_in_force_and_hide_secrets(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", f"mongodb://root:{SECRET}@db.example:27017")
    monkeypatch.setenv("WHYLABS_API_KEY", SECRET)
    monkeypatch.setenv("WHYLABS_DEFAULT_ORG_ID", "org-1")
    monkeypatch.setenv("WHYLABS_DEFAULT_DATASET_ID", "model-1")
    monkeypatch.setenv("COLUMNS", "200")
    ended = run_apart("settings")
    assert ended.returncode == 0
    assert SECRET not in ended.stdout + ended.stderr
    assert "db.example:27017" in ended.stdout
    assert "org-1" in ended.stdout
    row = next(line for line in ended.stdout.splitlines() if "MONITOR_DATABASE" in line)
    assert environment["MONITOR_DATABASE"] in row
    assert "environment" in row


def test_a_demo_is_not_written_into_a_database_that_somebody_configured(store: Store) -> None:
    ended = run("demo")
    assert ended.returncode == 2
    assert "--into-configured-database" in ended.stderr
    assert run("demo", "--if-empty").returncode == 0
    assert store.predictions.is_empty()


def test_a_demo_leaves_without_a_trace(store: Store) -> None:
    mine = {"filename": "mine.png", "output_prediction": 1, "output_validated": 1, "timestamp": at(2026, 10, 1)}
    store.collection.insert_one(mine)
    own = store.settings.images / "mine.png"
    own.parent.mkdir(parents=True)
    own.touch()

    assert run("demo", "--into-configured-database").returncode == 0
    assert store.collection.count_documents({}) == 1798
    assert len(list(store.settings.images.iterdir())) == 1798
    command = [sys.executable, "logger_worker.py", "--once"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=90, capture_output=True)
    assert run("demo", "--remove").returncode == 0

    (left,) = store.collection.find()
    assert left["filename"] == "mine.png"
    assert list(store.settings.images.iterdir()) == [own]
    assert "monitor_demo" not in store.database.list_collection_names()
    profiles = store.settings.state_folder / "profiles"
    assert [file.parent.name for file in profiles.rglob("*.bin")] == ["2026-10-01"]
    assert "no demo" in run("demo", "--remove").stdout


def test_an_interrupted_demo_can_still_be_removed(store: Store) -> None:
    made = demo.make(NOW, store.settings.zone)
    DemoDocuments(store).insert(made.documents)
    store.collection.delete_many({"trained": True})
    store.database["monitor_demo"].update_one({}, {"$set": {"complete": False}})
    demo.remove(store)
    assert store.predictions.is_empty()


def test_a_demo_overwrites_nobodys_image(store: Store) -> None:
    store.settings.images.mkdir(parents=True)
    theirs = store.settings.images / "digit-0003.png"
    theirs.write_text("mine")
    ended = run_apart("demo", "--into-configured-database")
    assert ended.returncode == 2
    assert "digit-0003.png exists" in ended.stderr
    assert theirs.read_text() == "mine"
    assert store.predictions.is_empty()


def test_a_demo_uses_the_configured_field_names(make_store: Callable[..., Store]) -> None:
    store = make_store()
    names = store.settings.fields.model_copy(update={"prediction": "label", "validated_at": "seen"})
    store = make_store(fields=names)
    demo.fill(store, NOW, into_configured_database=True)
    found = reports.performance(store, Selection(Period(date(2026, 8, 1), date(2026, 10, 31)), "validated"))
    assert found.counts.validated > 500
    assert found.counts.excluded["unreadable_prediction"] == 0


def test_the_report_of_a_segment_and_its_difference_from_another(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_SEGMENTS", '{"camera": "camera"}')
    rows = [("left", n % 4 > 0) for n in range(80)] + [("right", n % 2 > 0) for n in range(60)]
    store.collection.insert_many(
        [
            {
                "output_prediction": 1,
                "output_validated": int(right),
                "timestamp_validated": at(2026, 10, 5),
                "camera": c,
            }
            for c, right in rows
        ]
    )
    days = ("--period", "2026-10-01..2026-10-31")
    found = report(*days, "--where", "camera=left", "--against", "camera=right")
    assert (found["validated"], found["where"]) == (80, {"camera": "left"})
    against = found["against"]
    assert (against["validated"], against["where"]) == (60, {"camera": "right"})
    assert against["accuracy"]["difference"] == pytest.approx(0.25)
    low, high = against["accuracy"]["interval"]
    assert 0 < low < 0.25 < high
    assert against["accuracy"]["verdict"] == "beyond noise"
    assert against["by_class"]["1"]["precision"]["other"] == 0.5

    told = run("report", *days, "--where", "camera=left", "--against", "camera=right")
    assert "Accuracy rose by 25.0 points (95%: +" in told.stdout.replace("\n", " ")
    assert "Only camera left" in told.stdout
    for wrong in (("--where", "colour=red"), ("--against", "yesterday")):
        ended = run("report", *days, *wrong)
        assert ended.returncode == 2
        assert ended.stderr.count("\n") == 1
        assert ended.stderr.count("Traceback") == 0
