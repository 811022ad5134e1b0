"""The state of models; each module imports only from those above it.

verdict  whether a model is fine
models   the state of each of several models
"""
