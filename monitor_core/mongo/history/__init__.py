"""The counts that the logger stores for each local day; each module imports only from those above it.

recent    documents reviewed, predicted or inserted since an instant
changes   the days that may have changed since they were counted
numbers   the number of documents of each day, from an index alone
sealing   old days, whose figures stay when their documents are deleted
tables    the tables of a stored day, packed into bytes
days      the stored days
profiles  the stored profiles, one for each prediction day
archive   everything that is stored of each day, for files
trusted   which stored days are known to be current
"""
