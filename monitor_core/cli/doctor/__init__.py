"""State of an installation, for the command `doctor` and the page About; each module imports only from those above it.

access    what the user may do with the database, and the indexes
checks    all checks of an installation
in_force  the settings in force, in words and without secrets
"""
