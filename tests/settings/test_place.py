"""Where an installation has its files: in a checkout, and as an installed package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitor_core.settings import place
from monitor_core.settings.settings import ROOT, Settings

SHOW = "from monitor_core.settings import place; print(place.ROOT, place.PROGRAMS, place.START, sep='\\n')"


def test_a_checkout_has_everything_in_its_folder() -> None:
    assert place.IS_CHECKOUT
    assert place.ROOT == place.PROGRAMS == ROOT == Path(__file__).parents[2]
    assert Settings().state_folder == ROOT / "var"
    assert (ROOT / place.START).is_file()


def test_a_package_has_its_files_inside_and_an_installation_s_where_it_is_started(tmp_path: Path) -> None:
    shown = installed(tmp_path, tmp_path / "here")
    assert shown == [str(tmp_path / "here"), str(tmp_path / "monitor_core" / "programs"), "prediction-monitor up"]


def test_a_folder_that_has_been_removed_is_no_error(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert installed(tmp_path, gone, f"import os; os.rmdir({str(gone)!r})")[0] == str(Path.home())


@pytest.fixture(autouse=True)
def _package(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "monitor_core", tmp_path / "monitor_core", ignore=shutil.ignore_patterns("__pycache__"))


def installed(package: Path, started_in: Path, first: str = "pass") -> list[str]:
    started_in.mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", f"{first}; {SHOW}"],
        cwd=started_in,
        env=os.environ | {"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.splitlines()
