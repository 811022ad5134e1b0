"""The data contract, on the standard library alone; each module imports only from those above it.

errors     MonitorError and its subclasses
bases      the two dates that a prediction may be counted by
calendar   periods of whole local days and their UTC bounds
wording    numbers, intervals, days and durations in words
periods    periods as people write them, in one notation
spreadsheets  texts for CSV files, made safe for spreadsheets
texts      document texts prepared for comparison: trimmed, in every case, as numbers
documents  parsing of a document's fields
classes    distinct display texts for the classes
segments   predictions with a given value in an extra field, such as one camera's
selection  the selected predictions, and filters of samples
profiles   the profile of a day, as it is sent to destinations
delivery   the protocol that delivers reviewed predictions to every destination exactly once
moments    answers that are reused within one moment, such as the making of a page
problems   the quality problems of documents, and how to fix each
findings   quality problems in the words of the settings in force
specimens  a raw document as short text, without secrets
"""
