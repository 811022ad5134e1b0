"""The HTML report holds the numbers of the JSON report, and nothing of the database as markup."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor_core.cli.main import app
from monitor_core.contract import wording
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.store import Store
from monitor_core.scores.metrics import METRICS
from monitor_core.settings.settings import ROOT
from tests.documents import at, fields

MIX = "Share of each true class in the reviewed samples of a day"
EVIL = '<script>alert("x")</script>&<img src=http://evil.invalid/a.png>'
PERIOD = ["--first", "2026-10-01", "--last", "2026-10-03"]


class Tags(HTMLParser):
    """Which elements and addresses a page has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.addresses = set[str](), list[str | None]()
        self.ids = list[str | None]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "xlink:href", "action")]
        self.ids += [value for name, value in attrs if name == "id"]


def told(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_report_holds_the_numbers_of_the_json_report_and_forbids_the_network(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", json.dumps({"0": EVIL, "1": "plain"}))
    Annotations(filled).add("note", at(2026, 10, 2).date(), EVIL, EVIL, at(2026, 10, 4))
    file = tmp_path / "report.html"
    assert told("report", *PERIOD, "--format", "html", "--output", str(file)) == ""
    html = file.read_text("utf-8")
    expected = json.loads(told("report", *PERIOD, "--format", "json"))
    assert "default-src 'none'" in html
    assert f"<strong>{expected['validated']}</strong> reviewed" in html
    low, high = expected["accuracy_interval"]
    assert f'<td>{expected["accuracy"]:.1%}</td><td class="words">{wording.bounds(low, high)}' in html
    page = Tags(html)
    assert not page.tags & {"script", "img", "iframe", "link", "object", "image", "foreignobject", "a"}
    assert page.addresses == []
    assert len(page.ids) == len(set(page.ids)), "two drawings share a name"
    assert "alert(&quot;x&quot;)" in html
    assert "currentColor" in html


def test_an_empty_period_makes_a_report_that_says_so(store: Store) -> None:
    html = told("report", *PERIOD, "--format", "html")
    assert "<strong>0</strong> reviewed" in html
    assert html.count("<td>–</td>") == sum(len(metric.averages) for metric in METRICS)
    assert "<figure" not in html


def test_where_no_row_has_a_value_the_report_has_words_and_no_frame(store: Store) -> None:
    rejected = fields(prediction=1, validated=False, validated_at=at(2026, 10, 1, 12))
    store.collection.insert_many([rejected | fields(predicted_at=at(2026, 10, 1)) for _ in range(8)])
    html = told("report", *PERIOD, "--format", "html")
    figures = re.findall(r"<figure>.*?</figure>", html, re.DOTALL)
    drawn = {
        re.sub(r".*<figcaption>(.*?)</figcaption>.*", r"\1", one, flags=re.DOTALL): "<svg" in one for one in figures
    }
    assert drawn["Accuracy"]
    assert not drawn["Share"]  # of the true classes, none of which is known
    assert all("Nothing to draw" in one for one in figures if "<svg" not in one)


def test_json_may_go_to_a_file_a_table_may_not(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    told("report", *PERIOD, "--format", "json", "--output", str(file))
    assert json.loads(file.read_text("utf-8"))["validated"] == 0
    refused = CliRunner().invoke(app, ["report", *PERIOD, "--output", str(file)])
    assert refused.exit_code == 2
    assert "json or html" in re.sub(r"[^\w ]+", " ", refused.output)


def test_a_file_that_cannot_be_written_is_one_sentence(store: Store, tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["report", *PERIOD, "--format", "html", "--output", str(tmp_path / "no" / "r")])
    assert "cannot be written" in str(refused.exception)


def test_the_report_says_how_far_the_sides_differ(filled: Store, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    days = ["--first", "2026-10-03", "--last", "2026-10-03", "--against", "2026-10-01..2026-10-02"]
    told("report", *days, "--format", "html", "--output", str(file))
    html = file.read_text("utf-8")
    other = "1 Oct to 2 Oct 2026"
    assert f"<p>Compared with {other}: 9 reviewed samples, shown in grey" in html
    described = re.findall('role="img" aria-label="([^"]+)"', html)
    alone = [alt for alt in described if other not in alt]
    # Two have another beside them; the training set is the same.
    assert alone == [
        MIX.replace("a day", "an hour"),
        "Confusion matrix: true classes as rows, predictions as columns",
        "Training set by class",
    ]
    assert f"Share of each true class by hour, {other}" in described
    assert html.count("<th>other_value</th>") >= len(METRICS)
    assert "<li>Accuracy: within noise (0.0 percentage points, 95% interval " in html
    assert html.count("<li>") == len(METRICS)
    told("report", *days[:4], "--format", "html", "--output", str(file))
    assert "Compared with" not in file.read_text("utf-8")


def test_the_report_is_made_without_streamlit() -> None:
    """Its import takes longer than the whole command."""
    script = "import sys, monitor_core.app.performance.html_report; print('streamlit' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "False"
