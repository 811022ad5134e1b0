"""Training data: the classes of the training set and those of production."""

from monitor_core.app.frame import cards
from monitor_core.app.frame.show import card
from monitor_core.app.performance import charts, class_charts, opening, parts

view = parts.view()
mix = parts.training_mix(view.now)
opening.training_opening("Training data", view.now, mix)
parts.tell_other(view)

left, right = cards.cards(2)
with left:
    card(class_charts.training_donut(view, mix))
with right:
    card(class_charts.production_donut(view, mix))

parts.training_difference(view, mix)
parts.tell_holm(view, charts.TRAINING_HOLM)
