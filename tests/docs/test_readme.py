"""The README is a front door: short, and what it says to write and to run works."""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from monitor_core.contract.documents import field_value
from monitor_core.settings.settings import ROOT
from monitor_core.settings.sources import load
from tests.command import run

TEXT = (ROOT / "README.md").read_text("utf-8")
COMMANDS = re.findall(r"^\./monitor ([^#\n]+)", TEXT, re.MULTILINE)
LONGEST = 150


def block(language: str) -> str:
    (text,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(text)


def test_it_is_short_and_has_one_picture() -> None:
    assert len(TEXT.splitlines()) <= LONGEST
    assert len(re.findall(r"!\[", TEXT)) == 1


def test_its_settings_read_its_prediction(tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text(block("toml"))
    settings = load(tmp_path).settings
    assert (settings.database, settings.collection, settings.class_names) == (
        "plant",
        "image_logs",
        {0: "pear", 1: "apple"},
    )
    prediction = json.loads(
        block("json"), object_hook=lambda it: datetime.fromisoformat(it["$date"]) if "$date" in it else it
    )
    values = {name: field_value(prediction, path) for name, path in settings.fields if path}
    assert settings.notation.class_of(values["prediction"]) == 3
    assert settings.notation.review_of(values["validated"], 3, dated=True) == 5
    assert settings.notation.instant_of(values["predicted_at"])
    assert settings.notation.instant_of(values["validated_at"])
    assert values["filename"] == "0001.png"


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_exist(command: str) -> None:
    words = command.split()
    assert run(words[0], "--help").returncode == 0
    options = {word for word in words if word.startswith("--")}
    assert options <= set(re.findall(r"--[\w-]+", run(words[0], "--help").stdout))


def test_it_links_to_every_document_that_an_operator_needs() -> None:
    names = ("README", "installation", "configuration", "documents", "pages", "scaling", "upgrading", "troubleshooting")
    assert [
        name for name in (*names, "uninstalling", "login", "logger", "alerts", "json") if f"docs/{name}.md" not in TEXT
    ] == []
