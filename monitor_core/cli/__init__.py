"""The command line; each module imports only from those above it.

doctor   is all in order?
demo     the digits demo
options  what the commands share: options, the period asked for, the console
rules    the command line's part on rules and alerts
reviews  the command line's part on reviews and calibration
quality  the command line's part on data quality
samples  the command line's part on samples
main     the commands themselves
"""
