"""The state of models; each module imports only from those above it.

verdict    whether a model is fine
scheduled  the scheduled report: its text, and whether it has arrived
models     the state of each of several models
"""
