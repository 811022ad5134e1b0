"""Access to the database, which no other package has; each module imports only from those above it.

expressions  aggregation expressions of days, hours, bins, buckets and segments
reading      aggregation expressions that parse raw values as the contract does
embedded     the bundled MongoDB: finding, starting and stopping it
failures     MongoDB's failures in words, with remedies
connection   the connection, and translation of the driver's errors
indexes      the indexes of the predictions, with the query that needs each
windows      query conditions that find the documents of an interval of time by an index
superseded   superseded predictions, and the collection without them
moments      caching of questions within one consistent moment
live         counts that the database computes from the documents now
state        the logger's last run, its last check for changes, and its next run
history      the counts stored for each local day, and which of them are current
counts       counts by day and hour, from the history or the documents; training counts by class
unmarked     the logged predictions whose documents could not be marked
predictions  the predictions: reading them, finding those to log, marking the logged ones
store        the store: one connection, and the objects that read and write through it
demo         the documents of the demo, marked for their removal
quality      the quality problems of documents, found by the database and stored by day
delivery     the outbox of profiles that have not reached every destination
sample_pages  positions of pages of samples, as tokens for web addresses
samples      the filtered samples of a selection: by page, counted, or all
rulebook     the alert rules with all their versions
annotations  annotations of days: deployments, retrainings and notes
alerts       the alerts and their events: written by the logger, read and answered by people
notifications  the queue of messages, kept until every target has them
"""
