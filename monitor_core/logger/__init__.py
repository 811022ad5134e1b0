"""The process that logs, judges and notifies; each module imports only from those above it.

sender        sending of one notification through apprise, in its own process
heartbeat     the logger's heartbeat file
logs          the log: one line for each event, as text or JSON
deadline      a time limit for calls of foreign code
profiling     our own profiles of samples, where whylogs cannot be imported
profiles      profiles of samples by whylogs; no other module imports it
destinations  destinations of profiles: WhyLabs, the local folder
history       the counts of each local day, renewed when its documents change
day_profiles  the stored profile of each prediction day
quality       the stored quality problems of each prediction day
notifying     the queue of notifications to each target
judging       judgement of the alert rules, with the resulting alerts and events
reporting     the scheduled report: its text, its file, and when it is due
readings      when everything pending was last read
run           the state of one run, and the turns that the runs of several models take
delivery      delivery of a batch's parts, and marking of its rows
batches       batches of reviewed predictions, profiled by UTC day
tick          the steps of a run, each isolated from faults of the others
outcome       the outcome of a run, for the log and the pages
watchdog      notifications about the logger itself, independent of its runs
scrapes       the HTTP server of /metrics
prometheus    the metrics for Prometheus
scheduler     the schedule of the runs
several       the loggers of several models, side by side
by_hand       runs started by hand
"""
