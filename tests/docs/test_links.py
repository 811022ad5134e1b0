"""What the documents name is there."""

import re
from pathlib import Path

import pytest

from monitor_core.settings.settings import ROOT

DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
OF_THE_CODE = re.compile(r"`((?:[\w.-]+/)+[\w.-]*)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_a_link_leads_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]
    assert [one for one in targets if one and not (document.parent / one).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_a_heading_that_is_linked_is_there(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]*)#([^)]+)\)", document.read_text("utf-8"))
    missing = [
        anchor
        for target, anchor in links
        if "://" not in target and anchor not in headings(document.parent / target if target else document)
    ]
    assert missing == []


def headings(document: Path) -> set[str]:
    """Return the anchors that GitHub gives them."""
    titles = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", "docs/glossary.md"])
def test_the_files_and_folders_that_are_named_are_there(name: str) -> None:
    """From the project's folder or from monitor_core."""
    named = OF_THE_CODE.findall((ROOT / name).read_text("utf-8"))
    assert named or name == "SECURITY.md"
    assert [one for one in named if not (ROOT / one).exists() and not (ROOT / "monitor_core" / one).exists()] == []


def test_the_architecture_shows_all_packages_in_their_order() -> None:
    listed = re.findall(r"^(\w+)  +\S", (ROOT / "monitor_core/__init__.py").read_text("utf-8"), re.MULTILINE)
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    assert re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE) == listed


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md", "docs/logger.md"])
def test_the_classes_functions_and_constants_that_are_named_are_there(name: str) -> None:
    """Names with a capital letter, and functions with their arguments; settings have tests of their own."""
    named = re.findall(r"`([A-Z]\w+|[a-z_]+(?=\([^`]+\)`))", (ROOT / name).read_text("utf-8"))
    named = [one for one in named if not one.startswith(("MONITOR_", "WHYLABS_"))]
    files = [*(ROOT / "monitor_core").rglob("*.py"), *(ROOT / "tests/contracts").rglob("*.py")]
    code = "\n".join(file.read_text("utf-8") for file in files)
    assert named
    assert [one for one in named if not re.search(rf"\b{one}\b", code)] == []
