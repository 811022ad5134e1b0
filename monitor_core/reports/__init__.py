"""Reports: the content of a page, a command or a scrape; each module imports only from those above it.

samples      the newest mistakes, for an alert
export       all of them, as CSV or Parquet
performance  the scores of a selection: what the five tabs show
training     the training set's classes, from where the settings say, beside those of production
backlog      the predictions waiting for review
granularity  the scores by hour, day, week or month
comparison   two selections: how far they differ, and whether chance makes such a difference
facts        the facts that rules are judged by, and what rules say of them now
fields       which share of the documents carries each field, and when that changed
models       how each of several models does
others       what the page of that name shows
"""
