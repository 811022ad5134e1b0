"""Samples by class: the true classes of the reviewed samples."""

from monitor_core.app.frame import cards, clicks, time_charts
from monitor_core.app.frame.show import card
from monitor_core.app.performance import charts, class_lists, opening, parts, pie_charts

view = parts.view_over_time()
opening.opening("Samples by class", view.now)
parts.tell_other(view)

view = class_lists.by_samples(view)
left, right = cards.cards(2)
with left:
    donut = pie_charts.donut(view)
    class_lists.pie(donut)
    class_lists.sample_table(view)
with right:
    bars = parts.class_bars(view)
parts.tell_holm(view)

mix = charts.class_mix(view)
card(mix)
parts.other_mix(view)
time_charts.tell()
clicks.samples_link_of(donut, bars, mix)
