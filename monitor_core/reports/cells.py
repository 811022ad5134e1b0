"""Comparison of the confusion matrices of two selections, cell by cell."""

import numpy as np
import pandas as pd

from monitor_core.reports import performance as reports
from monitor_core.reports.classes.confused import matrix_places
from monitor_core.reports.comparison import with_differences
from monitor_core.reports.performance import Performance
from monitor_core.scores.design import cell_intervals
from monitor_core.scores.shares import Floats, ratio


def confusion_shares(now: Performance, other: Performance) -> pd.DataFrame:
    """Return one row for each cell: target, prediction, count, other_count, and the shares of the target's samples.

    The shares are value and other_value, with their difference; Holm's correction is over all nonempty cells.
    """
    here, there = reports.confusion_table(now, matrix_places(now)), _cells(other)
    here = here.astype({"target": object, "prediction": object})
    table = here[["target", "prediction", "count"]].merge(there, on=["target", "prediction"], how="left")
    table["other_count"] = table["other_count"].fillna(0).astype(int)
    for scores, prefix in ((now, ""), (other, "other_")):
        rows = _rows_of_targets(scores)
        samples = table["target"].map(rows).fillna(0).astype(int).to_numpy()
        count = table[f"{prefix}count"].to_numpy()
        bounds = _cell_intervals(scores, table)
        table[f"{prefix}samples"], table[f"{prefix}value"] = samples, ratio(count, samples)
        table[f"{prefix}low"], table[f"{prefix}high"] = bounds[..., 0], bounds[..., 1]
    empty = (table["count"] == 0) & (table["other_count"] == 0)
    table.loc[empty, ["value", "other_value"]] = np.nan
    return with_differences(table, together=True).assign(empty=empty)


def _cell_intervals(scores: Performance, table: pd.DataFrame) -> Floats:
    """Return the interval of each cell's share of its target's samples; NaN for classes that do not occur."""
    at = {name: i for i, name in enumerate(scores.names.values())}
    targets = table["target"].map(at | {reports.REJECTED: len(at)}).fillna(-1).to_numpy(np.int_)
    return cell_intervals(scores.confusion, targets, table["prediction"].map(at).fillna(-1).to_numpy(np.int_))


def _cells(other: Performance) -> pd.DataFrame:
    names = list(other.names.values())
    cells = other.confusion.matrix_cells()
    return pd.DataFrame(
        {
            "target": [[*names, reports.REJECTED][target] for target in cells[:, 0]],
            "prediction": [names[prediction] for prediction in cells[:, 1]],
            "other_count": cells[:, 2],
        }
    ).astype({"target": object, "prediction": object})


def _rows_of_targets(scores: Performance) -> dict[str, int]:
    rows = [*scores.confusion.total().support.tolist(), scores.rejected]
    return dict(zip([*scores.names.values(), reports.REJECTED], rows, strict=True))
