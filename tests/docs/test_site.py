"""The documentation as a site: it is built strictly and offline, and every link and anchor in it leads somewhere."""

import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from monitor_core.settings.settings import ROOT

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}  # by the browser itself


class Page(HTMLParser):
    """The links, the anchors, and what a browser loads, of a page."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.loaded: list[str] = []
        self.feed(file.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in LOADED and LOADED[tag] in given and given.get("rel") not in ("canonical", "next", "prev"):
            self.loaded.append(given[LOADED[tag]])


def build(project: Path, target: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "docs/make_site.py", str(target)]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=400, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    target = tmp_path_factory.mktemp("site").resolve()
    built = build(ROOT, target)
    assert built.returncode == 0, built.stdout + built.stderr
    return {file: Page(file) for file in target.rglob("*.html") if file.name != "404.html"}


def test_every_document_is_a_page(site: dict[Path, Page]) -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")]
    assert len(site) == len(documents) > 20


def test_every_link_and_anchor_leads_somewhere(site: dict[Path, Page]) -> None:
    lost = []
    for file, page in site.items():
        for link in page.links + page.loaded:
            parts = urlsplit(link)
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            if parts.scheme or parts.netloc:
                continue
            if not target.exists() or (parts.fragment and unquote(parts.fragment) not in site[target].anchors):
                lost.append(f"{file.name}: {link}")
    assert lost == []


def test_a_page_loads_nothing_from_elsewhere(site: dict[Path, Page]) -> None:
    assert [link for page in site.values() for link in page.loaded if "//" in link] == []


FAULTS = {
    "a lost document": ("docs/models.md", "[x](nowhere.md)", "nowhere.md"),
    "a lost anchor": ("docs/models.md", "[x](alerts.md#nowhere)", "#nowhere"),
    "a lost picture": ("README.md", "![x](docs/nowhere.png)", "nowhere.png"),
    "a document that is in no contents": ("docs/new.md", "# New", "new.md"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_an_error(tmp_path: Path, fault: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for name in ("docs", "benchmarks"):
        shutil.copytree(ROOT / name, project / name)
    for file in (*ROOT.glob("*.md"), ROOT / "LICENSE"):
        shutil.copy(file, project)
    name, text, said = FAULTS[fault]
    with (project / name).open("a", encoding="utf-8") as document:
        document.write(f"\n{text}\n")
    built = build(project, tmp_path / "site")
    assert built.returncode != 0
    assert said in built.stderr
