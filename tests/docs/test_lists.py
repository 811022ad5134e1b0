"""The tables of the documents are written from the lists in the code."""

import runpy
from typing import Any

import pytest

from monitor_core.alerting.measures import MEASURES
from monitor_core.drift.rules import RULES
from monitor_core.scores.metrics import METRICS
from monitor_core.settings.settings import ROOT

MAKER: dict[str, Any] = runpy.run_path(str(ROOT / "docs/make_lists.py"))


@pytest.mark.parametrize("name", MAKER["TABLES"])
def test_a_document_lists_what_the_code_lists(name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == MAKER["made_again"](name), "run python docs/make_lists.py"


def test_every_entry_of_a_list_has_its_line() -> None:
    lines = {
        line.split("|")[1].strip() for line in (ROOT / "docs/alerts.md").read_text("utf-8").splitlines() if "|" in line
    }
    assert {f"`{name}`" for name in (*MEASURES, *(rule.metric for rule in RULES), *(m.key for m in METRICS))} <= lines


def test_the_readme_and_the_documents_of_rules_and_prometheus_link_to_the_metrics() -> None:
    links = {"README.md": "(docs/metrics.md)", "docs/alerts.md": "(metrics.md)", "docs/prometheus.md": "(metrics.md)"}
    assert [name for name, link in links.items() if link not in (ROOT / name).read_text("utf-8")] == []
