"""Unreviewed predictions; each module imports only from those above it.

accuracy     the accuracy over all predictions, beside that of the reviewed ones
"""
