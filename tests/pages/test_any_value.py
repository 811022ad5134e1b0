"""Every page and command shows its numbers over a database that holds any value of BSON in any field."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pymongo import WriteConcern

from monitor_core.logger.tick import tick
from monitor_core.mongo.store import Store
from tests.any_values import DATES, any_documents, insert_each, is_of_another_year
from tests.app_pages import OVERVIEW, PAGES, said, visit
from tests.command import run
from tests.documents import Document, at

MADE = at(2026, 10, 3, 12)
NAMED = {
    "MONITOR_CLASS_NAMES": '{"0": "cat", "1": "dog"}',
    "MONITOR_SEGMENTS": '{"camera": "camera"}',
    "MONITOR_DATE_NUMBERS": "seconds",
}
OCTOBER = ["2026-09-20", "2026-10-31"]
PERIODS = {"october": {"period": "custom", "range": OCTOBER}, "all": {"period": "all", "basis": "prediction day"}}
PERIOD = ("--period", "..".join(OCTOBER))
COMMANDS = {
    "report": ("report", *PERIOD),
    "report by prediction": ("report", *PERIOD, "--basis", "predicted", "--exact", "--format", "json"),
    "report, compared": ("report", *PERIOD, "--against", "previous"),
    "quality": ("quality", *PERIOD),
    "whole quality": ("quality", *PERIOD, "--whole", "--format", "json"),
    "reviews": ("reviews", *PERIOD),
    "calibration": ("calibration", *PERIOD),
    "samples": ("samples", *PERIOD, "--output", "{folder}/samples.csv"),
    "samples as Parquet": ("samples", *PERIOD, "--format", "parquet", "--output", "{folder}/samples.parquet"),
    "doctor": ("doctor",),
    "set aside": ("logging", "set-aside"),
}
TROUBLED = {"doctor"}  # there is something to be mended: 1


def filled(store: Store, documents: list[tuple[str, Any, Document]]) -> Store:
    quick = store.collection.with_options(write_concern=WriteConcern(w=1))
    insert_each(quick, [document for *_, document in documents])
    return store


def assert_pages_are_shown(period: str) -> None:
    app = visit(OVERVIEW, **PERIODS[period])
    for page in PAGES:
        app = app.switch_page(f"pages/{page}.py").run()
        assert [box.value for box in (*app.exception, *app.error)] == [], page
        assert "Traceback" not in said(app), page
        assert len(app.header) == 1, page


def assert_commands_end_well(folder: Path) -> None:
    for name, command in COMMANDS.items():
        ended = run(*(part.format(folder=folder) for part in command))  # raises what the command raises
        assert ended.returncode == (name in TROUBLED), (name, ended.stderr)
        assert "Traceback" not in ended.stdout + ended.stderr, name
        assert ended.stdout or name.startswith("samples"), name


def test_every_page_and_command_counts_it_at_once(make_store: Callable[..., Store], tmp_path: Path) -> None:
    """Without a logger; the dates span decades."""
    filled(make_store(), any_documents(MADE))
    assert_pages_are_shown("october")
    assert_pages_are_shown("all")
    assert_commands_end_well(tmp_path)


def test_every_page_and_command_shows_what_the_logger_made_of_it(
    make_store: Callable[..., Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With names, segments and dates that are numbers."""
    for name, value in NAMED.items():
        monkeypatch.setenv(name, value)
    store = make_store()
    of_the_year = [
        (field, value, document)
        for field, value, document in any_documents(MADE)
        if not (field in DATES and is_of_another_year(store, value))
    ]
    result = tick(filled(store, of_the_year))
    assert result is not None
    assert (result.error, result.failures) == (None, ())
    assert_pages_are_shown("all")
    assert_commands_end_well(tmp_path)
