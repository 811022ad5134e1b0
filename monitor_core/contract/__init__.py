"""The data contract, on the standard library alone; each module imports only from those above it.

errors     MonitorError and its subclasses
bases      the two dates that a prediction may be counted by
calendar   periods of whole local days and their UTC bounds
wording    numbers, intervals, days and durations in words
spreadsheets  texts in a CSV file, none of them a formula
texts      texts of documents as they are compared: without blanks, in any case, as numbers
documents  what a document's fields may hold, and what a row means
classes    texts of the classes for people, no two alike
segments   the predictions of one camera, of one model version, by the text of a field
selection  the predictions and samples that a number is about
profiles   a day's profile as it travels
delivery   how reviewed predictions reach every destination, so that nothing is lost or sent twice
problems   the ways in which a document breaks the contract, and how to fix each
"""
