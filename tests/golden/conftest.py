"""One recording for all tests of this folder, made in a process of its own, whose clock stands still."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from tests.golden import clock

FOLDER = Path(__file__).parent
KINDS = {"figures": ".json", "charts": ".json", "texts": ".txt"}
OURS = ("MONITOR_", "WHYLABS_", "STREAMLIT_")


def pytest_addoption(parser: pytest.Parser) -> None:
    help_text = "Record texts (or charts, or figures) anew; to be repeated for several. Then read the diff."
    parser.addoption("--record", action="append", nargs="?", const="texts", choices=list(KINDS), help=help_text)


@pytest.fixture(scope="session")
def recording(
    mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> dict[str, dict[str, Any]]:
    """What the product says now; kept as the golden files if that was asked for."""
    file = tmp_path_factory.mktemp("golden") / "recording.json"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    environment |= {"MONITOR_MONGODB_URI": mongodb_uri, "MONITOR_DATABASE": "golden"}
    with nothing_expires(mongodb_uri):
        ended = subprocess.run(
            [sys.executable, "-m", "tests.golden.recording", str(file)],
            cwd=clock.ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr[-3000:]
    recorded: dict[str, dict[str, Any]] = json.loads(file.read_text())
    for kind in pytestconfig.getoption("record", None) or ():
        keep(kind, recorded[kind])
    return recorded


@contextmanager
def nothing_expires(uri: str) -> Iterator[None]:
    """Let the database delete nothing by age: once a minute it compares with its real clock, not with ours."""
    with MongoClient[dict[str, Any]](uri) as client:
        client.admin.command("setParameter", 1, ttlMonitorEnabled=False)
        yield
        client.admin.command("setParameter", 1, ttlMonitorEnabled=True)


def keep(kind: str, said: dict[str, Any]) -> None:
    """Replace the golden files of this kind."""
    folder = FOLDER / kind
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, value in said.items():
        text = value if kind == "texts" else json.dumps(value, indent=1, ensure_ascii=False) + "\n"
        (folder / f"{name}{KINDS[kind]}").write_text(text)
