"""A rule, the facts and a day: a verdict, and the life of an alert; each module imports only from those above it.

measures     THE list of what a rule can watch, and the conditions that each kind allows
rules        which measures are watched and when it fires, as data that an analyst changes
facts        what the stored days hold, as arrays, and all else that rules are judged by
measurement  the value of a condition's measure, with its interval
sentences    what was measured and what it was held against, in words
evaluation   rule, facts and a day -> Evaluation
events       what happens to an alert: THE list of kinds
lifecycle    the life of an alert
judgement    a rule's alerts over days of evaluations: changes and events
timeliness   whether the rules are judged in time
messages     notifications in words
"""
