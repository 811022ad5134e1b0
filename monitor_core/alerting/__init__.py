"""A rule, the facts and a day: a verdict, and the life of an alert; each module imports only from those above it.

rules       what is watched and when it rings, as data that an analyst changes
facts       what the history's days tell, as arrays that the rules ask
evaluation  rule, facts and a day -> Evaluation
events      what happens to an alert: THE list of kinds
lifecycle   the life of an alert
judgement   a rule's alerts through days of evaluations: changes and events
messages    notifications in words
"""
