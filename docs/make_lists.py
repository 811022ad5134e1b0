"""Write the tables in the documents that are generated from lists in the code: `python docs/make_lists.py`."""

import sys
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from monitor_core.alerting.measures import MEASURES  # noqa: E402 - found by the line above
from monitor_core.drift.rules import RULES  # noqa: E402
from monitor_core.scores.metrics import METRICS  # noqa: E402

Row = tuple[str, ...]  # the cells


def metrics() -> Iterator[Row]:
    yield "name", "title", "by class", "on tabs", "from", "with rejected samples", "meaning"
    for metric in METRICS:
        by_class, on_tabs = ("yes" if said else "" for said in (metric.by_class, metric.on_tabs))
        rejected = "exact" if not metric.needs_targets else "bounds" if metric.bounds else "unknown"
        yield f"`{metric.key}`", metric.title, by_class, on_tabs, f"{metric.lowest:g} to 1", rejected, metric.doc


def drift_rules() -> Iterator[Row]:
    yield "metric of an alert rule", "what is judged", "days", "effect", "default alert rule", "`column` of a distance"
    for rule in RULES:
        alert, column = f"`{rule.alert.name}`, {rule.alert.severity}", f"`{rule.key}`" if rule.categories else ""
        yield f"`{rule.metric}`", rule.title, f"by {rule.dated_by}", rule.effect, alert, column


def measures() -> Iterator[Row]:
    yield "`metric`", "what", "threshold", "`operator`, besides `no_data`"
    for name, measure in MEASURES.items():
        operators = ", ".join(f"`{operator}`" for operator in measure.allows.operators)
        yield f"`{name}`", measure.title, measure.range, operators


TABLES = {"metrics.md": [metrics], "alerts.md": [drift_rules, measures]}


def made_again(name: str) -> str:
    """Return the document with its tables generated again; a table is found by its first line."""
    text = (FOLDER / name).read_text("utf-8")
    for table in TABLES[name]:
        heading, *rows = (f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in table())
        before, after = text.split(f"\n{heading}\n")
        _, blank, rest = after.partition("\n\n")
        rule = "|---" * len(next(table())) + "|"
        text = f"{before}\n{heading}\n{rule}\n" + "\n".join(rows) + (f"{blank}{rest}" if blank else "\n")
    return text


if __name__ == "__main__":
    for document in TABLES:
        (FOLDER / document).write_text(made_again(document), "utf-8")
