"""Quality problems of the predictions: found in the documents, and stored by day.

dated     the documents of a period, each with its day
examples  values of documents in short, as a person is shown them
files     the documents of one file together
seen      files that were seen on an earlier day
repeats   which documents a newer one about their file supersedes
problems  each document by itself, its field names, and all of it by day
stored    what was found, by day
"""
