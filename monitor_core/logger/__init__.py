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
run           one run in the making
delivery      delivers the parts of a batch, and marks its rows as logged
batches       takes the reviewed documents in batches, and profiles them
tick          the steps of one run, each isolated from the others' faults
outcome       how a run ended: in the log, and on the pages
prometheus    what Prometheus scrapes
scheduler     the logger's schedule
by_hand       its runs by hand
"""
