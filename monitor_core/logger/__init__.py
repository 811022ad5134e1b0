"""The process that logs, judges and notifies; each module imports only from those above it.

sender        one notification through apprise, in a process of its own
heartbeat     the worker's sign of life: a file
logs          the worker's log: one line an event, as text or JSON
profiles      whylogs' only door
destinations  where a profile goes: WhyLabs, the local folder
history       what each local day's documents are, counted and made to follow them
day_profiles  the history's whylogs profiles, made of each day's reviewed predictions
quality       looks at each prediction day's documents, and keeps what is odd about them
notifying     who is notified of what and when
judging       judges the rules, and writes the alerts and events that come of it
tick          what the worker does each tick
prometheus    what Prometheus scrapes
scheduler     the logger's schedule, and its runs by hand
"""
