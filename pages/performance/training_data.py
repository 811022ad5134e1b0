"""Training data: the classes of the training set and those of production."""

from monitor_core.app.frame import cards
from monitor_core.app.performance import charts, class_lists, opening, parts, pie_charts

view = parts.view()
mix = parts.training_mix(view.now)
opening.training_opening("Training data", view.now, mix)
parts.tell_other(view)

left, right = cards.cards(2)
with left:
    class_lists.pie(pie_charts.training_donut(view, mix))
with right:
    class_lists.pie(pie_charts.production_donut(view, mix))

view = class_lists.by_difference(view, mix)
parts.training_difference(view, mix)
class_lists.mix_table(view, mix)
parts.tell_holm(view, charts.TRAINING_HOLM)
