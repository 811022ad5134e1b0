"""docs/metrics.md is written from the list of metrics."""

import runpy

from monitor_core.settings.settings import ROOT


def test_the_document_lists_the_metrics_as_they_are() -> None:
    written = (ROOT / "docs/metrics.md").read_text("utf-8")
    assert written == runpy.run_path(str(ROOT / "docs/make_metrics.py"))["page"](), "run python docs/make_metrics.py"


def test_the_readme_and_the_documents_of_rules_and_prometheus_link_to_it() -> None:
    links = {"README.md": "(docs/metrics.md)", "docs/alerts.md": "(metrics.md)", "docs/prometheus.md": "(metrics.md)"}
    assert [name for name, link in links.items() if link not in (ROOT / name).read_text("utf-8")] == []
