"""Write docs/metrics.md from the list of metrics: `python docs/make_metrics.py`."""

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from monitor_core.scores.metrics import METRICS, Metric  # noqa: E402 - found by the line above

OPENING = """# Metrics

`python docs/make_metrics.py` writes this page from `monitor_core/scores/metrics.py`; a test compares the two. To add
a metric, add an entry there: reports, charts, rules, Prometheus and the history iterate over the list.

The name is used in the JSON, in `metric` of a rule, in the label `score` of Prometheus, and in stored days. A metric by
class has a value for each class and an average over the classes: `macro`, or `weighted` by support. An overall metric
has one value, and neither an average nor a class. Those on tabs are the four of tiles and charts; the others can be
chosen as well. If samples were rejected, their true classes are unknown; a metric is then an upper bound or undefined.

| name | title | by class | on tabs | from | with rejected samples | meaning |
|---|---|---|---|---|---|---|
"""


def page() -> str:
    """Return the whole document."""
    return OPENING + "".join(f"| {' | '.join(_cells(metric))} |\n" for metric in METRICS)


def _cells(metric: Metric) -> list[str]:
    by_class, on_tabs = ("yes" if said else "" for said in (metric.by_class, metric.on_tabs))
    rejected = "undefined" if metric.undefined_with_rejected else "upper bound" if metric.upper_bound else "exact"
    return [f"`{metric.key}`", metric.title, by_class, on_tabs, f"{metric.lowest:g} to 1", rejected, metric.doc]


if __name__ == "__main__":
    (FOLDER / "metrics.md").write_text(page(), "utf-8")
