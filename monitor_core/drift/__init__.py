"""Drift: daily tests of whether the model or its input has changed; each module imports only from those above it.

reference      the days that a day is compared with, and their over-dispersion
distances      distances of two distributions, and their significance
tails          p-values that allow for outlying days and for estimated variances
ranks          the rank test of a shift of confidence
e_detector     the e-detector: evidence that the error rate has risen
traffic        whether the number of predictions is that of the same weekdays before
trends         where a mix that moves all the time is going
series         the daily counts that each rule tests, taken from the table of days
newcomers      new classes, which have no reference of their own yet
partial_day    a day that is not over, completed by the reviews that it still lacks
error_rates    how often predictions of each confidence were wrong in the reference
selection      reviews that stand for all predictions, whichever are reviewed
verdicts       DriftTest: the verdict of a rule on a day
windows        the last days beside their references, and how far single days are from these
standing_out   which class or category has changed significantly more than the others
risen          the test for an unexplained rise of accuracy
accuracy       the test for falling accuracy
forecast       the time to detect a fall of accuracy at today's volume
distributions  the tests for a changed mix of classes and for changed confidence
sentences      the verdicts of drift rules in words
rules          THE list of drift rules
"""
