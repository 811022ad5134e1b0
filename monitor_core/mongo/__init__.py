"""All queries and writes; no other package accesses the database. Each module imports only from those above it.

expressions  aggregation expressions of days, hours, bins, buckets and segments
reading      aggregation expressions that parse raw values by the contract
mongod       the program of the bundled MongoDB: which one, its version, and why it cannot run here
embedded     the bundled MongoDB: its place and its start
failures     the failures of MongoDB in words, with remedies
connection   the connection, the driver's errors in words, and texts compared as in Python
models       the collections of each model: their names, renaming and removal; others that look like predictions
indexes      the indexes of the predictions, with the query that needs each
windows      query conditions for the documents dated within an interval
unmarked     the logged predictions whose documents could not be marked, and those that no id finds
superseded   the predictions that do not count if each file counts once, and the collection without them
counting     parts of these counts: by hour, by scene, and the values of a segment
live         counts computed from the documents now
state        the logger's last and next run, its last check for changes, and the format of the collections
history      the counts that are stored for each local day, and which of them are current
counts       counts by day and hour, from the history or the documents; the training set's counts by class
predictions  the documents: reading them, finding those to log, and marking them as logged
store        one connection, and the objects that read and write through it
contact      a few raw documents, and the collections around them
demo         the documents of the demo, marked for removal
quality      the quality problems of the documents, and the stored results of the checks
delivery     the outbox: profiles that have not reached every destination
sample_pages  positions of pages of samples, as tokens for web addresses
filtering    filters of samples as queries, and the tags of samples
samples      the filtered samples of a selection: a page, their number, or all
reviewing    the plans of the audit, and the writing of reviews with their log
rulebook     the alert rules with all their versions
annotations  annotations of days: deployments, retrainings, notes
alerts       the alerts and their events: written by the logger, read and answered by people
notifications  the queue of messages, kept until every target has them
"""
