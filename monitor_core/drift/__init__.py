"""Drift: whether the model or its input has changed, day by day; each module imports only from those above it.

reference      which days a day is compared with, and how much these vary from day to day
distances      how far two distributions are apart, and whether chance does that
e_detector     the e-detector: the evidence that errors come in faster
series         the counts of each rule, taken from the table of days
verdicts       DriftTest: what a rule says of a day
accuracy       the test of accuracy: do errors come in faster?
distributions  the tests of distributions: has a mix moved, or confidence?
sentences      what a drift rule says, in words
rules          THE list of drift rules
"""
