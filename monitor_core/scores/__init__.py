"""Counts to numbers with intervals; each module imports only from those above it.

confusion  ConfusionCounts: days x targets x predictions, kept sparse
counts     raw groups of documents, sorted out by what they mean
metrics    counts -> scores and intervals
"""
