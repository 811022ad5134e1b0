"""The history as Parquet files, for an archive and for other programs; each module imports only from those above it.

columns  the files, their columns, and the rows of a day in each
writer   all stored days as files
reader   the days of such files
"""
