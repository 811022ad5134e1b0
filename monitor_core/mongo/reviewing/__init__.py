"""The review queue's own documents, and the writing of reviews; each module imports only from those above it.

audits     the plans of the audit
tallies    how many predictions of each day the audit has drawn, and what people said of them
snapshots  a prediction as a reviewer saw it, and the query that finds it only as long as its review is the same
log        the log of the reviews that were given in the app
holds      which prediction is on whose screen
rights     the rights of the database user that reviewing needs
writing    writing of a review into a prediction, and its undoing
"""
