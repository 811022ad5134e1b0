"""A rule, the facts and a day: a verdict, and the life of an alert; each module imports only from those above it.

rules       what is watched and when it rings, as data that an analyst changes
facts       what the history's days tell, as arrays that the rules ask
evaluation  rule, facts and a day -> Evaluation
lifecycle   the life of an alert
"""
