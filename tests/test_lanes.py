"""The fast lane leaves out what starts processes or needs much of a database, and nothing else."""

import multiprocessing
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tests import command
from tests.lanes import examples, needs_a_database, starts_processes
from tests.receivers import webhook

CONTEXT = multiprocessing.get_context("forkserver")


class Helper:
    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", ""])


def helped() -> Any:
    return [Helper() for _ in range(2)]


def item(function: Any, *fixtures: Any) -> Any:
    definitions = {str(n): [SimpleNamespace(func=one)] for n, one in enumerate(fixtures)}
    return SimpleNamespace(function=function, _fixtureinfo=SimpleNamespace(name2fixturedefs=definitions))


def test_a_process_is_found_through_helpers_classes_and_fixtures() -> None:
    assert starts_processes(item(lambda: subprocess.run(["true"], check=True)))
    assert starts_processes(item(lambda: helped()))
    assert starts_processes(item(lambda: command.run_apart("report")))
    assert starts_processes(item(lambda: CONTEXT.Process()))
    assert starts_processes(item(lambda: webhook()))
    assert starts_processes(item(lambda helper: helper, lambda: Helper()))


def test_what_starts_none_is_in_the_fast_lane() -> None:
    assert not starts_processes(item(lambda: command.run("report")))
    assert not starts_processes(item(lambda store: store.now(), lambda make_store: make_store()))


def test_a_database_is_needed_by_who_asks_for_it_unless_it_is_quick() -> None:
    def asking(nodeid: str, *fixtures: str) -> Any:
        return SimpleNamespace(nodeid=nodeid, fixturenames=fixtures)

    assert needs_a_database(asking("tests/logger/test_tick.py::test_it", "store", "mongodb_uri"))
    assert not needs_a_database(asking("tests/logger/test_tick.py::test_it", "tmp_path"))
    assert not needs_a_database(asking("tests/reports/test_quality.py::test_it", "mongodb_uri"))


def test_the_fast_lane_tries_fewer_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_LANE", "fast")
    assert [examples(most) for most in (120, 8)] == [30, 5]
    monkeypatch.setenv("TEST_LANE", "whole")
    assert examples(120) == 120
