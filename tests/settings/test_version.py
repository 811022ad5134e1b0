"""The version stands in pyproject.toml, and the changelog is dated to it."""

import re
from pathlib import Path

import pytest
from packaging.version import Version

from monitor_core.mongo.store import Store
from monitor_core.settings import version as module
from monitor_core.settings.settings import ROOT
from monitor_core.settings.version import version
from tests.command import run


def test_the_version_is_pyproject_s() -> None:
    assert f'version = "{version()}"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_a_copy_of_the_modules_alone_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "DISTRIBUTION", "no-such-distribution")
    assert version.__wrapped__() == "unknown"


def test_each_section_of_the_changelog_is_a_version_with_its_day_the_newest_is_ours() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    released = [one for one in headings if one != "Unreleased"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ – \d{4}-\d\d-\d\d", one) for one in released), released
    newest = Version(released[0].split()[0])
    if headings[0] == "Unreleased":  # what is written now is of a version that comes next
        assert Version(version()).is_devrelease
        assert Version(version()) > newest
    else:
        assert Version(version()) == newest
    assert headings.index(released[0]) <= 1


def test_people_see_it_where_they_look_for_it(store: Store) -> None:
    assert run("--version").stdout == f"Prediction monitor {version()}\n"
    assert f"Prediction monitor {version()}, Python" in run("doctor").stdout
    assert f"Prediction monitor {version()}</footer>" in run("report", "--format", "html").stdout
