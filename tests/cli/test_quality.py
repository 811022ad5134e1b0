"""The command quality: documents that break the contract."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from monitor_core.cli.main import app
from monitor_core.mongo.store import Store
from tests.command import run
from tests.reports.odd import EXPECTED, PERIOD, good, look, noon, odd_documents, write


def test_the_command_line_tells_the_same(store: Store) -> None:
    write(store, odd_documents())
    days = ["--first", str(PERIOD.first), "--last", str(PERIOD.last)]
    result = CliRunner().invoke(app, ["quality", *days, "--format", "json"])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.output)
    assert {one["kind"]: one["documents"] for one in answer["findings"]} == EXPECTED
    assert answer["documents"] == answer["used"] + answer["not_reviewed"] + sum(answer["set_aside"].values())
    (confidence,) = (one for one in answer["findings"] if one["kind"] == "bad_confidence")
    assert confidence["by_day"] == {str(noon(4).date()): 1}
    finished = CliRunner().invoke(app, ["quality", *days])
    assert "Confidence" in finished.output
    assert "2 have no usable date" in finished.output


def test_of_an_empty_database_nothing_is_said_to_keep_to_the_contract(store: Store) -> None:
    shown = CliRunner().invoke(app, ["quality", "--period", "2026-10-01"])
    assert shown.exit_code == 0
    assert "0 documents = 0 used + 0 not reviewed + 0 set aside" in shown.output
    assert "does not exist" in shown.output
    assert "keep to the contract" not in shown.output


def test_a_value_that_looks_like_markup_is_printed_as_it_is(store: Store) -> None:
    write(store, [good(3, validated="[red]cat[/red]")])
    result = CliRunner(env={"COLUMNS": "250"}).invoke(app, ["quality", "--period", f"{PERIOD.first}..{PERIOD.last}"])
    assert "[red]cat[/red]" in result.output


def test_a_server_that_is_too_old_for_it_is_one_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """No older one can be installed here, so a newer one calls itself so."""
    monkeypatch.setattr(Store, "server", lambda _self: "5.0.31")
    ended = run("quality")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "needs MongoDB 5.2 or newer, and this is 5.0.31" in ended.stderr


def test_what_does_not_count_is_told_beside_the_documents(
    make_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_COUNT_FILES_ONCE", "true")
    once = make_store(count_files_once=True)
    write(once, [good(n, filename="a.png") for n in (3, 5, 9)])
    look(once)
    arguments = ["quality", "--period", f"{PERIOD.first}..{PERIOD.last}"]
    made = json.loads(run(*arguments, "--format", "json").stdout)
    assert (made["documents"], made["superseded"]) == (1, 2)
    assert "2 documents of the period do not count, because a newer one is about the same file" in " ".join(
        run(*arguments).stdout.split()
    )
