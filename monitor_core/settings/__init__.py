"""Settings and the sources of their values; each module imports only from those above it.

colours    colours as people write them
addresses  of notifications, as apprise writes them
types      kinds of values that a setting may have, read from what people write
folders    folders that nobody else can read
documents  the settings that describe the documents
settings   every setting, with what it accepts
models     what belongs to one model, where there are several
sources    the environment, .env and monitor.toml
version    the version of this code, from pyproject.toml
access     who has access, who may edit, and where the app may listen
"""
