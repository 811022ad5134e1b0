"""Counts to numbers with intervals; each module imports only from those above it.

confusion    ConfusionCounts: days x targets x predictions, kept sparse
folding      the rare ones of very many classes, counted together
counts       raw groups of documents, sorted out by what they mean
daily        the counts of consecutive days as arrays
shares       a part of a whole, with Wilson's interval
metrics      THE list of metrics, and what one is
intervals    of overall scores and averages: drawn, or by derivatives
differences  of two independent scores
calibration  confidence against outcome: curve, gap and error
coverage     which predictions are reviewed, and whether reviewers choose
delays       how long reviews take
"""
