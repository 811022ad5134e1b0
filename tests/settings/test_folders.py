"""Folders that nobody else can read, whatever the umask of whoever starts a program by hand."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor_core.settings.folders import make_private


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_missing_is_made_for_this_user_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private(tmp_path / "state" / "profiles" / "2026")
    assert [mode(tmp_path / part) for part in ("state", "state/profiles", "state/profiles/2026")] == [0o700] * 3
    assert mode(tmp_path) == 0o755


def test_what_is_there_stays_as_its_owner_made_it(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o750)
    make_private(tmp_path / "state")
    assert mode(tmp_path / "state") == 0o750


def test_a_file_in_its_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(FileExistsError):
        make_private(tmp_path / "state")
    with pytest.raises(NotADirectoryError):
        make_private(tmp_path / "state" / "profiles")
