"""Settings and where their values come from; each module imports only from those above it.

colours    colours in CSS notation
addresses  notification addresses in apprise's notation
reports    the times of the scheduled report
types      parsers and validators of setting values
place      places of the code and of an installation's own files
folders    folders that only the monitor's user can read
documents  the settings that describe the documents
settings   all settings and their validation
mapping    settings proposed for documents that the settings in force cannot read
targets    recipients of notifications: the configured addresses, by name
demo_segments  the segments of the demo, while it is in the bundled database
models     the settings that belong to one model, if there are several
sources    loading from the environment, .env and monitor.toml
version    the version of this code, from pyproject.toml
access     who may see and edit, and on which addresses the app may listen
"""
