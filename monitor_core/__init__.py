"""The monitor's ten packages. Each package, and each module in a package, imports only from those listed above it.

contract  the data contract: what the fields of a document mean; needs the standard library only
scores    metrics and their confidence intervals, computed from counts
drift     daily tests of whether the model or its input has changed
settings  all settings, and where their values come from
alerting  evaluation of the alert rules, and the life cycle of an alert
mongo     access to the database; no other package imports pymongo
reports   the content of each page, command and Prometheus scrape
logger    the process that logs, judges and notifies
app       the web app: Streamlit and Altair
cli       the command line
"""

import sys

if sys.platform == "win32":  # here, because modules below import what only Unix has
    print("The monitor does not run on Windows; install and run it in WSL, Windows' own Linux.", file=sys.stderr)
    sys.exit(2)
