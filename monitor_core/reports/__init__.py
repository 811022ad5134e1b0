"""Reports: the content of each page, command and metrics scrape; each module imports only from those above it.

contact      the first contact with a database that cannot be read yet
samples      the newest wrong samples, for an alert
archive      the history as Parquet files, written and read
export       all samples as CSV or Parquet
score        a score with its interval or its bounds, and a change
performance  the scores of a selection, as on the five tabs
performance_json  the same as JSON
training     the training set's class counts, from the configured source, compared with production
classes      many classes on one page: their order, and those confused most
reviewers    the reviewers' work: how often they confirm, and how many reviews it takes
clusters     whether errors come in clusters
granularity  scores by hour, day, week or month
trend        the trend of a score over time
traffic      predictions and reviews in each hour, day, week or month
sealed       sentences about days whose documents are not all there any more
comparison   differences of two selections, with their significance
cells        differences of two confusion matrices
comparison_json  the same as JSON
retraining   what there is to train on, and what each new model has changed
unreviewed   what nobody reviewed: the accuracy over all predictions
queue        the review queue: what people should review next, and the audit
facts        the data that alert rules are judged by, and their verdicts now and in the past
fields       the share of documents that have each field, and when it changed
others       the report of the page of that name
state        whether a model is fine, and the state of each of several
"""
