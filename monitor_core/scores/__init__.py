"""Metrics and their confidence intervals, computed from counts; each module imports only from those above it.

confusion      ConfusionCounts: sparse counts by day, target and prediction
folding        merging of rare classes where there are very many
counts         classification of the database's raw groups of documents
daily          the counts of consecutive days as arrays
shares         proportions with Wilson intervals
bounds         bounds of metrics that need true classes, where samples were rejected
design         the design effect of days: how much more they differ than chance
grouped        the counts of days in groups, such as weeks
metrics        THE list of metrics
rolling        overlapping windows of days as counts
intervals      confidence intervals of overall scores, averages and scores by class
around_bounds  intervals around bounds
differences    differences of two independent scores
typical_range  values that periods of some length usually have
calibration    reliability curve, gap and expected calibration error
coverage       which predictions are reviewed, and whether the reviewers' choice is biased
raking         the accuracy over all predictions, whichever are reviewed
raked_classes  precision, recall and F1 of each class over all predictions
audit          the audit: predictions drawn by chance, and the accuracy estimated from them
delays         how long reviews take
clustering     whether errors come together in time
"""
