"""The history that the logger keeps of each local day; each module imports only from those above it.

recent    what was reviewed, predicted or inserted since an instant
changes   which days may have changed since they were counted: notes of them, and what recent documents tell
numbers   the numbers of documents of each day, counted by an index alone
days      the stored days
profiles  the whylogs profiles, one a day of predictions
trusted   which stored days can be trusted to be as they were counted
"""
