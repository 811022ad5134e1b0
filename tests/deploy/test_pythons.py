"""Which Python ./deploy.sh makes its environment with."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitor_core.settings.settings import ROOT

TOOLS = ("bash", "cat", "dirname", "env", "find", "mkdir", "sh", "touch")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder of programs that is all of PATH: what ./deploy.sh needs before it has a Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        program = shutil.which(tool)
        assert program
        (folder / tool).symlink_to(program)
    shutil.copy(ROOT / "deploy.sh", tmp_path)
    return folder


def add(path: Path, name: str, version: tuple[int, int] | None = (3, 13)) -> None:
    """Put a Python of this version there, or one that does not run; it makes no environment."""
    program = path / name
    checked = f'exec {sys.executable} -c "import sys; sys.version_info = {version}; $2"' if version else "exit 1"
    program.write_text(f"#!/bin/sh\n[ \"$1\" != -c ] || {checked}\necho 'no environment' >&2\nexit 9\n")
    program.chmod(0o755)


def deployed(path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [path.parent / "deploy.sh"], env={"PATH": str(path)}, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("present", "taken"),
    [
        (("python3", "python3.14", "python3.13", "python3.12", "python3.11"), "python3.12"),
        (("python3", "python3.14", "python3.13", "python3.11"), "python3.11"),
        (("python3", "python3.14", "python3.13"), "python3.13"),
        (("python3", "python3.14"), "python3.14"),
        (("python3",), "python3"),
    ],
)
def test_one_that_whylogs_has_wheels_for_is_preferred(path: Path, present: tuple[str, ...], taken: str) -> None:
    for name in present:
        add(path, name)
    assert f"Creating .venv with {taken} ...\n" in deployed(path).stdout


def test_one_that_does_not_run_is_passed_over(path: Path) -> None:
    add(path, "python3.12", None)
    add(path, "python3.13")
    assert "Creating .venv with python3.13 ...\n" in deployed(path).stdout


def test_one_that_is_too_old_or_too_new_to_have_been_tried_is_passed_over_for_a_later_name(path: Path) -> None:
    add(path, "python3", (3, 15))
    add(path, "python", (3, 14))
    assert "Creating .venv with python ...\n" in deployed(path).stdout
    add(path, "python", (3, 10))
    assert "Creating .venv with python3 ...\n" in deployed(path).stdout  # there is no better one


def test_without_any_the_one_of_uv_is_taken_and_fetched_if_it_is_not_there(path: Path) -> None:
    add(path, "python3", (3, 15))
    add(path.parent, "of-uv")
    uv = path / "uv"
    uv.write_text(
        f"""#!/bin/sh
echo "$*" >> {path.parent}/calls
case "$*" in
  "python install --quiet 3.12") touch {path.parent}/fetched ;;
  "python find --system 3.12") [ -e {path.parent}/fetched ] && echo {path.parent}/of-uv ;;
  *) exit 2 ;;
esac
"""
    )
    uv.chmod(0o755)
    for _ in range(2):
        assert f"Creating .venv with {path.parent}/of-uv ...\n" in deployed(path).stdout
        shutil.rmtree(path.parent / ".venv")
    calls = (path.parent / "calls").read_text().splitlines()
    assert [call.split()[1] for call in calls] == ["find", "install", "find", "find"]


@pytest.mark.parametrize("has_uv", [True, False])
def test_without_any_it_says_what_is_needed(path: Path, has_uv: bool) -> None:
    add(path, "python3", (3, 10))
    if has_uv:
        add(path, "uv")  # which cannot fetch one
    ended = deployed(path)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("Python 3.11 to 3.14 with its venv module is needed; install it")
    assert not (path.parent / ".venv").exists()
