"""docs/troubleshooting.md quotes what the programs say, and names commands and settings that there are."""

import re

import pytest

from monitor_core.settings.settings import ROOT, Settings, variable
from tests.command import run

TEXT = (ROOT / "docs/troubleshooting.md").read_text("utf-8")
ROWS = [line.split(" | ") for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| symptom")]
SOURCES = [*(ROOT / "monitor_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "deploy.sh"]
SHORTEST = 12  # characters of a piece of a sentence that is looked for


def code() -> str:
    """All sentences of the programs, put together where they go on in the next line, with … for what varies."""
    text = "\n".join(file.read_text("utf-8") for file in SOURCES)
    joined = re.sub(r'"\s*\n\s*f?"', "", text)
    return re.sub(r"\{[^{}\n]*\}", "…", joined) + (ROOT / "monitor").read_text("utf-8")


def pieces() -> list[str]:
    """The parts of the quoted sentences that do not vary."""
    quoted = [
        quote for row in ROWS for pair in re.findall(r"`([^`]+)`|\"([^\"]+)\"", row[0]) for quote in pair if quote
    ]
    return [
        piece.strip()
        for quote in quoted
        for piece in re.split(r"…|\b5004\b|[?,]", quote)
        if len(piece.strip()) >= SHORTEST
    ]


def test_quoted_sentences_are_the_programs_own() -> None:
    sentences = code()
    assert len(pieces()) > 20
    assert [piece for piece in pieces() if piece not in sentences] == []


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`\./monitor ([^`]+)`", TEXT))))
def test_the_commands_exist(command: str) -> None:
    words = re.split(r" (?:[A-Z-]|\d)", command)[0].split()
    assert run(*words, "--help").returncode == 0


def test_the_settings_exist() -> None:
    named = set(re.findall(r"`(MONITOR_[A-Z_]+)\b[^…]", TEXT))
    assert len(named) >= 8
    assert named <= {variable(name) for name in Settings.model_fields}
