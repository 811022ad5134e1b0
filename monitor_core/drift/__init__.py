"""Has it changed, day by day; each module imports only from those above it.

reference   which days a day is compared with, and how much these wander from day to day
distances   how far two distributions are apart, and whether chance does that
e_detector  the e-detector: how sure it is that errors come in faster
detectors   Reference, daily counts -> DriftTest: accuracy, class mix, confidence
"""
