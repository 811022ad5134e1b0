"""Metrics: each score over time, with its interval and number of samples."""

from monitor_core.app.alerts import verdict
from monitor_core.app.frame import cards, clicks
from monitor_core.app.frame.show import card
from monitor_core.app.performance import charts, opening, over_all, parts
from monitor_core.scores.metrics import METRICS, ON_TABS

view = parts.view_over_time()
opening.opening("Metrics", view.now, METRICS)
parts.tell_other(view)

further = parts.further_metric()
view = parts.with_trends(view.with_reference(verdict.current()), [*ON_TABS, *further])
figures = charts.each_metric(view, further)
for place, figure in zip(cards.cards(len(figures)), figures, strict=True):
    with place:
        card(figure)
over_all.over_all_card(view)
parts.tell_undefined(view, further)
parts.tell_scores(view, [*ON_TABS, *further])
parts.tell_time(view, [*ON_TABS, *further])
clicks.samples_link_of(*figures)
