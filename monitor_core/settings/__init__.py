"""Every knob, and where its value comes from; each module imports only from those above it.

addresses  of notifications, as apprise writes them
types      kinds of values that a setting may have, read from what people write
settings   every knob: environment, .env, monitor.toml
version    the version of this code, from pyproject.toml
access     who may look, who may change something, and where the app may listen
"""
