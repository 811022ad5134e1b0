"""Quality problems of the predictions: found in the documents, and stored by day.

dated     queries for the documents of a period, with their days
examples  short display forms of raw values
files     several documents about one file on the same day
seen      files seen on an earlier day
repeats   the predictions that a newer one about the same file supersedes
problems  problems of single documents, and the use of field names, by day
stored    the stored results of the checks, by day
"""
