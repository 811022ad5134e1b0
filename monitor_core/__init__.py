"""The monitor's modules, in order: each imports only from those above it.

errors        MonitorError and its few kinds
sender        one notification through apprise, in a process of its own
values        kinds of values that a setting may have, read from what people write
settings      every knob: environment, .env, monitor.toml
access        who may look, who may change something, and where the app may listen
heartbeat     the worker's sign of life: a file
logs          the worker's log: one line an event, as text or JSON
period        whole local days and their UTC bounds
colours       the classes' colours
contract      what a document's fields may hold, and what a row means
quality_kinds  the ways of not keeping to the contract, and how each is mended
expressions   the contract in MongoDB's own words
segments      the documents of one camera, of one model version: matched by their text
confusion     ConfusionCounts: days x targets x predictions, kept sparse
counting      raw groups of documents, sorted out by what they mean
metrics       counts -> scores and intervals
reference     which days a day is compared with, and how much these wander from day to day
distances     how far two distributions are apart, and whether chance does that
evidence      the e-detector: how sure it is that errors come in faster
drift         Reference, daily counts -> DriftTest: accuracy, class mix, confidence
rules         what is watched and when it rings, as data that an analyst changes
facts         what the history's days tell, as arrays that the rules ask
evaluation    rule, facts and a day -> Evaluation
alerts        the life of an alert
profiles      whylogs' only door
destinations  where a profile goes: WhyLabs, the local folder
embedded      the bundled MongoDB: where it is, how it starts, why not
database      connect, and the indexes with the query that needs each
live          counts of the documents themselves, made by the database at this moment
records       what the history keeps of a local day, and which days are known to be so
store         every query and write, in domain types
lease         which worker does what, for as long as it lives
oddities      what is odd about the documents, found by the database
history       what each local day's documents are, kept and followed
quality_days  what is odd about each prediction day's documents, kept by the worker
outbox        what was profiled and has not reached every destination
notify        what is to be told to people, until it is
training      the training set's class counts, from where the settings say
sample_search  which samples are wanted of a selection, and a page of them
samples       the newest mistakes, for an alert
sample_export  all of them, as CSV or Parquet
images        the images that documents name: found, made small, kept
downloads     exports by a signed link, streamed by the server
rulebook      the rules and the annotations in the database, with all their versions
watch         judges the rules, and keeps the alerts and what happened to them
feed          the alerts as people see and mark them, and what the notifier is to tell
reports       what a page or the CLI shows: one function and one dataclass each
reviews       what the page on reviews shows
calibration   what the page on calibration shows
granularity   the scores by hour, day, week or month
compare       two sides: how far they differ, and whether chance makes such a difference
logger_page   what the page on logging shows
drift_page    what the page on drift shows
alerts_page   what the page on alerts shows
quality       what the page on data quality shows
jobs          what the worker does each tick
exporter      what Prometheus scrapes
worker        the logger's schedule, and its runs by hand
doctor        is all in order?
charts_annotations  the annotations on charts over time
charts        Altair templates, compiled once, fed with the reports' tables
charts_logger  templates of the page on logging
charts_compare  templates with another side, and for hours, weeks and months
charts_reviews  Altair templates of the page on reviews
charts_calibration  Altair templates of the page on calibration
charts_drift  templates of the rules' courses, and of the last week beside the reference
charts_clicks  the templates whose marks can be clicked
charts_quality  Altair templates of the page on data quality
drawing       a chart as SVG, PNG or CSV
html_report   a selection as one HTML file
ui_refresh    auto-refresh, and the old view dimmed while a run is under way
ui_downloads  the menu under each chart
ui            Streamlit's shared pieces: period picker, cached reports, empty states
ui_login      Streamlit's login: the gate before every page, and the name of who is there
ui_logger     Streamlit's pieces of the page on logging
ui_annotations  the annotations, and the menu to add one
ui_report     the button for the HTML report
ui_samples    Streamlit's pieces of the page on samples, and the clicks that lead there
ui_reviews    Streamlit's pieces of the pages on reviews and calibration, and which days are still maturing
ui_time       charts over time: what stands behind and on them, and what a click on a day opens
ui_alerts     Streamlit's pieces of the page on alerts, and their number in the navigation
ui_compare    Streamlit's pieces for segments, granularity, and a second side beside every chart
ui_drift      Streamlit's pieces of the page on drift
ui_quality    Streamlit's pieces of the page on data quality
demo          the digits demo
options_cli   what the commands share: options, the period asked for, the console
rules_cli     the command line's part on rules and alerts
reviews_cli   the command line's part on reviews and calibration
quality_cli   the command line's part on data quality
samples_cli   the command line's part on samples
__main__      the command line
"""
