"""The accuracy over all predictions on Metrics, and the scores by class, where reviewers choose and where not."""

from collections.abc import Callable

from monitor_core.scores.raking import ASSUMPTION
from tests.app.performance.shown import assert_shown, noon, open_page, reviewed
from tests.app_pages import alts, said
from tests.documents import fields


def test_it_is_shown_where_reviewers_choose_and_only_there(write: Callable[..., None]) -> None:
    """Sure predictions are right, and lately a third of them is reviewed; before, all were."""
    before, lately = 41, 1
    for since in (before, lately):
        sure = [reviewed(n % 2, n % 2, since + n % 14, confidence=0.95) for n in range(280)]
        waiting = [of | fields(validated=None, validated_at=None) for n, of in enumerate(sure) if n // 14 % 3]
        write([*(sure if since == before else [*sure[::3][:94], *waiting])])
        write([reviewed(n % 4 // 2, n % 2, since + n % 14, confidence=0.5) for n in range(280)])
    metrics = open_page("metrics")
    assert_shown(metrics, "metrics")
    assert any("Accuracy over all predictions by" in alt for alt in alts(metrics))
    assert ASSUMPTION in said(metrics)
    by_class = open_page("metrics_by_class")
    assert_shown(by_class, "metrics_by_class")
    assert "Over all predictions, by class" in [heading.value for heading in by_class.subheader]
    ends = [noon(before + 13).date().isoformat(), noon(before).date().isoformat()]
    fair = open_page("metrics", period="custom", range=ends)
    assert_shown(fair, "metrics")
    assert "all predictions" not in said(fair).lower()
