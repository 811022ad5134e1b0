"""The command line; each module imports only from those above it.

doctor        the checks of `doctor`
demo          the digits demo
options       options that several commands share
output        the console, JSON, and figures in tables
evaluations   evaluations of rules, as the commands print them
report        the command report
reviews       the command reviews
calibration   the command calibration
quality       the command quality
samples       the command samples
installation  the commands settings, doctor, demo and database
logging       the commands logging …
history       the commands history …
notify        the commands notify …
rules         the commands rules …
alerts        the commands alerts …
annotations   the commands annotate and annotations
check         the command check
main          the command line, put together from its commands
"""
