"""The logger's sign of life: fresh, too old, from the future, gone."""

import os
import time
from pathlib import Path

import pytest

from monitor_core.logger import heartbeat


def beat_ago(folder: Path, seconds: float) -> None:
    heartbeat.beat(folder)
    os.utime(heartbeat.file(folder), times=(time.time() - seconds,) * 2)


def test_a_logger_that_beats_is_alive_and_one_that_has_stopped_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "made yet"
    assert heartbeat.age_seconds(folder) is None
    heartbeat.beat(folder)
    assert heartbeat.trouble(folder) is None
    heartbeat.end(folder)
    assert heartbeat.trouble(folder) == f"No logger runs on {folder}; start it with ./deploy.sh."
    heartbeat.end(folder)  # once more does no harm


def test_a_beat_makes_an_old_heartbeat_fresh(tmp_path: Path) -> None:
    beat_ago(tmp_path, 500)
    heartbeat.beat(tmp_path)
    age = heartbeat.age_seconds(tmp_path)
    assert age is not None
    assert age < 30


@pytest.mark.parametrize(("seconds", "is_alive"), [(heartbeat.FRESH_SECONDS - 20, True), (75, False), (7200, False)])
def test_an_old_heartbeat_is_no_sign_of_life(tmp_path: Path, seconds: float, is_alive: bool) -> None:
    beat_ago(tmp_path, seconds)
    assert (heartbeat.trouble(tmp_path) is None) == is_alive


def test_what_is_said_of_a_dead_logger_holds_its_age_and_the_remedy(tmp_path: Path) -> None:
    beat_ago(tmp_path, 2 * 3600 + 5)
    said = heartbeat.trouble(tmp_path)
    assert said
    assert "2 hours ago" in said
    assert "./deploy.sh restart" in said


def test_a_heartbeat_from_the_future_is_as_old_as_it_is_far_away(tmp_path: Path) -> None:
    """The machine's clock has been put back: nothing says that the logger is alive."""
    beat_ago(tmp_path, -300)
    age = heartbeat.age_seconds(tmp_path)
    assert age == pytest.approx(300, abs=30)
    assert heartbeat.trouble(tmp_path)


def test_where_the_state_folder_is_a_file_no_logger_runs(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    assert (heartbeat.trouble(tmp_path / "state") or "").startswith("No logger runs on ")
