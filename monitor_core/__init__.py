"""The monitor: ten packages, in order. Each imports only from those above it; so do the modules inside each.

contract  what a document means: the standard library only
scores    counts to numbers with intervals
drift     has it changed, day by day
settings  every setting, and where its value comes from
alerting  a rule, the facts and a day: a verdict, and the life of an alert
mongo     the only package that speaks to the database
reports   what a page, a command or a scrape shows
logger    the process that logs, judges and notifies
app       Streamlit and Altair
cli       the command line
"""
