"""Evaluation of alert rules, and the life cycle of an alert; each module imports only from those above it.

measures     THE list of measures, and the conditions that each kind allows
rules        alert rules: what is watched and when a rule fires, as editable data
defaults     the rules that a model begins with
facts        the data that rules are judged by: stored days as arrays, training set, current state
references   the reference of a rule on a day, without the days of its alerts
gaps         how long predictions or reviews usually stay away
measurement  the value of a condition's measure, with its interval
sentences    what was measured and what it was compared with, in words
evaluation   evaluation of a rule on a day
events       THE list of event kinds: what can happen to an alert
lifecycle    the state machine of an alert
judgement    a rule's alerts over several days: their changes and events
forms        rules as a form has them: choices, units, mistakes, and what only JSON can say
routing      recipients of a rule's notifications, and targets that do not exist
timeliness   whether the rules are judged in time
messages     notifications in words
"""
