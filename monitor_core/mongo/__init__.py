"""Access to the database, which no other package has; each module imports only from those above it.

expressions  days, hours, bins, buckets and segments in MongoDB's own words
reading      the contract in MongoDB's own words: what a raw value means
mongod       the program of the bundled MongoDB: which one, which version, why it does not run
embedded     the bundled MongoDB: where it is, how it starts
failures     the database's failures in words, with what to do
connection   connect, the driver's errors in words, and texts compared as Python does
models       the collections that belong to each model; renaming and removing them
indexes      the indexes of the predictions, with the query that needs each
windows      what finds the documents of a stretch of time through an index
unmarked     the predictions that cannot hold the mark, and those that no id finds
superseded   the ids of what does not count where a file counts once, and the predictions that count
live         counts of the documents themselves, made by the database at this moment
state        what the logger leaves of its last run and of its last look, and when it runs next
history      what is kept of each local day, and which of it can be trusted
counts       counts by day and by hour, from the history or made at this moment; the training set's by class
predictions  the documents: their number, those still to be logged, and the mark of those that are
store        one connection, and the owners of what is read through it, by name
demo         what the demo wrote, marked for its removal
quality      the documents' quality problems, by the database, and what the logger has stored of them
delivery     what was profiled and has not reached every destination
sample_pages  where a page of samples lies, as an address tells it
samples      the samples that a filter leaves of a selection: a page of them, their count, or all
rulebook     the rules in the database, with all their versions
annotations  what happened on which day: deployments, retrainings, notes
alerts       the alerts and what happened to them: written by the logger, read and marked by people
notifications  the messages to people, kept until every target has them
"""
