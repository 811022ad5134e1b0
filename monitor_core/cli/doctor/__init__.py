"""The checks of the command `doctor`; each module imports only from those above it.

access  what the user may do with the database, and the indexes
checks  all checks of an installation
"""
