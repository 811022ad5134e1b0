"""Quality problems of the predictions: found in the documents, and stored by day.

examples  values of documents in short, as a person is shown them
files     the documents of one file together
seen      files that were seen on an earlier day
problems  each document by itself, its field names, and all of it by day
stored    what was found, by day
"""
