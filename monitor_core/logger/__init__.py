"""The process that logs, judges and notifies; each module imports only from those above it.

sender        one notification through apprise, in a process of its own
heartbeat     the logger's heartbeat: a file
logs          the logger's log: one line for each event, as text or JSON
deadline      a limit on the time that a call of foreign code may take
profiles      whylogs' only door
destinations  where a profile goes: WhyLabs, the local folder
history       counts of each local day's documents, counted again when these change
day_profiles  the history's whylogs profiles, made from each day's samples
quality       each prediction day's quality problems
notifying     notifications of each target of alerts
judging       judgement of the rules, and the alerts and events that come of it
readings      when all that is pending was read last
run           the state of one run
delivery      delivery of a batch's parts, and the mark on its rows
batches       batches of reviewed predictions, each profiled by UTC day
tick          the steps of one run, each isolated from the others' faults
outcome       the end of a run: in the log, and on the pages
watchdog      the alarm about the logger itself, outside of its runs
scrapes       the server of /metrics
prometheus    series for Prometheus
scheduler     the schedule of the runs
several       the loggers of several models, side by side
by_hand       runs by hand
"""
