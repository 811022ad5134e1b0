"""The monitor's modules, in order: each imports only from those above it.

errors        MonitorError and its few kinds
settings      every knob: environment, .env, monitor.toml
period        whole local days and their UTC bounds
colours       the classes' colours
contract      what a document's fields may hold, and what a row means
confusion     ConfusionCounts: days x targets x predictions, kept sparse
metrics       counts -> scores and intervals
reference     which days a day is compared with, and how much these wander from day to day
distances     how far two distributions are apart, and whether chance does that
evidence      the e-detector: how sure it is that errors come in faster
drift         Reference, daily counts -> DriftTest: accuracy, class mix, confidence
profiles      whylogs' only door
destinations  where a profile goes: WhyLabs, the local folder
embedded      the bundled MongoDB: where it is, how it starts, why not
database      connect, and the indexes with the query that needs each
store         every query and write, in domain types
outbox        what was profiled and has not reached every destination
training      the training set's class counts, from where the settings say
reports       what a page or the CLI shows: one function and one dataclass each
jobs          what the worker does each tick
charts        Altair templates, compiled once, fed with the reports' tables
ui            Streamlit's shared pieces: period picker, cached reports, empty states
demo          the digits demo
__main__      the command line
"""
