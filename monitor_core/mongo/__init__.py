"""The only package that speaks to the database; each module imports only from those above it.

expressions  the contract in MongoDB's own words
embedded     the bundled MongoDB: where it is, how it starts, why not
connection   connect, and the driver's errors in words
indexes      the indexes of the predictions, with the query that needs each
live         counts of the documents themselves, made by the database at this moment
history      what is kept of each local day, and which of it can be trusted
counts       counts by day and by hour, from the history or made at this moment; the training set's by class
predictions  the documents: their number, those still to be logged, and the mark of those that are
store        one connection, and the owners of what is read through it, by name
state        how the logger's last run ended, and when it runs next
demo         what the demo wrote, marked for its removal
leases       which logger does which work, for as long as it lives
problems     what is odd about the documents, found by the database
quality      each day's quality problems when the logger last checked it
delivery     what was profiled and has not reached every destination
sample_pages  where a page of samples lies, as an address tells it
samples      the samples that a filter leaves of a selection: a page of them, their count, or all
rulebook     the rules in the database, with all their versions
annotations  what happened on which day: deployments, retrainings, notes
alerts       the alerts and what happened to them: written by the logger, read and marked by people
notifications  the messages to people, kept until every target has them
"""
