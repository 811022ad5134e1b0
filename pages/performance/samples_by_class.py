"""Samples by class: the true classes of the reviewed samples."""

from monitor_core.app.frame import cards, clicks, time_charts
from monitor_core.app.frame.show import card
from monitor_core.app.performance import class_lists, mix_charts, opening, parts, pie_charts

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

mix = mix_charts.mix_over_time(view)
card(mix)
parts.other_mix(view)
time_charts.tell(view.why)
clicks.samples_link_of(donut, bars, mix)
